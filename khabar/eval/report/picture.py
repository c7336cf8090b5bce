"""A picture of the page, taken by a Chromium without a window."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from khabar.corpus.store import write_atomic
from khabar.errors import InputError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""What the browser is called, in the order in which it is looked for."""

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""How it is started: without a window, without a word to anybody."""

_SECONDS = 60


def browser() -> str | None:
    """The path of a Chromium; None if there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def take_picture(page: Path, picture: Path, part: str = "sources", size: tuple[int, int] = (1280, 960)) -> None:
    """Takes a picture of a report: its head, and one of its sections.

    Args:
        page: The report, an HTML file.
        picture: Where the PNG goes.
        part: Id of the section.
        size: Width and height, in CSS pixels.

    Raises:
        InputError: If there is no Chromium, or it fails.
    """
    executable = browser()
    if executable is None:
        raise InputError(f"a picture needs Chromium ({', '.join(NAMES)}), and none is installed")
    with tempfile.TemporaryDirectory(prefix="khabar-") as folder:
        taken, only = Path(folder) / "picture.png", Path(folder) / "page.html"
        # A headless screenshot begins at the top of the page, whatever it is scrolled to.
        style = f"<style>nav, main > :not(#{part}) {{ display: none !important; }} section {{ padding: 0; }}</style>"
        only.write_text(page.read_text(encoding="utf-8").replace("</head>", f"{style}</head>", 1), encoding="utf-8")
        command = [
            *(executable, *FLAGS, f"--user-data-dir={folder}/profile", f"--window-size={size[0]},{size[1]}"),
            *("--virtual-time-budget=2000", f"--screenshot={taken}", only.as_uri()),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise InputError(f"took no picture within {_SECONDS} seconds", executable) from None
        if not taken.is_file():
            reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise InputError(f"took no picture: {reason}", executable)
        write_atomic(picture, taken.read_bytes())
