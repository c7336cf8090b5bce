"""A stretch of text cut at every bound of the spans in it, so that nested and crossing spans can all be drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from khabar.document import Document, Extent

Kind = Literal["trigger", "argument", "cue", "source", "channel"]


@dataclass(frozen=True)
class Mark:
    """A span to be drawn.

    Attributes:
        unit: Id of the event or attribution that it belongs to.
        kind: What it is there.
        label: What is written beside it: a type, a role, a stance, `Source`, `Channel`.
        extent: Where it stands, in code points of the document's text.
    """

    unit: str
    kind: Kind
    label: str
    extent: Extent


@dataclass(frozen=True)
class Segment:
    """A piece of text over which the same spans run.

    Attributes:
        text: The piece.
        marks: The spans that it is part of, in the order in which they were given; none for plain text.
        ends: Labels of the spans that end here, each once.
    """

    text: str
    marks: tuple[Mark, ...] = ()
    ends: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its spans, each once."""
        return tuple(dict.fromkeys(mark.kind for mark in self.marks))


def marks_of(document: Document, mentions: tuple[str, ...]) -> list[Mark]:
    """Every span of a document, events first.

    Args:
        document: Gold or a prediction.
        mentions: What cue, source and channel are called, as in the ontology; a cue is labelled with its stance.
    """
    _, source, channel = mentions
    marks = []
    for event in document.events:
        marks.append(Mark(event.id, "trigger", event.type, event.trigger.extent))
        marks += [Mark(event.id, "argument", a.role, a.extent) for a in event.arguments]
    for attribution in document.attributions:
        if attribution.cue is not None:
            marks.append(Mark(attribution.id, "cue", attribution.stance, attribution.cue.extent))
        marks += [Mark(attribution.id, "source", source, span.extent) for span in attribution.sources]
        marks += [Mark(attribution.id, "channel", channel, span.extent) for span in attribution.channels]
    return marks


def segments(text: str, within: Extent, marks: Iterable[Mark]) -> list[Segment]:
    """Cuts a stretch of text at the bounds of the spans in it.

    Args:
        text: The document's text.
        within: The stretch; what spans have outside it is left out.
        marks: Spans, in any order; empty ones are left out.

    Returns:
        Pieces that together are the stretch, none empty.
    """
    start, end = within.start, min(within.end, len(text))
    inside = [m for m in marks if max(m.extent.start, start) < min(m.extent.end, end)]
    bounds = sorted({start, end} | {b for m in inside for b in m.extent if start < b < end})
    cut = []
    for left, right in pairwise(bounds):
        over = tuple(m for m in inside if m.extent.start <= left and right <= m.extent.end)
        ends = dict.fromkeys(m.label for m in over if min(m.extent.end, end) == right)
        cut.append(Segment(text[left:right], over, tuple(ends)))
    return cut
