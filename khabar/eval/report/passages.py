"""A document as a reader sees it: sentence by sentence, with what is marked in each and notes beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khabar.arabic import sentences
from khabar.document import Document, Event, Extent
from khabar.eval.report.segments import Mark, Segment, marks_of, segments
from khabar.ontology import Ontology


@dataclass(frozen=True)
class EventNote:
    """An event, told beside its sentence.

    Attributes:
        unit: The event's id.
        type: Its type.
        trigger: The word.
        flags: Polarity and realis, named, where they are not the unmarked ones.
        arguments: Role and text of each argument.
        stances: Stances of the attributions that cover it, each once.
        cluster: The occurrence's name, if it has one.
    """

    unit: str
    type: str
    trigger: str
    flags: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    stances: tuple[str, ...]
    cluster: str | None


@dataclass(frozen=True)
class AttributionNote:
    """An attribution, told beside the sentence of its cue.

    Attributes:
        unit: The attribution's id.
        stance: Its stance.
        negative: Whether the text says that the statement was not made.
        cue: The word; None where there is none.
        sources: Their texts.
        channels: Their texts.
        events: Trigger and type of each event covered.
        roles: Roles of the arguments of those events, each once.
    """

    unit: str
    stance: str
    negative: bool
    cue: str | None
    sources: tuple[str, ...]
    channels: tuple[str, ...]
    events: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A sentence.

    Attributes:
        number: From 1.
        extent: Where it stands.
        segments: Its text, cut at the spans.
        events: Those whose trigger stands here.
        attributions: Those whose cue (first source, where there is no cue) stands here.
    """

    number: int
    extent: Extent
    segments: tuple[Segment, ...]
    events: tuple[EventNote, ...]
    attributions: tuple[AttributionNote, ...]


def extents_of(document: Document) -> list[Extent]:
    """The document's sentences; where it has none, its text split into sentences."""
    return [s.extent for s in document.sentences] or sentences(document.text)


def passages(document: Document, ontology: Ontology) -> list[Passage]:
    """The sentences of a document with everything that is annotated in them.

    Args:
        document: Gold or a prediction.
        ontology: Says which polarity and realis are unmarked, and what cue, source and channel are called.
    """
    marks = marks_of(document, ontology.attribution.mentions)
    events, attributions = event_notes(document, ontology), attribution_notes(document, ontology)
    return [
        Passage(
            number,
            extent,
            tuple(segments(document.text, extent, marks)),
            tuple(note for at, note in events if extent.start <= at < extent.end),
            tuple(note for at, note in attributions if extent.start <= at < extent.end),
        )
        for number, extent in enumerate(extents_of(document), 1)
    ]


def event_notes(document: Document, ontology: Ontology) -> list[tuple[int, EventNote]]:
    """A note for every event, with the offset of its trigger."""
    return [
        (
            event.trigger.start,
            EventNote(
                unit=event.id,
                type=event.type,
                trigger=event.trigger.text,
                flags=flags(event, ontology),
                arguments=tuple((a.role, a.text) for a in event.arguments),
                stances=tuple(dict.fromkeys(a.stance for a in document.attributions if event.id in a.events)),
                cluster=event.cluster,
            ),
        )
        for event in document.events
    ]


def attribution_notes(document: Document, ontology: Ontology) -> list[tuple[int, AttributionNote]]:
    """A note for every attribution, with the offset of its anchor."""
    by_id = document.events_by_id()
    notes = []
    for attribution in document.attributions:
        covered: Sequence[Event] = [by_id[i] for i in attribution.events if i in by_id]
        note = AttributionNote(
            unit=attribution.id,
            stance=attribution.stance,
            negative=attribution.polarity != ontology.attribution.polarity[0],
            cue=attribution.cue.text if attribution.cue else None,
            sources=tuple(span.text for span in attribution.sources),
            channels=tuple(span.text for span in attribution.channels),
            events=tuple((event.trigger.text, event.type) for event in covered),
            roles=tuple(dict.fromkeys(a.role for event in covered for a in event.arguments)),
        )
        notes.append((attribution.anchor.start, note))
    return notes


def flags(event: Event, ontology: Ontology) -> tuple[str, ...]:
    """An event's polarity and realis, named, where they are not the unmarked ones, which come first in the ontology."""
    told = (("polarity", event.polarity, ontology.polarity[0]), ("realis", event.realis, ontology.realis[0]))
    return tuple(f"{name}: {value}" for name, value, unmarked in told if value != unmarked)


def mark_data(marks: Sequence[Mark]) -> list[list[object]]:
    """Marks as the page's script reads them: unit, kind, label, start, end."""
    return [[mark.unit, mark.kind, mark.label, *mark.extent] for mark in marks]
