"""The supplement: documents written for training; which of them a part of it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from khabar.document import Document

ORIGIN = "authored"
"""What `meta.origin` of such a document says."""


def is_authored(document: Document) -> bool:
    """Whether a document was written for training: what it tells never happened."""
    return (document.meta or {}).get("origin") == ORIGIN


Kind = Literal["all", "eventful", "reviewed", "adjudicated"]
"""Which documents of the supplement: all, those with an event, or those that were annotated in one of two ways."""

_CHOOSE: Mapping[Kind, Callable[[Document], bool]] = {
    "all": lambda document: True,
    "eventful": lambda document: bool(document.events),
    "reviewed": lambda document: (document.meta or {}).get("annotation") == "reviewed",
    "adjudicated": lambda document: (document.meta or {}).get("annotation") == "adjudicated",
}


def part(documents: Sequence[Document], share: float, kind: Kind = "all") -> list[Document]:
    """A part of the supplement; a larger one holds all that a smaller one holds.

    Args:
        documents: The whole supplement.
        share: Part of the documents of that kind, 0 to 1.
        kind: Which of its documents.

    Returns:
        Documents in an order that only their ids decide, mixed over settings and kinds of story.
    """
    chosen = filter(_CHOOSE[kind], documents)
    mixed = sorted(chosen, key=lambda document: hashlib.sha256(document.id.encode()).digest())
    return mixed[: round(share * len(mixed))]
