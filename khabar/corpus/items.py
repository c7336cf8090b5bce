"""What a document says, as sets of items that can be compared: events, their arguments, and who says so.

Events and arguments by TextEE's definitions (Huang et al. 2024, arXiv 2311.09562; task E2E of `TextEE/scorer.py` in
github.com/ej0cl6/TextEE), on characters: a span is its (start, end) in code points, and an item is right only if all
of it is. Being sets, items stand once however often a document repeats them.
"""

from __future__ import annotations

from collections.abc import Hashable

from khabar.document import Attribution, Document
from khabar.errors import InputError

KEYS = (
    *("TI", "TC", "AI", "AC", "AI+", "AC+"),
    *("cue", "source", "channel", "source_link", "event_link", "stance"),
    *("polarity", "realis"),
)
"""The metrics over items, in the order in which they are shown."""


def items(document: Document, gold: Document) -> dict[str, set[Hashable]]:
    """The items of each metric in `KEYS`.

    Args:
        document: What is counted; gold or a prediction.
        gold: The gold document of the same text: its sentences stand in for null cues, on both sides.

    Returns:
        By metric: `TI` (trigger), `TC` (trigger, type), `AI` (type, span), `AC` (type, span, role), `AI+` (trigger,
        type, span), `AC+` (trigger, type, span, role); `cue` (cue), `source` (span), `channel` (span), `source_link`
        (cue, span), `event_link` (cue, trigger), `stance` (cue, stance); `polarity` and `realis` (trigger, value).

    Raises:
        InputError: If an attribution covers an event that the document does not hold.
    """
    events = [(event.trigger.extent, event) for event in document.events]
    arguments = [(trigger, event.type, a.extent, a.role) for trigger, event in events for a in event.arguments]
    attributions = [(cue_key(attribution, gold), attribution) for attribution in document.attributions]
    by_id = document.events_by_id()
    for _, attribution in attributions:
        if missing := [event for event in attribution.events if event not in by_id]:
            reason = (
                f"covers {missing[0]}, which is not among the events; `khabar check` tells such links, on both sides"
            )
            raise InputError(reason, document.id, attribution.id)
    return {
        "TI": {trigger for trigger, _ in events},
        "TC": {(trigger, event.type) for trigger, event in events},
        "AI": {(type_, span) for _, type_, span, _ in arguments},
        "AC": {(type_, span, role) for _, type_, span, role in arguments},
        "AI+": {(trigger, type_, span) for trigger, type_, span, _ in arguments},
        "AC+": set(arguments),
        "cue": {cue for cue, _ in attributions},
        "source": {source.extent for _, a in attributions for source in a.sources},
        "channel": {channel.extent for _, a in attributions for channel in a.channels},
        "source_link": {(cue, source.extent) for cue, a in attributions for source in a.sources},
        "event_link": {(cue, by_id[event].trigger.extent) for cue, a in attributions for event in a.events},
        "stance": {(cue, a.stance) for cue, a in attributions},
        "polarity": {(trigger, event.polarity) for trigger, event in events},
        "realis": {(trigger, event.realis) for trigger, event in events},
    }


def cue_key(attribution: Attribution, gold: Document) -> Hashable:
    """What stands for an attribution's cue: its span, or else the sentence of the first source (channel), or else None.

    Args:
        attribution: Of `gold` or of a prediction on its text.
        gold: Whose sentences stand in for null cues.
    """
    if attribution.cue is not None:
        return attribution.cue.extent
    first = min((span.start for span in attribution.sources or attribution.channels), default=None)
    return "sentence", None if first is None else gold.sentence_at(first)
