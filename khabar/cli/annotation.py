"""The verbs of the room `annotation`."""

from __future__ import annotations

from typing import Any


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
