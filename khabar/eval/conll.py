"""CoNLL files: named entities as tags, one word a line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from khabar.corpus.store import decode_text
from khabar.errors import InputError

_TAG = re.compile(r"O|([BI])-(\S+)")
_FULL_STOP = "."
_DOCUMENT = "-DOCSTART-"  # CoNLL-2003 begins its documents so


@dataclass(frozen=True)
class TaggedSentence:
    """A sentence.

    Attributes:
        words: Its words, as they stand in the file.
        tags: One a word: `O`, `B-TYPE`, `I-TYPE`; sound IOB2, where every entity begins with `B-`.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class ConllFile:
    """What a file holds.

    Attributes:
        name: The file's name, without its folder.
        sha256: Digest of its bytes.
        sentences: In its order.
    """

    name: str
    sha256: str
    sentences: tuple[TaggedSentence, ...]

    @property
    def types(self) -> list[str]:
        """The types of entities, sorted."""
        return sorted({tag[2:] for sentence in self.sentences for tag in sentence.tags if tag != "O"})


def read_conll(path: Path) -> ConllFile:
    """Reads a file of `word tag` lines, parted by a tab or a space.

    Blank lines end sentences. In a file without any, a sentence ends after a run of full stops, as in ANERcorp's
    documented split (camel.abudhabi.nyu.edu/anercorp). An `I-` that continues nothing begins an entity, as in conlleval
    and in seqeval's default mode, by which ANERcorp's published scores were counted; gold so read is sound IOB2.

    Raises:
        InputError: If the file cannot be read, holds no sentence, or a line is not a word and a tag; names the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path) from None
    text = decode_text(data, path).removeprefix("\ufeff").replace("\r\n", "\n")
    blank = any(not line.strip() for line in text.strip().split("\n"))
    lines = text.rstrip("\n").split("\n")
    sentences = []
    for rows in _by_blank_line(path, lines) if blank else _by_full_stop(path, lines):
        words, tags = zip(*rows, strict=True)
        sound = [
            f"B-{tag[2:]}" if tag[0] == "I" and before[2:] != tag[2:] else tag for before, tag in pairwise(("O", *tags))
        ]
        sentences.append(TaggedSentence(words, tuple(sound)))
    if not sentences:
        raise InputError("holds no sentence; it should have a word and its tag on each line", path)
    return ConllFile(path.name, hashlib.sha256(data).hexdigest(), tuple(sentences))


Row = tuple[str, str]
"""A word and its tag."""


def _by_blank_line(path: Path, lines: list[str]) -> Iterator[list[Row]]:
    sentence: list[Row] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip() and not line.startswith(_DOCUMENT):
            sentence.append(_row(line, path, number))
        elif sentence:
            yield sentence
            sentence = []


def _by_full_stop(path: Path, lines: list[str]) -> Iterator[list[Row]]:
    rows = [_row(line, path, number) for number, line in enumerate(lines, 1) if line.strip()]
    sentence: list[Row] = []
    for row, following in pairwise([*rows, ("", "")]):
        sentence.append(row)
        if row[0] == _FULL_STOP != following[0]:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _row(line: str, path: Path, number: int) -> Row:
    columns = line.split("\t") if "\t" in line else line.split()
    columns = [column.strip() for column in columns]
    if len(columns) != 2 or not all(columns):
        raise InputError(f"{line[:60]!r} is not one word and one tag", path, f"line {number}")
    word, tag = columns
    if _TAG.fullmatch(tag) is None:
        raise InputError(f"{tag[:60]!r} is no tag of IOB2 (O, B-TYPE, I-TYPE)", path, f"line {number}")
    return word, tag
