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

    @property
    def anchor(self) -> Mention:
        return self.trigger


@dataclass
class _DraftAttribution:
    cue: Mention
    sources: list[Mention] = field(default_factory=list)
    channels: list[Mention] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    @property
    def anchor(self) -> Mention:
        return self.cue


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
    events: list[Event] = []
    attributions: list[_DraftAttribution] = []
    sources: list[Mention] = []
    for sentence in mentions:
        drafts = _with_arguments(sentence, ontology)
        found = [_event(document, draft, f"e{i}", ontology) for i, draft in enumerate(drafts, len(events) + 1)]
        cues, said_by = _with_speakers(sentence, ontology)
        for event in found:
            if (i := bisect_left(cues, event.trigger.start, key=_start) - 1) >= 0:
                cues[i].events.append(event.id)
        sources += said_by
        for draft in cues:
            i = bisect_left(sources, draft.cue.start, key=lambda source: source.start) - 1
            if not draft.sources and i >= 0:
                draft.sources.append(sources[i])
        events += found
        attributions += cues
    return _with_annotation(document, events, attributions, ontology)


def _with_arguments(sentence: Layers[list[Mention]], ontology: Ontology) -> list[_DraftEvent]:
    """The triggers of a sentence, with their arguments."""
    drafts = [_DraftEvent(trigger) for trigger in sentence.trigger]
    for role in sorted({argument.label for argument in sentence.argument}):
        licensed = [draft for draft in drafts if ontology.licenses(draft.trigger.label, role)]
        for argument in sentence.argument:
            if argument.label == role and (draft := _nearest(licensed, argument)) is not None:
                draft.arguments.append(argument)
    return drafts


def _with_speakers(
    sentence: Layers[list[Mention]], ontology: Ontology
) -> tuple[list[_DraftAttribution], list[Mention]]:
    """The cues of a sentence, with their own sources and channels; and all sources of the sentence."""
    cue_label, source_label, channel_label = ontology.attribution.mentions
    by_label: dict[str, list[Mention]] = {cue_label: [], source_label: [], channel_label: []}
    for mention in sentence.attribution:
        by_label[mention.label].append(mention)
    cues = [_DraftAttribution(cue) for cue in by_label[cue_label]]
    for source in by_label[source_label]:
        if (draft := _nearest(cues, source)) is not None:
            draft.sources.append(source)
    for channel in by_label[channel_label]:
        if (draft := _nearest(cues, channel)) is not None:
            draft.channels.append(channel)
    return cues, by_label[source_label]


def _nearest(drafts: Sequence[Draft], mention: Mention) -> Draft | None:
    """The draft whose trigger or cue is nearest, the earlier of two; one inside the mention does not count."""
    before = bisect_left(drafts, mention.start, key=_start) - 1
    after = bisect_left(drafts, mention.end, key=_start)
    if before < 0 or after == len(drafts):
        return drafts[before] if before >= 0 else drafts[after] if after < len(drafts) else None
    gap_before = mention.start - drafts[before].anchor.end
    gap_after = drafts[after].anchor.start - mention.end
    return drafts[before] if gap_before <= gap_after else drafts[after]


def _start(draft: _DraftEvent | _DraftAttribution) -> int:
    return draft.anchor.start


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
