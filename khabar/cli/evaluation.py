"""The verbs of the room `evaluation`."""

from __future__ import annotations

from typing import Any


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
