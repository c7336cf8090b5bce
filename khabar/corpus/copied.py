"""Copied text: runs of words that a text of the supplement shares with any other text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from khabar.arabic import normal_words
from khabar.document import Document

RUN = 8
"""Words that two texts must share in a row to count as copied."""

Run = tuple[str, ...]


class Copy(NamedTuple):
    """A run of words that a document shares with another text.

    Attributes:
        document: The document's id.
        run: The words, normalised.
        text: Name of the other text.
    """

    document: str
    run: str
    text: str


def word_runs(text: str) -> Iterator[Run]:
    """Every run of `RUN` words of a text, normalised, without punctuation."""
    words = normal_words(text)
    return zip(*(words[i:] for i in range(RUN)), strict=False)


def copies(documents: Sequence[Document], texts: Iterable[tuple[str, str]]) -> list[Copy]:
    """Runs that documents share with other texts, each run of a document once.

    Args:
        documents: What may have been copied into; only their runs are held in memory.
        texts: Name and content of each other text, in any number. One that is a document's own is named by its id.

    Returns:
        In order of documents and runs.
    """
    holders: dict[Run, list[str]] = {}
    for document in documents:
        for run in dict.fromkeys(word_runs(document.text)):
            holders.setdefault(run, []).append(document.id)
    found: dict[tuple[str, Run], str] = {}
    for name, text in texts:
        for run in word_runs(text):
            for holder in holders.get(run, ()):
                if holder != name:
                    found.setdefault((holder, run), name)
    return [Copy(holder, " ".join(run), name) for (holder, run), name in sorted(found.items())]
