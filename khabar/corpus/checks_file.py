"""Level 1, well-formed: the bytes are a document, in the one way in which a document is written."""

from __future__ import annotations

import json
from itertools import zip_longest

from khabar.corpus.incident import Checks, Finding
from khabar.corpus.subject import FileSubject
from khabar.document import Document, dumps, dumps_line

CHECKS: Checks[FileSubject] = Checks(level=1)


@CHECKS("file.unicode")
def _unicode(file: FileSubject) -> list[Finding]:
    """The file can be read and holds UTF-8 text without lone surrogates."""
    return _obstacle(file, "file.unicode")


@CHECKS("file.json")
def _json(file: FileSubject) -> list[Finding]:
    """The text is JSON."""
    return _obstacle(file, "file.json")


@CHECKS("file.schema")
def _schema(file: FileSubject) -> list[Finding]:
    """The JSON has the shape of a document: its keys and no others, no key twice, the right kinds of value."""
    return _obstacle(file, "file.schema")


@CHECKS("file.name")
def _name(file: FileSubject) -> list[Finding]:
    """The file is named by the document's id; a line of a `.jsonl` needs no name."""
    if not isinstance(file.document, Document) or file.line is not None:
        return []
    expected = f"{file.document.id}.json"
    return [] if file.path.name == expected else [file.finding(f"{file.name} should be named {expected}")]


@CHECKS("file.canonical")
def _canonical(file: FileSubject) -> list[Finding]:
    """The bytes are canonical: keys in their order, arrays by position, two spaces a level, a final newline."""
    if not isinstance(file.document, Document) or file.data is None:
        return []
    canonical = (dumps(file.document) if file.line is None else dumps_line(file.document)).encode()
    if canonical == file.data:
        return []
    if file.line is not None:
        return [
            file.finding(
                f"{file.name} is not as khabar writes it; load it and write it with khabar.document.dumps_line"
            )
        ]
    pairs = zip_longest(file.data.split(b"\n"), canonical.split(b"\n"))
    number = next(i for i, (is_now, should_be) in enumerate(pairs, 1) if is_now != should_be)
    return [
        file.finding(f"{file.name}: line {number} is not as khabar writes it; load it and write it with khabar.dumps")
    ]


def _obstacle(file: FileSubject, check: str) -> list[Finding]:
    """Why the file is no document, if it is for `check` to tell."""
    if isinstance(file.document, Document) or _teller(file) != check:
        return []
    return [file.finding(str(file.document))]


def _teller(file: FileSubject) -> str:
    """The check that tells why the file is no document: how far reading it gets."""
    try:
        text = (file.data if file.data is not None else b"\xff").decode("utf-8-sig")
        content = json.loads(text, parse_constant=int)  # `int` refuses NaN and Infinity, which are no JSON
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeError:
        return "file.unicode"
    except (ValueError, RecursionError):
        return "file.json"
    return "file.schema"
