"""Raw articles to clean documents: text or HTML in, `Document`s without annotation out, nothing dropped in silence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import regex
from pydantic import BaseModel, ConfigDict, ValidationError

from khabar.arabic import require_text, sentences
from khabar.corpus.clean import Article, Dropped, clean
from khabar.corpus.store import decode_text
from khabar.document import Document, Identifier, Sentence, Source
from khabar.errors import InputError
from khabar.yaml_file import read_yaml

_HTML = regex.compile(r"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", regex.IGNORECASE | regex.DOTALL)
_NOT_IN_AN_ID = regex.compile(r"[^\w.-]+")


class Entry(BaseModel):
    """What the manifest knows of one document and the raw file cannot tell.

    Attributes:
        file: Name of the raw file.
        id: The document's id.
        story: The news story that it tells.
        publisher: Who published it; where the key is absent, the article's credit line says.
        published: Date of publication (ISO 8601), if known.
        sha256: Hash of the raw file's bytes, in hexadecimal.
        cuts: Words fused by a typing error, each with a bar where it is cut (`وذكر|الجيش`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    id: Identifier
    story: str
    publisher: str | None = None
    published: str | None = None
    sha256: str | None = None
    cuts: tuple[str, ...] = ()


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    documents: list[Entry]


@dataclass(frozen=True)
class Ingested:
    """What one raw file gave.

    Attributes:
        file: The raw file.
        documents: Clean documents, in the order in which the articles stand in the file.
        dropped: The lines left out.
    """

    file: Path
    documents: tuple[Document, ...]
    dropped: tuple[Dropped, ...]


def load_manifest(path: Path) -> list[Entry]:
    """Reads a manifest; a missing one is an empty one.

    Raises:
        InputError: If it has a wrong shape, or an id stands twice; names the place.
    """
    if not path.is_file():
        return []
    entries = read_yaml(path, _Manifest).documents
    ids = [entry.id for entry in entries]
    if twice := next((i for n, i in enumerate(ids) if i in ids[:n]), None):
        raise InputError(f"the id {twice} stands twice", path)
    return entries


def ingest(path: Path, manifest: Sequence[Entry] = (), id: str | None = None, story: str | None = None) -> Ingested:
    """Cleans one raw file.

    Args:
        path: A text file, or a web page (told by its first bytes).
        manifest: Entries that may name this file, in the order of its articles.
        id: The first document's id, for a file that the manifest does not name; further ones get `-2`, `-3`, ….
            The file's name without its ending, if None.
        story: Their story; the id if None.

    Raises:
        InputError: If the file is no UTF-8 text, holds no article, or not as many articles as the manifest names.
    """
    raw = _read(path)
    text = decode_text(raw, path).removeprefix("\ufeff")
    articles, dropped = clean(_body_of_page(text, path) if _HTML.match(text) else text)
    if not articles:
        raise InputError("holds no article text (every line is empty or boilerplate)", path)
    digest = hashlib.sha256(raw).hexdigest()
    entries = [entry for entry in manifest if entry.file == path.name] if id is None else []
    if not entries:
        entries = _entries_without_manifest(path, len(articles), id, story)
    if len(entries) != len(articles):
        raise InputError(
            f"holds {len(articles)} articles, and the manifest names {len(entries)}; mend the manifest", path
        )
    documents = tuple(_document(a, e, digest, path) for a, e in zip(articles, entries, strict=True))
    return Ingested(path, documents, tuple(dropped))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path) from None


def _body_of_page(page: str, path: Path) -> str:
    import trafilatura

    body = trafilatura.extract(page, include_comments=False, include_tables=False, favor_precision=True)
    if not body:
        raise InputError("is a web page in which no article was found; save its text and ingest that", path)
    metadata = trafilatura.extract_metadata(page)
    title = (metadata.title or "").strip() if metadata else ""
    return body if not title or body.lstrip().startswith(title) else f"{title}\n\n{body}"


def _entries_without_manifest(path: Path, count: int, id: str | None, story: str | None) -> list[Entry]:
    first = id or _NOT_IN_AN_ID.sub("-", path.stem).strip("-") or "document"
    names = [first] + [f"{first}-{n}" for n in range(2, count + 1)]
    try:
        return [Entry(file=path.name, id=name, story=story or first) for name in names]
    except ValidationError:
        raise InputError(f"{first!r} cannot be an id: letters, digits, _ . - only; give one with --id", path) from None


def _document(article: Article, entry: Entry, digest: str, path: Path) -> Document:
    if entry.sha256 is not None and entry.sha256 != digest:
        raise InputError(f"is not the file that the manifest describes: its sha256 is {digest}", path)
    cuts = [_cut(article.text, cut, path) for cut in entry.cuts]
    return Document(
        id=entry.id,
        title=article.title,
        text=require_text(article.text, str(path)),
        source=Source(
            publisher=entry.publisher if "publisher" in entry.model_fields_set else article.publisher,
            file=entry.file,
            sha256=digest,
            published=entry.published,
            story=entry.story,
        ),
        sentences=tuple(Sentence(start=s.start, end=s.end) for s in sentences(article.text)),
        meta={"cuts": cuts} if cuts else None,
    )


def _cut(text: str, cut: str, path: Path) -> int:
    left, bar, right = cut.partition("|")
    if not (left and bar and right) or "|" in right:
        raise InputError(f"the manifest's cut {cut!r} needs one bar between two parts of a word", path)
    if text.count(left + right) != 1:
        raise InputError(
            f"the manifest's cut {cut!r} stands {text.count(left + right)} times in the text, not once", path
        )
    return text.index(left + right) + len(left)
