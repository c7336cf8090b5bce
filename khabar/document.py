"""`Document`, the one currency of khabar: an article, its events and who says so.

Every stage takes Documents and gives Documents. The classes are frozen and validate their *shape* (keys, kinds of
value, ranges); what the annotation *means* (offsets, ontology, links) is judged by `khabar.corpus.checks`. Arrays
are kept sorted by position, so that equal documents are equal bytes on disk.

Offsets are Unicode code points into `Document.text`, end exclusive.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from khabar.errors import InputError

SCHEME = 1
"""Version of the annotation scheme that this code reads and writes."""

Offset = Annotated[int, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]
Identifier = Annotated[str, Field(pattern=r"^[\w.-]+$", max_length=200)]

_LEFT_OUT_WHEN_NONE = ("score", "meta")


class Extent(NamedTuple):
    """A stretch of text: code points, end exclusive."""

    start: int
    end: int


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _leave_out(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        return {k: v for k, v in data.items() if v is not None or k not in _LEFT_OUT_WHEN_NONE}


class Span(_Record):
    """A stretch of the document's text.

    Attributes:
        start: First code point.
        end: One past the last code point.
        text: The text between them, verbatim.
        score: Confidence of a prediction, 0 to 1; None in gold.
    """

    start: Offset
    end: Offset
    text: str
    score: Score | None = None

    @property
    def extent(self) -> Extent:
        """Where it stands."""
        return Extent(self.start, self.end)


class Argument(_Record):
    """A phrase in the trigger's sentence that plays a role in the event; fields as in `Span`."""

    role: str
    start: Offset
    end: Offset
    text: str
    score: Score | None = None

    @property
    def extent(self) -> Extent:
        """Where it stands."""
        return Extent(self.start, self.end)


class Sentence(_Record):
    """Where a sentence stands, without the white space around it."""

    start: Offset
    end: Offset

    @property
    def extent(self) -> Extent:
        """Where it stands."""
        return Extent(self.start, self.end)


