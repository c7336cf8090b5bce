"""Colours of the page: enough contrast for small text, in both schemes, also where no browser can measure it."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

STYLE = (files("khabar.eval.report") / "templates" / "style.css").read_text(encoding="utf-8")
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", STYLE)
}

# Text, and what it stands on.
PAIRS = [
    *(
        (text, ground)
        for text in ("ink", "soft", "accent", "blue", "rust", "plum", "magenta")
        for ground in ("paper", "card")
    ),
    *((text, "blue-tint") for text in ("ink", "blue-label", "rust-label", "plum")),
    *((text, "rust-tint") for text in ("ink", "rust-label")),
    *((text, "magenta-tint") for text in ("ink", "magenta")),
    *(("on-blue", ground) for ground in ("blue", "magenta", "plum")),
    *((text, "card") for text in ("rust-label", "blue-label")),
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_most() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out(text: str, ground: str, scheme: int) -> None:
    assert contrast(COLOURS[text][scheme], COLOURS[ground][scheme]) >= 4.5
