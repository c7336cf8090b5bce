"""What an annotator made of what was offered: accepted, changed, added, removed, layer by layer."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

from khabar.document import Attribution, Document

PROVENANCE = "offered"
"""The key in a document's `meta` that tells from which proposal an annotator worked, and what came of it."""

LAYERS = ("event", "cluster", "argument", "attribution", "source", "channel", "event link")


class Change(NamedTuple):
    """What came of one layer of a proposal.

    Attributes:
        accepted: Things that stand as they were offered.
        changed: Things at the same place with another label.
        added: Things that were not offered.
        removed: Things that were offered and are gone.
    """

    accepted: int = 0
    changed: int = 0
    added: int = 0
    removed: int = 0

    def plus(self, other: Change) -> Change:
        """The sum of both."""
        return Change(*(a + b for a, b in zip(self, other, strict=True)))


def changes(offered: Document, made: Document) -> dict[str, Change]:
    """Compares a proposal with what an annotator made of it, by layer of `LAYERS`.

    A thing is at the same place if it is on the same trigger (event), the same phrase of the same trigger
    (argument), the same cue (attribution); sources, channels and covered events are there or not.
    """
    before, after = _layers(offered), _layers(made)
    return {layer: _change(before[layer], after[layer]) for layer in LAYERS}


def total(parts: Iterable[Mapping[str, Change]]) -> dict[str, Change]:
    """Changes of several documents together."""
    summed = dict.fromkeys(LAYERS, Change())
    for part in parts:
        for layer, change in part.items():
            summed[layer] = summed[layer].plus(change)
    return summed


def with_provenance(made: Document, *, version: str, by: str, review: bool, counted: Mapping[str, Change]) -> Document:
    """A document that tells in its `meta` what it was made from, by whom, and what was kept of it."""
    told = {
        "version": version,
        "by": by,
        "review": review,
        "layers": {layer: change._asdict() for layer, change in counted.items()},
    }
    return made.model_copy(update={"meta": {**(made.meta or {}), PROVENANCE: told}})


def provenance(document: Document) -> dict[str, Any] | None:
    """What `with_provenance` wrote, with `layers` as `Change`s; None where an annotator began with the bare text."""
    told = (document.meta or {}).get(PROVENANCE)
    if not isinstance(told, dict) or not isinstance(told.get("layers"), dict):
        return None
    return {**told, "layers": {layer: Change(**change) for layer, change in told["layers"].items()}}


def without_provenance(document: Document) -> Document:
    """The document without it: what is decided by an adjudicator has no one proposal."""
    meta = {key: value for key, value in (document.meta or {}).items() if key != PROVENANCE}
    return document.model_copy(update={"meta": meta or None}) if provenance(document) else document


def _change(before: Mapping[Hashable, list[str]], after: Mapping[Hashable, list[str]]) -> Change:
    counts = Change()
    for place in {*before, *after}:
        left, right = list(before.get(place, ())), list(after.get(place, ()))
        for label in list(left):
            if label in right:
                left.remove(label)
                right.remove(label)
                counts = counts.plus(Change(accepted=1))
        changed = min(len(left), len(right))
        counts = counts.plus(Change(changed=changed, added=len(right) - changed, removed=len(left) - changed))
    return counts


def _layers(document: Document) -> dict[str, dict[Hashable, list[str]]]:
    found: dict[str, dict[Hashable, list[str]]] = {layer: {} for layer in LAYERS}

    def put(layer: str, place: Hashable, label: str) -> None:
        found[layer].setdefault(place, []).append(label)

    for event in document.events:
        trigger = event.trigger.extent
        put("event", trigger, f"{event.type} {event.polarity} {event.realis}")
        if event.cluster is not None:
            put("cluster", trigger, event.cluster)
        for argument in event.arguments:
            put("argument", (trigger, argument.extent), argument.role)
    triggers = {id: event.trigger.extent for id, event in document.events_by_id().items()}
    for attribution in document.attributions:
        cue = _cue(attribution)
        put("attribution", cue, f"{attribution.stance} {attribution.polarity}")
        for source in attribution.sources:
            put("source", (cue, source.extent), "")
        for channel in attribution.channels:
            put("channel", (cue, channel.extent), "")
        for covered in attribution.events:
            put("event link", (cue, triggers.get(covered)), "")
    return found


def _cue(attribution: Attribution) -> Hashable:
    return (*attribution.anchor, attribution.cue is not None)
