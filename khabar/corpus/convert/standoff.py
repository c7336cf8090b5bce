"""Documents as rows without a word of their text, and documents again from such rows and a reader's own text.

A stand-off row is the row of `khabar.corpus.convert.rows` less every column that holds words of the article. A
document's row gains what proves the right text: the hash of the whole and of each sentence, and where the headline
ends. Of `meta`, only what holds no words is kept; the rest is what is lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from khabar.corpus.convert.rows import Row, document_row, row_document
from khabar.document import Document, text_hash

WORDS = frozenset({"text", "title", "sentence_text", "trigger_text", "cue_text", "source_text", "channel_text"})
"""The columns and fields that hold words of an article."""

_META = ("cuts", "checked")


@dataclass(frozen=True)
class Difference:
    """Where a text first differs from the one that was annotated.

    Attributes:
        sentence: Number of the sentence, from 1; 0 where only what stands between sentences differs.
        start: Its first code point.
        found: What stands there instead.
    """

    sentence: int
    start: int
    found: str


def without_words(row: Any) -> Any:
    """A row, or the part of one, less all that holds words of an article."""
    if isinstance(row, Mapping):
        return {key: without_words(value) for key, value in row.items() if key not in WORDS}
    if isinstance(row, list):
        return [without_words(value) for value in row]
    return row


def standoff_row(document: Document) -> Row:
    """A document as a row without its text (config `documents`)."""
    row: Row = without_words(document_row(document))
    sentences = [{**s, "sha256": text_hash(document.text[s["start"] : s["end"]])} for s in row["sentences"]]
    meta = {key: value for key, value in (document.meta or {}).items() if key in _META}
    return row | {
        "title_end": None if document.title is None else len(document.title),
        "text_sha256": text_hash(document.text),
        "sentences": sentences,
        "meta": json.dumps(meta, ensure_ascii=False) if meta else None,
    }


def filled(row: Mapping[str, Any], text: str) -> Document:
    """The document of a stand-off row.

    Args:
        row: As `standoff_row` gives it.
        text: The document's text; `difference` has found none.
    """

    def words(value: Any) -> Any:
        if isinstance(value, Mapping):
            inner = {key: words(part) for key, part in value.items()}
            spanned = {"start", "end"} <= inner.keys() and inner["start"] is not None
            return inner | {"text": text[inner["start"] : inner["end"]]} if spanned else inner
        return [words(part) for part in value] if isinstance(value, list) else value

    title = None if row["title_end"] is None else text[: row["title_end"]]
    return row_document(words(row) | {"text": text, "title": title})


def difference(row: Mapping[str, Any], text: str) -> Difference | None:
    """Where a text first differs from the one that a stand-off row was made from; None if it does not."""
    if text_hash(text) == row["text_sha256"]:
        return None
    for number, sentence in enumerate(row["sentences"], 1):
        found = text[sentence["start"] : sentence["end"]]
        if text_hash(found) != sentence["sha256"]:
            return Difference(number, sentence["start"], found)
    return Difference(0, row["sentences"][-1]["end"] if row["sentences"] else 0, "")
