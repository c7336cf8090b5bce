"""Raw text as a stream of documents: `.txt` and `.txt.xz` files, blank lines between documents, a paragraph a line."""

from __future__ import annotations

import csv
import io
import lzma
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from khabar.arabic import require_text
from khabar.errors import InputError

SOURCES = "SOURCES.tsv"
"""Stands beside the text and tells where each file is from: a line a file, columns `name`, `repo`, `licence`, …"""
_SUFFIXES = (".txt", ".txt.xz")


class Source(NamedTuple):
    """Where a file of text is from, as `SOURCES.tsv` beside it says.

    Attributes:
        name: The file's name without its ending.
        origin: Where it was found; empty if nothing says so.
        licence: Under which terms; empty if nothing says so.
    """

    name: str
    origin: str = ""
    licence: str = ""


def text_files(paths: Sequence[Path]) -> list[Path]:
    """The text files that paths name: files as they are, of folders every `.txt` and `.txt.xz` inside, sorted.

    Raises:
        InputError: If a path does not exist, is of another kind, or a folder holds no text.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.name.endswith(_SUFFIXES) and file.is_file())
            if not inside:
                raise InputError("holds no text (*.txt, *.txt.xz)", path)
            found += inside
        elif not path.exists():
            raise InputError("does not exist", path)
        elif not path.name.endswith(_SUFFIXES):
            raise InputError("is neither .txt nor .txt.xz", path)
        else:
            found.append(path)
    return found


def source_of(file: Path) -> Source:
    """Where a text file is from."""
    name = file.name.removesuffix(".xz").removesuffix(".txt")
    table = file.parent / SOURCES
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row.get("name") == name:
                    return Source(name, row.get("repo") or "", row.get("licence") or "")
    return Source(name)


def read_text(file: Path, advance: Callable[[int], object] = lambda _: None) -> Iterator[list[str]]:
    """The documents of a file, one at a time, each as its paragraphs (lines).

    Args:
        file: A `.txt` or `.txt.xz`.
        advance: Is told after each document how many bytes of the file, as it lies on the disk, have been read.

    Raises:
        InputError: If it cannot be read or is no UTF-8 text; names the file, and the line.
    """
    number = 0
    try:
        with file.open("rb") as raw:
            content = lzma.LZMAFile(raw) if file.suffix == ".xz" else raw  # noqa: SIM115 (`raw` holds the file)
            paragraphs: list[str] = []
            lines = io.TextIOWrapper(content, encoding="utf-8-sig", newline=None)
            for line in lines:
                number += 1
                if stripped := line.strip():
                    paragraphs.append(require_text(stripped, str(file)))
                elif paragraphs:
                    yield paragraphs
                    paragraphs = []
                    advance(raw.tell())
            if paragraphs:
                yield paragraphs
            advance(raw.tell())
    except (OSError, lzma.LZMAError, EOFError) as error:
        raise InputError(f"cannot be read ({error})", file) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file, f"after line {number}") from None
