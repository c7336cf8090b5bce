"""What checks look at: a file, an annotated document, a collection of documents with the files of its corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from khabar.arabic import tokens
from khabar.corpus.folds import Folds
from khabar.corpus.incident import Finding
from khabar.corpus.ingest import Entry
from khabar.document import Argument, Document, Event, Span, loads
from khabar.errors import InputError
from khabar.ontology import Ontology


@dataclass(frozen=True)
class FileSubject:
    """A document as it stands on disk: a file, or one line of a `.jsonl`.

    Attributes:
        path: The file.
        data: Its bytes, or the line's; None if it cannot be read.
        line: The line's number, from 1; None for a whole file.
        obstacle: Why it cannot be read.
    """

    path: Path
    data: bytes | None
    line: int | None = None
    obstacle: str | None = None

    @cached_property
    def document(self) -> Document | InputError:
        """The document, or why it is none."""
        if self.data is None:
            return InputError(f"cannot be read ({self.obstacle})", self.name)
        try:
            return loads(self.data, self.name)
        except InputError as error:
            return error

    @property
    def name(self) -> str:
        """The file, and the line if it is one."""
        return str(self.path) if self.line is None else f"{self.path}:{self.line}"

    def finding(self, message: str) -> Finding:
        """What a check found in this file."""
        document = self.document.id if isinstance(self.document, Document) else None
        return Finding(message, None, document, str(self.path))


def file_subjects(path: Path) -> Iterator[FileSubject]:
    """What stands in a file: itself, or every line of a `.jsonl` that is not blank."""
    try:
        data = path.read_bytes()
    except OSError as error:
        yield FileSubject(path, None, obstacle=error.strerror)
        return
    if path.suffix != ".jsonl":
        yield FileSubject(path, data)
        return
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            yield FileSubject(path, line, number)


class NamedSpan(NamedTuple):
    """A span, what it is (`trigger of e1`, `Agent of e1`, `source of a2`), and what the text has at its offsets."""

    name: str
    span: Span | Argument
    slice: str


@dataclass(frozen=True)
class DocumentSubject:
    """An annotated document, the ontology that it should follow, and the file it came from, if any."""

    document: Document
    ontology: Ontology
    file: Path | None = None

    @cached_property
    def spans(self) -> tuple[NamedSpan, ...]:
        """Every span of the annotation."""
        found: list[tuple[str, Span | Argument]] = []
        for event in self.document.events:
            found.append((f"trigger of {event.id}", event.trigger))
            found += ((f"{argument.role} of {event.id}", argument) for argument in event.arguments)
        for attribution in self.document.attributions:
            if attribution.cue is not None:
                found.append((f"cue of {attribution.id}", attribution.cue))
            found += ((f"source of {attribution.id}", span) for span in attribution.sources)
            found += ((f"channel of {attribution.id}", span) for span in attribution.channels)
        text = self.document.text
        return tuple(NamedSpan(name, span, text[span.start : span.end]) for name, span in found)

    @cached_property
    def placed_spans(self) -> tuple[NamedSpan, ...]:
        """The spans that hold some of the text: the others break `text.offsets` and are judged no further."""
        length = len(self.document.text)
        return tuple(named for named in self.spans if named.span.start < named.span.end <= length)

    def sentence_of(self, span: Span | Argument) -> int | None:
        """Index of the one sentence that holds the whole span; None if there is no such, or the span is empty."""
        i = self.document.sentence_at(span.start)
        return i if i is not None and span.start < span.end <= self.document.sentences[i].end else None

    @cached_property
    def tokens(self) -> dict[int, int]:
        """Where the document's tokens start, and where each of them ends."""
        return dict(tokens(self.document.text, self.document.cuts))

    @property
    def story(self) -> str:
        """The story that the document tells; a document that names none is a story of its own."""
        return self.document.source.story or self.document.id

    def finding(self, message: str, offset: int | None = None) -> Finding:
        """What a check found in this document."""
        return Finding(message, offset, self.document.id, None if self.file is None else str(self.file))


class Mention(NamedTuple):
    """An event mention and the document it stands in."""

    subject: DocumentSubject
    event: Event


@dataclass(frozen=True)
class CorpusFiles:
    """What stands beside the documents of a corpus.

    Attributes:
        articles: Folder of the raw articles.
        folds: How the corpus is divided; None if that cannot be read.
        manifest: The manifest's entries by document id; None if it cannot be read, empty if there is none.
        obstacles: Why something cannot be read.
        unread: Ids of documents that are there, in files that fail level 1.
    """

    articles: Path
    folds: Folds | None = None
    manifest: Mapping[str, Entry] | None = None
    obstacles: tuple[InputError, ...] = ()
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Collection:
    """Documents that are looked at together; as a corpus, if its files are given."""

    subjects: Sequence[DocumentSubject]
    corpus: CorpusFiles | None = None

    @cached_property
    def documents(self) -> list[Document]:
        """The documents alone."""
        return [subject.document for subject in self.subjects]

    @cached_property
    def by_id(self) -> dict[str, DocumentSubject]:
        """The documents by id; the first wins where an id stands twice."""
        return {subject.document.id: subject for subject in reversed(self.subjects)}

    @cached_property
    def clusters(self) -> dict[str, list[Mention]]:
        """The mentions of each cluster, over all documents, in order."""
        found: dict[str, list[Mention]] = {}
        for subject in self.subjects:
            for event in subject.document.events:
                if event.cluster is not None:
                    found.setdefault(event.cluster, []).append(Mention(subject, event))
        return found
