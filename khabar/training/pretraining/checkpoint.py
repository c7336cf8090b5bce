"""Checkpoints of stage two: whole or not there, however the run ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from khabar.corpus.store import write_atomic

LOG = "log.jsonl"
_STATE = "checkpoint.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Writes the state of a run (tensors, numbers, dicts of them) in place of the last one."""
    partial = folder / f".{_STATE}.partial"
    torch.save(state, partial)
    partial.replace(folder / _STATE)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The state that was written last; None if there is none."""
    file = folder / _STATE
    if not file.is_file():
        return None
    state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return state


def read_log(folder: Path, until: int | None = None) -> list[dict[str, Any]]:
    """The lines of a run's log, up to a step."""
    file = folder / LOG
    if not file.is_file():
        return []
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # half a line: the run was killed while it wrote
            break
        if until is None or entry["step"] <= until:
            lines.append(entry)
    return lines


def write_log(folder: Path, lines: list[dict[str, Any]]) -> None:
    """Writes a run's log whole."""
    write_atomic(folder / LOG, "".join(json.dumps(line) + "\n" for line in lines))
