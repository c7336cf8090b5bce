"""brat stand-off: a document as a text file and a file of annotations (https://brat.nlplab.org/standoff.html).

Spans are text-bound annotations (`T`), events and attributions are events (`E`): an attribution's trigger is its cue,
or, under a label of its own, its first source where it has no cue word; its arguments are Source, Channel and Covers.
Polarity, realis and stance are attributes (`A`); ids and cluster names are notes (`#`). Offsets count code points.

There and back with the document's text and metadata nothing changes, but scores are lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import regex
from pydantic import BaseModel, ValidationError

from khabar.document import Argument, Attribution, Document, Event, Span
from khabar.errors import InputError
from khabar.ontology import Ontology

NO_CUE = "NoCue"
"""Label of the trigger of an attribution without a cue word."""
_COVERS = "Covers"
# Attributes and notes: of events, of attributions, of both.
_POLARITY, _REALIS, _STANCE, _SAID, _ID, _CLUSTER = "Polarity", "Realis", "Stance", "Said", "Id", "Cluster"
Record = TypeVar("Record", bound=BaseModel)
_LINE = regex.compile(r"(?P<id>[TEA#]\d+)\t(?P<head>[^\t]+)(?:\t(?P<rest>.*))?")


def brat(document: Document, ontology: Ontology) -> str:
    """A document's `.ann` file; its `.txt` file is its text.

    Args:
        document: An annotated document.
        ontology: Names the labels of cue, source and channel.
    """
    writer = _Writer(document)
    cue, source, channel = ontology.attribution.mentions
    names = {
        event.id: writer.event(event.type, event.trigger, [(a.role, writer.span(a.role, a)) for a in event.arguments])
        for event in document.events
    }
    for event in document.events:
        writer.says(names[event.id], {_POLARITY: event.polarity, _REALIS: event.realis})
        writer.notes(names[event.id], {_ID: event.id, _CLUSTER: event.cluster})
    for one in document.attributions:
        arguments = [
            *((source, writer.span(source, s)) for s in one.sources),
            *((channel, writer.span(channel, s)) for s in one.channels),
            *((_COVERS, names[id]) for id in one.events),
        ]
        anchor = one.cue or document.span(*one.anchor)
        name = writer.event(NO_CUE if one.cue is None else cue, anchor, arguments)
        writer.says(name, {_STANCE: one.stance, _SAID: one.polarity})
        writer.notes(name, {_ID: one.id})
    return "".join(f"{line}\n" for line in writer.lines)


class _Writer:
    """Numbers annotations and writes their lines."""

    def __init__(self, document: Document):
        self.document, self.lines, self.counts = document, list[str](), Counter[str]()

    def span(self, label: str, span: Span | Argument) -> str:
        """A text-bound annotation; gives its id. The words are for people: white space in them is one space."""
        words = " ".join(self.document.text[span.start : span.end].split())
        return self._line("T", f"{label} {span.start} {span.end}", words)

    def event(self, label: str, trigger: Span, arguments: Iterable[tuple[str, str]]) -> str:
        """An event; gives its id. A role that comes again bears a number, as brat wants it."""
        parts, seen = [f"{label}:{self.span(label, trigger)}"], Counter[str]()
        for role, name in arguments:
            seen[role] += 1
            parts.append(f"{role}{seen[role] if seen[role] > 1 else ''}:{name}")
        return self._line("E", " ".join(parts))

    def says(self, event: str, values: dict[str, str]) -> None:
        """Attributes of an event."""
        for name, value in values.items():
            self._line("A", f"{name} {event} {value}")

    def notes(self, event: str, values: dict[str, str | None]) -> None:
        """Notes on an event."""
        for name, value in values.items():
            if value is not None:
                self._line("#", f"{name} {event}", value)

    def _line(self, kind: str, *columns: str) -> str:
        self.counts[kind] += 1
        name = f"{kind}{self.counts[kind]}"
        self.lines.append("\t".join((name, *columns)))
        return name


def read_brat(document: Document, ann: str, ontology: Ontology) -> Document:
    """A document with the annotation of an `.ann` file.

    Args:
        document: The text that was annotated, with its metadata; its own annotation is left out.
        ann: The file.
        ontology: Tells event types, and names the labels of cue, source and channel. What brat's users left unsaid has
            the unmarked value.

    Raises:
        InputError: If a line cannot be read, names a label or an id that is unknown, or is a span of nothing; names the
            line.
    """
    reader = _Reader(document, ontology)
    for number, line in enumerate(ann.split("\n"), 1):
        if line.strip():
            reader.read(line, f"line {number}")
    return reader.document_with()


class _Reader:
    """Collects annotations by their ids."""

    def __init__(self, document: Document, ontology: Ontology):
        self.document, self.ontology = document, ontology
        self.spans: dict[str, tuple[str, Span, str]] = {}
        self.used: set[str] = set()
        self.events: dict[str, tuple[str, str, list[tuple[str, str]], str]] = {}
        self.said: dict[str, dict[str, str]] = defaultdict(dict)

    def read(self, line: str, place: str) -> None:
        found = _LINE.fullmatch(line)
        if found is None:
            raise InputError(f"{line[:60]!r} is no line of brat's (id, tab, annotation)", self.document.id, place)
        name, words = found["id"], found["head"].split(" ")
        if name[0] == "T":
            self.spans[name] = (words[0], self._span(words, place), place)
        elif name[0] == "E":
            parts = [(part.partition(":")[0], part.partition(":")[2]) for part in words if part]
            self.events[name] = (parts[0][0], parts[0][1], parts[1:], place)
        elif len(words) < (3 if name[0] == "A" else 2):
            raise InputError(f"{line[:60]!r} says nothing of an event", self.document.id, place)
        else:
            self.said[words[1]][words[0]] = " ".join(words[2:]) if name[0] == "A" else found["rest"] or ""

    def _span(self, words: Sequence[str], place: str) -> Span:
        try:
            start, end = int(words[1]), int(words[2])
        except (IndexError, ValueError):
            raise InputError("offsets are missing, or the span has gaps", self.document.id, place) from None
        if not 0 <= start <= end <= len(self.document.text):
            raise InputError(f"{start}-{end} is outside the text", self.document.id, place)
        return self.document.span(start, end)

    def document_with(self) -> Document:
        cue, source, channel = self.ontology.attribution.mentions
        ids = {name: self.said[name].get(_ID, name.lower()) for name in self.events}
        events, attributions = [], []
        for name, (label, trigger, arguments, place) in self.events.items():
            said = self.said[name]
            if label in self.ontology.types:
                roles = [(self._role(role), id) for role, id in arguments]
                spans = [(role, self._found(id, role, place)) for role, id in roles]
                events.append(
                    _made(
                        Event,
                        self.document.id,
                        place,
                        id=ids[name],
                        type=label,
                        trigger=self._found(trigger, label, place),
                        polarity=said.get(_POLARITY, self.ontology.polarity[0]),
                        realis=said.get(_REALIS, self.ontology.realis[0]),
                        cluster=said.get(_CLUSTER),
                        arguments=tuple(Argument(role=role, **dict(span)) for role, span in spans),
                    )
                )
            elif label in (cue, NO_CUE):
                anchor = self._found(trigger, label, place)
                by_role = defaultdict(list)
                for role, id in arguments:
                    by_role[self._role(role)].append(id)
                covered = by_role.pop(_COVERS, [])
                if unknown := [id for id in covered if self.events.get(id, ("",))[0] not in self.ontology.types]:
                    raise InputError(f"there is no event {unknown[0]}", self.document.id, place)
                attributions.append(
                    _made(
                        Attribution,
                        self.document.id,
                        place,
                        id=ids[name],
                        cue=anchor if label == cue else None,
                        sources=tuple(self._found(id, source, place) for id in by_role.pop(source, [])),
                        channels=tuple(self._found(id, channel, place) for id in by_role.pop(channel, [])),
                        stance=said.get(_STANCE, self.ontology.attribution.stance[0]),
                        polarity=said.get(_SAID, self.ontology.attribution.polarity[0]),
                        events=tuple(ids[id] for id in covered),
                    )
                )
                if by_role:
                    reason = f"{min(by_role)} is no argument of an attribution: {source}, {channel} and {_COVERS} are"
                    raise InputError(reason, self.document.id, place)
            else:
                raise InputError(f"{label!r} is no event type, {cue} or {NO_CUE}", self.document.id, place)
        for id, (label, _, place) in self.spans.items():
            if id not in self.used:
                raise InputError(f"{id} ({label}) belongs to no event: link it or delete it", self.document.id, place)
        whole = {name: getattr(self.document, name) for name in Document.model_fields}
        return Document(**{**whole, "events": tuple(events), "attributions": tuple(attributions)})

    def _role(self, role: str) -> str:
        """A role without the number that brat gives to a repeated one."""
        known = {*self.ontology.roles, *self.ontology.attribution.mentions, _COVERS}
        return role if role in known else role.rstrip("0123456789")

    def _found(self, id: str, label: str, place: str) -> Span:
        """The span of a text-bound annotation, which bears the label of what it is used as."""
        if id not in self.spans:
            raise InputError(f"there is no text-bound annotation {id or '(empty)'}", self.document.id, place)
        labelled, span, _ = self.spans[id]
        if labelled != label:
            raise InputError(f"{id} is labelled {labelled}, and is used as {label}", self.document.id, place)
        self.used.add(id)
        return span


def _made(kind: type[Record], document: str, place: str, **values: Any) -> Record:
    try:
        return kind(**values)
    except ValidationError as error:
        told = error.errors()[0]
        field = ".".join(map(str, told["loc"]))
        raise InputError(f"{field} {told.get('input')!r}: {told['msg']}", document, place) from None


def annotation_conf(ontology: Ontology) -> str:
    """The file `annotation.conf`, so that brat shows and edits a folder of such files."""
    cue, source, channel = ontology.attribution.mentions
    labels = ontology.attribution
    events = [
        f"{name}\t" + ", ".join(f"{role}*:{role}" for role in event.roles) for name, event in ontology.events.items()
    ]
    said = f"{source}*:{source}, {channel}*:{channel}, {_COVERS}*:<EVENT>"
    kinds = "|".join(ontology.types)
    return "\n".join(
        [
            "[entities]",
            *ontology.roles,
            source,
            channel,
            "",
            "[relations]",
            "",
            "[events]",
            *events,
            f"{cue}\t{said}",
            f"{NO_CUE}\t{said}",
            "",
            "[attributes]",
            f"{_POLARITY}\tArg:{kinds}, Value:{'|'.join(ontology.polarity)}",
            f"{_REALIS}\tArg:{kinds}, Value:{'|'.join(ontology.realis)}",
            f"{_STANCE}\tArg:{cue}|{NO_CUE}, Value:{'|'.join(labels.stance)}",
            f"{_SAID}\tArg:{cue}|{NO_CUE}, Value:{'|'.join(labels.polarity)}",
            "",
        ]
    )
