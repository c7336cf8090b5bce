"""Several processes that train one model together, as `accelerate launch` and `torchrun` start them."""

from __future__ import annotations

import os


def processes() -> int:
    """How many processes train together; 1 where nothing started several."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Which of them this one is; 0 where nothing started several."""
    return int(os.environ.get("RANK", "0"))


def is_first() -> bool:
    """Whether this process is the one that tells, and writes the model."""
    return rank() == 0


def wait_for_all() -> None:
    """Until every process has come here."""
    if processes() > 1:
        from accelerate import PartialState  # heavy

        PartialState().wait_for_everyone()
