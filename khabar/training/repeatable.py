"""The same weights from the same training: so many CPU threads, and sums that add up in a fixed order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Sets torch's CPU threads inside a `with` block; leaves them as they are if None."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def repeatable(count: int | None) -> Iterator[None]:
    """Inside a `with` block the same numbers of threads give the same sums, bit for bit.

    Several threads that add to one place do so in any order, unless torch is told otherwise. On a GPU some operations
    may have no repeatable form; torch warns of them.

    Args:
        count: As `threads` takes it.
    """
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when a GPU is used first; torch asks for it
    memory: Any = torch.utils.deterministic
    filled = memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=True)
    memory.fill_uninitialized_memory = False  # for finding bugs: nothing here reads what it did not write
    try:
        with threads(count):
            yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        memory.fill_uninitialized_memory = filled
