"""The real Label Studio on loopback, begun with an empty database, once for all tests of a process."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from khabar.annotation.studio import server
from khabar.annotation.studio.client import Studio, StudioProject

TOKEN = "0123456789abcdef0123456789abcdef01234567"
PASSWORD = "for-tests-only-1"

AMISS = {("done", "dangling"), ("drafted", "draft"), ("skipped", "skipped"), ("twice", "twice")}
"""What is found in the project `amiss`, live and recorded: document and kind."""


@dataclass
class Live:
    """A server that a test may kill and start again.

    Attributes:
        data: Its data folder.
        log: What it says.
        running: The process.
    """

    data: Path
    log: Path
    running: server.Running

    @property
    def studio(self) -> Studio:
        return Studio(self.running.url, TOKEN)

    def start_again(self) -> None:
        command = server.executable()
        assert command is not None
        port = int(self.running.url.rpartition(":")[2])
        self.running = server.start(command, self.data, self.log, port=port)


def missing(reason: str) -> None:
    """Skips on a user's machine; fails in CI, where nothing may be missing."""
    pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


RECORDED = Path(__file__).parent / "recorded"


def record(live: Live, room: StudioProject, name: str) -> None:
    """Keeps what the server has of a project for the tests that need no server, where `KHABAR_RECORD` is set."""
    if os.environ.get("KHABAR_RECORD"):
        kept = {
            "tasks": live.studio.export(room),
            "predictions": [asdict(one) for one in live.studio.predictions(room)],
            "users": live.studio.users(),
        }
        RECORDED.mkdir(exist_ok=True)
        text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
        (RECORDED / f"{name}.json").write_text(text + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    command = server.executable()
    pytest.importorskip("label_studio_sdk") if os.environ.get("CI") != "true" else None
    if command is None:
        missing("Label Studio is not installed; `make test` or `khabar studio up` installs it")
        raise AssertionError
    folder = tmp_path_factory.mktemp("label-studio")
    data, log = folder / "data", folder / "server.log"
    # Half a minute of migrations, kept for the next run beside the server that they belong to.
    migrated = server.environment() / "migrated-for-tests"
    if migrated.is_dir():
        shutil.copytree(migrated, data)
    settings = {"LABEL_STUDIO_USER_TOKEN": TOKEN}
    running = server.start(command, data, log, password=PASSWORD, extra=settings)
    if not migrated.is_dir():
        server.stop(running)
        kept = Path(shutil.copytree(data, folder / "kept"))
        shutil.move(kept, migrated) if not migrated.exists() else None
        running = server.start(command, data, log)
    started = Live(data, log, running)
    yield started
    server.stop(started.running)
