"""A document as sets of facts, one set a layer: what scores and agreement compare.

The layers are TextEE's (Huang et al. 2024, arXiv 2311.09562) for events, on characters, and their like for
attribution. Every fact is a tuple that begins with the document's id, so that sets of documents can be united.
"""

from __future__ import annotations

from collections.abc import Hashable

from khabar.document import Attribution, Document

Item = tuple[Hashable, ...]

LAYERS = (
    "TI",
    "TC",
    "AI",
    "AC",
    "AI+",
    "AC+",
    "cue",
    "source",
    "channel",
    "source_link",
    "event_link",
    "stance",
    "polarity",
    "realis",
)
"""The layers, in the order in which they are shown."""


def items(document: Document) -> dict[str, set[Item]]:
    """What a document says, layer by layer.

    Returns:
        For each of `LAYERS` a set of tuples, spans being `(start, end)` in code points:
        `TI` (trigger), `TC` (trigger, type), `AI` (type, span), `AC` (type, span, role), `AI+` (trigger, type, span),
        `AC+` (trigger, type, span, role), `cue` (span), `source` (span), `channel` (span), `source_link` (cue,
        source), `event_link` (cue, trigger), `stance` (cue, stance), `polarity` (trigger, value), `realis` (trigger,
        value). An attribution that covers an event the document lacks links to nothing.
    """
    found: dict[str, set[Item]] = {layer: set() for layer in LAYERS}
    name = document.id
    for event in document.events:
        trigger = tuple(event.trigger.extent)
        found["TI"].add((name, trigger))
        found["TC"].add((name, trigger, event.type))
        found["polarity"].add((name, trigger, event.polarity))
        found["realis"].add((name, trigger, event.realis))
        for argument in event.arguments:
            span = tuple(argument.extent)
            found["AI"].add((name, event.type, span))
            found["AC"].add((name, event.type, span, argument.role))
            found["AI+"].add((name, trigger, event.type, span))
            found["AC+"].add((name, trigger, event.type, span, argument.role))
    triggers = {event_id: tuple(event.trigger.extent) for event_id, event in document.events_by_id().items()}
    for attribution in document.attributions:
        cue = cue_key(document, attribution)
        found["cue"].add((name, cue))
        found["stance"].add((name, cue, attribution.stance))
        for source in attribution.sources:
            found["source"].add((name, tuple(source.extent)))
            found["source_link"].add((name, cue, tuple(source.extent)))
        for channel in attribution.channels:
            found["channel"].add((name, tuple(channel.extent)))
        for event_id in attribution.events:
            if event_id in triggers:
                found["event_link"].add((name, cue, triggers[event_id]))
    return found


def cue_key(document: Document, attribution: Attribution) -> Item:
    """What stands for an attribution's cue: its place, or `("sentence", i)` where there is no cue word.

    `i` is the index of the sentence that holds the first source (the first channel, where there is no source);
    -1 where there is none of them or it stands in no sentence.
    """
    if attribution.cue is not None:
        return tuple(attribution.cue.extent)
    anchors = (*attribution.sources, *attribution.channels)
    sentence = document.sentence_at(anchors[0].start) if anchors else None
    return ("sentence", -1 if sentence is None else sentence)