class Event(_Record):
    """One mention of something that happens, happened, may happen or did not happen.

    Attributes:
        id: Unique among the document's events (`e1`).
        type: An event type of the ontology.
        trigger: The one word that expresses it.
        polarity: `Negative` when the text itself says that it did not happen.
        realis: `Actual`, `Generic` or `Other`.
        cluster: Name of the occurrence, shared by its mentions within and across documents; None if mentioned once.
        arguments: Sorted by position.
        score: Confidence of a prediction, 0 to 1; None in gold.
    """

    id: Identifier
    type: str
    trigger: Span
    polarity: str
    realis: str
    cluster: str | None = None
    arguments: tuple[Argument, ...] = ()
    score: Score | None = None

    @field_validator("arguments", mode="after")
    @classmethod
    def _sorted(cls, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        return tuple(sorted(arguments, key=lambda a: (a.start, a.end, a.role)))


class Attribution(_Record):
    """A place where the text hands an assertion over to somebody.

    Attributes:
        id: Unique among the document's attributions (`a1`).
        cue: The one word that does it; None where the text has none (`رويترز: …`).
        sources: Who says it, anywhere in the document; sorted by position.
        channels: Through whom or what it reached this text; sorted by position.
        stance: How the source stands to the content (`Asserts`, `Denies`, …).
        polarity: `Negative` when the text says that the statement was not made.
        events: Ids of the events covered, sorted by position.
        score: Confidence of a prediction, 0 to 1; None in gold.
    """

    id: Identifier
    cue: Span | None
    sources: tuple[Span, ...] = ()
    channels: tuple[Span, ...] = ()
    stance: str
    polarity: str
    events: tuple[str, ...] = ()
    score: Score | None = None

    @field_validator("sources", "channels", mode="after")
    @classmethod
    def _sorted(cls, spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(sorted(spans, key=lambda s: s.extent))

    @property
    def anchor(self) -> Extent:
        """Where it stands: its cue, or else its first source, or else its first channel."""
        spans = (self.cue, *self.sources, *self.channels)
        return next((span.extent for span in spans if span is not None), Extent(0, 0))


class Source(_Record):
    """Where a document comes from.

    Attributes:
        publisher: Who published it, as the article's credit line says.
        file: Name of the raw file.
        sha256: Hash of the raw file's bytes.
        published: Date of publication (ISO 8601), if known.
        story: Name of the news story; folds never split a story.
    """

    publisher: str | None = None
    file: str | None = None
    sha256: str | None = None
    published: str | None = None
    story: str | None = None


class Document(_Record):
    """An article with its annotation.

    Attributes:
        scheme: Version of the annotation scheme.
        id: Name of the document; also the name of its file.
        title: The headline, which is also the first line of `text`; None if there is none.
        text: The clean text; every offset counts its code points.
        language: Language tag (`ar`).
        source: Where it comes from.
        sentences: Sorted by position.
        events: Sorted by position of the trigger.
        attributions: Sorted by position of the cue (of the first source, where there is no cue).
        meta: Anything else. `cuts`: offsets at which a word fused by a typing error is cut in two tokens.
    """

    scheme: int = SCHEME
    id: Identifier
    title: str | None = None
    text: str
    language: str = "ar"
    source: Source = Source()
    sentences: tuple[Sentence, ...] = ()
    events: tuple[Event, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    meta: dict[str, Any] | None = None

    @field_validator("scheme", mode="after")
    @classmethod
    def _known_scheme(cls, scheme: int) -> int:
        if scheme != SCHEME:
            raise ValueError(f"scheme {scheme} is not known here; this version of khabar reads scheme {SCHEME}")
        return scheme

    @field_validator("sentences", mode="after")
    @classmethod
    def _sentences_sorted(cls, sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
        return tuple(sorted(sentences, key=lambda s: s.extent))

    @field_validator("events", mode="after")
    @classmethod
    def _events_sorted(cls, events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(sorted(events, key=lambda e: (e.trigger.extent, e.type, e.id)))

    @model_validator(mode="after")
    def _attributions_sorted(self) -> Document:
        rank = {event.id: i for i, event in enumerate(self.events)}
        last = len(rank)
        inner = (
            a.model_copy(update={"events": tuple(sorted(a.events, key=lambda e: (rank.get(e, last), e)))})
            for a in self.attributions
        )
        ordered = tuple(sorted(inner, key=lambda a: (a.anchor, a.stance, a.polarity, a.id)))
        object.__setattr__(self, "attributions", ordered)  # the class is frozen; this is its construction
        return self

    @property
    def cuts(self) -> tuple[int, ...]:
        """Offsets at which a fused word is cut (see `meta`)."""
        cuts = (self.meta or {}).get("cuts", ())
        return tuple(c for c in cuts if isinstance(c, int)) if isinstance(cuts, list | tuple) else ()

    def events_by_id(self) -> dict[str, Event]:
        """The events by their ids; the first wins where an id stands twice."""
        return {event.id: event for event in reversed(self.events)}

    def sentence_at(self, offset: int) -> int | None:
        """Index of the sentence that holds the code point at `offset`; None between sentences."""
        i = bisect_right(self.sentences, offset, key=lambda s: s.start) - 1
        return i if i >= 0 and offset < self.sentences[i].end else None

    def span(self, start: int, end: int) -> Span:
        """A span of this document's text."""
        return Span(start=start, end=end, text=self.text[start:end])

    def without_annotation(self) -> Document:
        """The same document with no events and no attributions: what an annotator or a model is given."""
        return self.model_copy(update={"events": (), "attributions": ()})

    def renumbered(self) -> Document:
        """The same document with ids `e1 …`, `a1 …` in order of position."""
        names = {event.id: f"e{i}" for i, event in enumerate(self.events, 1)}
        events = tuple(e.model_copy(update={"id": names[e.id]}) for e in self.events)
        attributions = tuple(
            a.model_copy(update={"id": f"a{i}", "events": tuple(names.get(e, e) for e in a.events)})
            for i, a in enumerate(self.attributions, 1)
        )
        return self.model_copy(update={"events": events, "attributions": attributions})


def dumps(document: Document) -> str:
    """The document as canonical JSON: keys in the order of the classes, arrays by position, a final newline."""
    return json.dumps(document.model_dump(), ensure_ascii=False, indent=2) + "\n"


def dumps_line(document: Document) -> str:
    """The document as one line of JSON (for `.jsonl`), without a newline."""
    return json.dumps(document.model_dump(), ensure_ascii=False)


def loads(data: str | bytes, name: Path | str | None = None) -> Document:
    """Reads one document from JSON.

    Args:
        data: The JSON, as text or UTF-8 bytes.
        name: What to call it in an error, usually the file.

    Raises:
        InputError: If it is no JSON or has a wrong shape; names the file, the path and the reason.
    """
    try:
        if isinstance(data, bytes):
            data = data.decode("utf-8-sig")
        content = json.loads(data, object_pairs_hook=_no_key_twice, parse_constant=_no_such_number)
        # Strict mode takes lists for tuples only from JSON text; a lone surrogate cannot be encoded and is refused.
        return Document.model_validate_json(json.dumps(content, ensure_ascii=False).encode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", name) from None
    except UnicodeEncodeError as error:
        raise InputError(f"holds a lone surrogate (U+{ord(error.object[error.start]):04X})", name) from None
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg}", name, f"line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise InputError("is nested too deeply to be a document", name) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(_reason(first["msg"], len(error.errors())), name, json_path(first["loc"])) from None
    except ValueError as error:
        raise InputError(str(error), name) from None


def load(path: Path | str) -> Document:
    """Reads one document file.

    Raises:
        InputError: If it cannot be read, is no JSON or has a wrong shape.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path) from None
    return loads(data, path)


def text_hash(text: str) -> str:
    """The hash by which a text is known again: SHA-256 of its UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def json_path(loc: tuple[int | str, ...]) -> str:
    """A place in a JSON value as people write it: `events[3].trigger.start`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return path.removeprefix(".")


def _reason(message: str, count: int) -> str:
    message = message.removeprefix("Value error, ")
    return message if count == 1 else f"{message} (and {count - 1} more)"


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = next((key for i, key in enumerate(keys) if key in keys[:i]), None)
    if twice is not None:
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return dict(pairs)


def _no_such_number(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
