"""Mentions to a Document, by plain rules, so that every score has a first number.

1. A trigger is an event, of the ontology's first (unmarked) polarity and realis.
2. An argument belongs to the nearest trigger in its sentence whose type licenses its role; without one it is dropped.
3. A cue is an attribution, of the ontology's first (unmarked) stance and polarity. A source or channel belongs to
   the nearest cue in its sentence; without one it is dropped.
4. A cue covers the events between it and the next cue in its sentence.
5. A cue that has no source takes the nearest one before it: the dropped subject of the annotation scheme.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from khabar.document import Argument, Attribution, Document, Event, Span
from khabar.ontology import Ontology
from khabar.training.layers import Layers, Mention

_SCORE_DIGITS = 4


@dataclass
class _DraftEvent:
    trigger: Mention
    arguments: list[Mention] = field(default_factory=list)


@dataclass
class _DraftAttribution:
    cue: Mention
    sources: list[Mention] = field(default_factory=list)
    channels: list[Mention] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


Draft = TypeVar("Draft", _DraftEvent, _DraftAttribution)


def link(document: Document, mentions: Sequence[Layers[list[Mention]]], ontology: Ontology) -> Document:
    """The document with the events and attributions that its mentions say.

    Args:
        document: A document; its own annotation is left out.
        mentions: For each of its sentences and each layer the mentions, in code points of the text, by position,
            without overlaps in a layer.
        ontology: Which roles a type licenses, and which values are unmarked.

    Returns:
        The document with predicted annotation, scored, ids `e1 …` and `a1 …`.
    """
    cue_label, source_label, _ = ontology.attribution.mentions
    events: list[Event] = []
    attributions: list[_DraftAttribution] = []
    sources: list[Mention] = []
    for sentence in mentions:
        drafts = [_DraftEvent(trigger) for trigger in sentence.trigger]
        for role in sorted({argument.label for argument in sentence.argument}):
            licensed = [draft for draft in drafts if ontology.licenses(draft.trigger.label, role)]
            starts = [draft.trigger.start for draft in licensed]
            for argument in sentence.argument:
                if argument.label == role and (event_draft := _nearest(licensed, starts, argument)) is not None:
                    event_draft.arguments.append(argument)
        first = len(events)
        events += (_event(document, draft, f"e{i}", ontology) for i, draft in enumerate(drafts, first + 1))

        cues = [_DraftAttribution(m) for m in sentence.attribution if m.label == cue_label]
        starts = [draft.cue.start for draft in cues]
        for mention in sentence.attribution:
            if mention.label != cue_label and (owner := _nearest(cues, starts, mention)) is not None:
                (owner.sources if mention.label == source_label else owner.channels).append(mention)
        for event in events[first:]:
            if (i := bisect_left(starts, event.trigger.start) - 1) >= 0:
                cues[i].events.append(event.id)
        sources += (m for m in sentence.attribution if m.label == source_label)
        for draft in cues:
            i = bisect_left(sources, draft.cue.start, key=lambda m: m.start) - 1
            if not draft.sources and i >= 0:
                draft.sources.append(sources[i])
        attributions += cues
    return _with_annotation(document, events, attributions, ontology)


def _nearest(drafts: Sequence[Draft], starts: Sequence[int], mention: Mention) -> Draft | None:
    """The draft whose anchor is nearest to the mention, the earlier of two; one inside the mention does not count."""
    before = bisect_left(starts, mention.start) - 1
    after = bisect_left(starts, mention.end)
    if before >= 0 and _anchor(drafts[before]).end > mention.start:
        before -= 1
    if before < 0 or after == len(starts):
        return drafts[before] if before >= 0 else drafts[after] if after < len(starts) else None
    gaps = mention.start - _anchor(drafts[before]).end, starts[after] - mention.end
    return drafts[before] if gaps[0] <= gaps[1] else drafts[after]


def _anchor(draft: _DraftEvent | _DraftAttribution) -> Mention:
    return draft.trigger if isinstance(draft, _DraftEvent) else draft.cue


def _span(document: Document, mention: Mention) -> Span:
    text = document.text[mention.start : mention.end]
    return Span(start=mention.start, end=mention.end, text=text, score=round(mention.score, _SCORE_DIGITS))


def _event(document: Document, draft: _DraftEvent, name: str, ontology: Ontology) -> Event:
    trigger = _span(document, draft.trigger)
    return Event(
        id=name,
        type=draft.trigger.label,
        trigger=trigger,
        polarity=ontology.polarity[0],
        realis=ontology.realis[0],
        arguments=tuple(Argument(role=m.label, **_span(document, m).model_dump()) for m in draft.arguments),
        score=trigger.score,
    )


def _with_annotation(
    document: Document, events: Sequence[Event], drafts: Sequence[_DraftAttribution], ontology: Ontology
) -> Document:
    attributions = []
    for i, draft in enumerate(drafts, 1):
        cue = _span(document, draft.cue)
        attributions.append(
            Attribution(
                id=f"a{i}",
                cue=cue,
                sources=tuple(_span(document, m) for m in draft.sources),
                channels=tuple(_span(document, m) for m in draft.channels),
                stance=ontology.attribution.stance[0],
                polarity=ontology.attribution.polarity[0],
                events=tuple(draft.events),
                score=cue.score,
            )
        )
    # Built in order of position, so that the copy needs no sorting and no new ids.
    return document.model_copy(update={"events": tuple(events), "attributions": tuple(attributions)})
