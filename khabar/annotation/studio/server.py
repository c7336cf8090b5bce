"""A Label Studio of one's own: installed beside khabar, not into it; on loopback, silent, stopped by its process id.

Its libraries are pinned so tightly that they would hold back khabar's; it gets a virtual environment of its own in
the user's cache. Its database and nothing else keeps what it knows: no token or password is written by khabar.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from khabar.corpus.store import write_atomic
from khabar.errors import InputError

VERSION = "1.23.2"
"""The version of Label Studio that is installed and tested."""

ADMIN = "admin@localhost.localdomain"
"""The administrator that a server of ours begins with."""

# 200 migrations make the database at the first start: half a minute on a fast machine.
_PATIENCE = 300.0
_STOPPING = 20.0


@dataclass(frozen=True)
class Running:
    """A server that was started here.

    Attributes:
        url: Where it listens.
        pid: Its process.
    """

    url: str
    pid: int


def environment() -> Path:
    """Where the server is installed: a virtual environment in the user's cache, named by version."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "khabar" / f"label-studio-{VERSION}"


def executable() -> Path | None:
    """The server's command; None where it is not installed."""
    command = environment() / "bin" / "label-studio"
    return command if command.is_file() and (environment() / ".complete").is_file() else None


def install(tell: Callable[[str], object]) -> Path:
    """Installs the server where it is not: 0.8 GB, with uv where there is one, else with venv and pip.

    Raises:
        InputError: If that fails; tells the last line that the installer wrote.
    """
    if command := executable():
        return command
    home = environment()
    tell(f"installing Label Studio {VERSION} into {home} (0.8 GB, once)")
    python = home / "bin" / "python"
    if uv := shutil.which("uv"):
        steps = [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "--quiet", "--python", str(python), f"label-studio=={VERSION}"],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", "--clear", str(home)],
            [str(python), "-m", "pip", "install", "--quiet", f"label-studio=={VERSION}"],
        ]
    home.parent.mkdir(parents=True, exist_ok=True)
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise InputError(f"Label Studio could not be installed ({last}); try again, or `{' '.join(step)}`")
    (home / ".complete").touch()
    return home / "bin" / "label-studio"


def start(
    command: Path, data: Path, log: Path, *, port: int = 0, password: str = "", extra: Mapping[str, str] | None = None
) -> Running:
    """Starts a server on loopback and waits until it answers; it goes on when this process ends.

    Args:
        command: The server's command (see `install`).
        data: Its database and uploads; made where there is none.
        log: Where it writes what it has to say.
        port: Where to listen; a free one if 0.
        password: Of the administrator, where the database is new.
        extra: More of Label Studio's settings.

    Raises:
        InputError: If the port is taken, or the server does not come up.
    """
    port = _port(port)
    data.mkdir(parents=True, exist_ok=True)
    line = [str(command), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*line, "--log-level", "WARNING"],
            env=_environment(data, password) | dict(extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    running = Running(f"http://127.0.0.1:{port}", process.pid)
    deadline = time.monotonic() + _PATIENCE
    while not answers(running.url):
        if process.poll() is not None:
            raise InputError("Label Studio stopped while it was starting; its last words are in this file", log)
        if time.monotonic() > deadline:
            process.kill()
            raise InputError(f"Label Studio did not answer within {_PATIENCE:.0f} s; what it said is in this file", log)
        time.sleep(0.2)
    return running


def stop(running: Running) -> None:
    """Asks a server to end, waits, and ends it if it does not."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, sign)
        deadline = time.monotonic() + _STOPPING
        while alive(running.pid):
            if time.monotonic() > deadline:
                break
            time.sleep(0.1)
        else:
            return


def alive(pid: int) -> bool:
    """Whether a process is there and is Label Studio: a process id may have gone to another program since."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # where it is a child of this process and has ended, lets it go
    told = subprocess.run(["ps", "-p", str(pid), "-o", "stat=,command="], capture_output=True, text=True).stdout.strip()
    return "label-studio" in told and not told.startswith("Z")


def answers(url: str) -> bool:
    """Whether a Label Studio says that it is up."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def remember(running: Running, file: Path) -> None:
    """Writes down which process a server is."""
    write_atomic(file, json.dumps(asdict(running)) + "\n")


def remembered(file: Path) -> Running | None:
    """The server that was written down, if it still runs."""
    try:
        running = Running(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return running if alive(running.pid) else None


def admin_token(command: Path, data: Path) -> str:
    """The administrator's token, as the server's database has it.

    Raises:
        InputError: If there is none.
    """
    told = _ask(command, data, "user", "--username", ADMIN)
    for line in told.splitlines():
        # The last line shows the user as a Python dict or as JSON, depending on the version.
        _, found, rest = line.replace('"', "'").partition("'token': '")
        if found:
            return rest.partition("'")[0]
    raise InputError("the database of this Label Studio has no token for its administrator", data)


def set_password(command: Path, data: Path, password: str) -> None:
    """Gives the administrator another password."""
    _ask(command, data, "reset_password", "--username", ADMIN, "--password", password)


def new_password() -> str:
    """A password that nobody guesses."""
    return secrets.token_urlsafe(12)


def _ask(command: Path, data: Path, *words: str) -> str:
    done = subprocess.run([str(command), *words], env=_environment(data, ""), capture_output=True, text=True)
    if done.returncode:
        raise InputError(f"`label-studio {words[0]}` failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}", data)
    return done.stdout


def _environment(data: Path, password: str) -> dict[str, str]:
    # Label Studio also reads PORT, HOST, DEBUG, USERNAME as its own.
    foreign = ("LABEL_STUDIO_", "HEARTEX_")
    taken = {"PORT", "HOST", "DEBUG", "USERNAME", "PASSWORD"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign) and name not in taken}
    own = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(data.resolve()),
        "LABEL_STUDIO_USERNAME": ADMIN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "COLLECT_ANALYTICS": "0",
        "LATEST_VERSION_CHECK": "0",
        # A pre-annotation server of ours is on loopback too; on loopback only, nobody else can ask for it.
        "ML_BLOCK_LOCAL_IP": "false",
        "SSRF_PROTECTION_ENABLED": "false",
    }
    if password:
        own["LABEL_STUDIO_PASSWORD"] = password
    return kept | own


def _port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            # Label Studio would move on to the next port without a word.
            raise InputError(f"port {wanted} is taken; name another with --port, or 0 for a free one") from None
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    try:
        print(install(lambda line: print(line, file=sys.stderr)))
    except InputError as error:
        sys.exit(str(error))
