"""The Hub's stand-in, and child processes whose clients talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.hub.endpoints import OWNER
from tests.hub.repositories import Hub
from tests.hub.stand_in import environment, stand_in


@dataclass(frozen=True)
class Child:
    """How a child process ended."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """What a command that exits 2 tells, in its one line."""
        assert (self.code, self.out) == (2, ""), self
        (line,) = self.err.splitlines()
        return line

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Served:
    """A stand-in that runs.

    Attributes:
        url: Its address.
        hub: What it holds.
        home: The clients' cache.
    """

    url: str
    hub: Hub
    home: Path

    def python(self, *arguments: object, token: str | None = OWNER, cwd: Path = ROOT, **variables: str) -> Child:
        """Runs Python with the real clients, which know of no other Hub."""
        surroundings = environment(self.url, self.home, token) | {"PYTHONPATH": str(ROOT)} | variables
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=surroundings, cwd=cwd, check=False)
        told = done.stdout + done.stderr
        assert not any(part in told for part in (OWNER, os.environ.get("HF_TOKEN") or OWNER)), "a token was told"
        return Child(done.returncode, done.stdout, done.stderr)

    def khabar(self, *arguments: object, token: str | None = OWNER, cwd: Path = ROOT, **variables: str) -> Child:
        """Runs `khabar`."""
        return self.python("-m", "khabar.cli.main", *arguments, token=token, cwd=cwd, **variables)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A stand-in for all tests of a module: each takes repositories of its own."""
    with stand_in() as (url, hub):
        yield Served(url, hub, tmp_path_factory.mktemp("hub"))
