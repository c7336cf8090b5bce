"""The supplement: documents written for training; which of them a part of it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from khabar.document import Document

ORIGIN = "authored"
"""What `meta.origin` of such a document says."""


def is_authored(document: Document) -> bool:
    """Whether a document was written for training: what it tells never happened."""
    return (document.meta or {}).get("origin") == ORIGIN


def part(documents: Sequence[Document], share: float) -> list[Document]:
    """A part of the supplement; a larger one holds all that a smaller one holds.

    Args:
        documents: The whole supplement.
        share: Part of its documents, 0 to 1.

    Returns:
        Documents in an order that only their ids decide, mixed over settings and kinds of story.
    """
    mixed = sorted(documents, key=lambda document: hashlib.sha256(document.id.encode()).digest())
    return mixed[: round(share * len(mixed))]
