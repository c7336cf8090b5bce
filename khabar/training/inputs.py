"""What `khabar extract` reads: text files, JSON lines, documents and standard input, one Document at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import regex

from khabar.corpus.store import decode_text, iterate_documents
from khabar.document import Document
from khabar.errors import InputError

STANDARD_INPUT = Path("-")
_SUFFIXES = (".json", ".jsonl", ".txt")
_NO_IDENTIFIER = regex.compile(r"[^\w.-]+")


def input_files(paths: Sequence[Path]) -> list[Path]:
    """The files that paths name: files as they are, of folders every `.txt`, `.json` and `.jsonl` right inside.

    Raises:
        InputError: If a path does not exist, is of another kind, or a folder holds no input.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES and p.is_file())
            if not inside:
                raise InputError(f"holds no input ({', '.join('*' + suffix for suffix in _SUFFIXES)})", path)
            found += inside
        elif path != STANDARD_INPUT and not path.exists():
            raise InputError("does not exist", path)
        elif path != STANDARD_INPUT and path.suffix not in _SUFFIXES:
            raise InputError(
                f"is none of {', '.join(_SUFFIXES)}; rename it, or give plain text on standard input", path
            )
        else:
            found.append(path)
    return found


def read_inputs(files: Sequence[Path]) -> Iterator[Document]:
    """Reads inputs one by one, so that there may be more of them than fit in memory.

    Args:
        files: As `input_files` gives them. A `.txt` is one document, named after the file; a line of a `.jsonl` is
            `{"id": …, "text": …}` or a whole document; `-` is standard input, one document of plain text.

    Yields:
        Documents whose text is the input's, character for character: line breaks, white space and a byte-order mark
        stay, so that offsets hold for the file.

    Raises:
        InputError: If one cannot be read (names the file and the byte or line), or two have the same id.
    """
    seen: dict[str, Path] = {}
    for file in files:
        for document in _documents(file):
            if document.id in seen:
                raise InputError(f"gives the id {document.id}, which {seen[document.id]} gives too", file)
            seen[document.id] = file
            yield document


def _documents(file: Path) -> Iterator[Document]:
    if file == STANDARD_INPUT:
        yield _from_text(sys.stdin.buffer.read(), "standard-input", file)
    elif file.suffix == ".txt":
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", file) from None
        yield _from_text(data, file.stem, file)
    else:
        yield from (document for _, document in iterate_documents([file]))


def _from_text(data: bytes, name: str, file: Path) -> Document:
    text = decode_text(data, file)
    return Document(id=_NO_IDENTIFIER.sub("-", name).strip("-")[:200] or "document", text=text)
