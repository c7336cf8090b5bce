"""The verbs of the room `training`."""

from __future__ import annotations

from typing import Any


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
