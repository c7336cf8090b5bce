"""Spans as IOB2 tags over tokens, scored by seqeval's strict rules.

What a layer cannot hold (see `khabar.corpus.iob`), overlaps and spans that leave their sentence, is counted as `lost`,
gold and predicted together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import Any

from seqeval.scheme import IOB2, Entities

from khabar.arabic import tokens
from khabar.corpus.iob import Labelled, iob2
from khabar.document import Document, Extent
from khabar.eval.counts import Counts

KEYS = ("tags.trigger", "tags.argument", "tags.attribution")
"""The metrics over tags, in the order in which they are shown."""


@dataclass(frozen=True)
class Sequences:
    """One layer of tags, as seqeval takes it.

    Attributes:
        gold: One list of tags (`B-Attack`, `I-Agent`, `O`) a sequence, one tag a token.
        predicted: The same for the prediction, of the same lengths.
        lost: Number of spans, gold and predicted together, that the tags cannot hold.
    """

    gold: list[list[str]]
    predicted: list[list[str]]
    lost: int


def sequences(gold: Document, predicted: Document) -> dict[str, Sequences]:
    """The layers of tags of a gold document and its prediction, over the tokens of gold's sentences.

    `tags.trigger` (labels: event types) and `tags.attribution` (`Cue`, `Source`, `Channel`) have one sequence a
    sentence. `tags.argument` (labels: roles) has one an event: the sentence of its trigger, with its arguments. A
    predicted event is the gold one with its trigger and type; an event that only one side has stands against `O`
    alone. Events of one document with the same trigger and type are one. Sequences in which neither side has a span
    count nothing and are left out.

    Args:
        gold: Its sentences and cuts make the tokens.
        predicted: A prediction on the same text.

    Returns:
        By metric in `KEYS`.
    """
    # What begins between sentences is put in a last sequence, which has no tokens, so that it is counted as lost.
    places = [*(tokens(gold.text, gold.cuts, s.start, s.end) for s in gold.sentences), []]
    wanted, found = _spans_by_sequence(gold, gold), _spans_by_sequence(predicted, gold)
    layers = {}
    for key in KEYS:
        names = sorted(wanted[key].keys() | found[key].keys())
        sides = [[iob2(side[key].get(name, ()), places[name[0]]) for name in names] for side in (wanted, found)]
        gold_tags, predicted_tags = ([tags for tags, _ in side] for side in sides)
        layers[key] = Sequences(gold_tags, predicted_tags, sum(lost for side in sides for _, lost in side))
    return layers


def tag_counts(layer: Sequences) -> Counts:
    """Counts the spans of a layer as seqeval does with `mode='strict', scheme=IOB2`, micro-averaged.

    These are the sums that `seqeval.metrics.f1_score` divides, taken where seqeval makes them, so that they can be
    added up over documents. A span counts by sequence, label, first and last token; `I-` without its `B-` is none.
    """
    gold, predicted = (
        set(chain.from_iterable(Entities(side, IOB2).entities)) for side in (layer.gold, layer.predicted)
    )
    return Counts.of(gold, predicted, layer.lost)


def _spans_by_sequence(document: Document, gold: Document) -> dict[str, dict[tuple[Any, ...], set[Labelled]]]:
    """By metric and by sequence, whose name begins with the index of its sentence (-1 between sentences)."""

    def sentence(extent: Extent) -> int:
        index = gold.sentence_at(extent.start)
        return -1 if index is None else index

    layers: dict[str, dict[tuple[Any, ...], set[Labelled]]] = {key: defaultdict(set) for key in KEYS}
    for event in document.events:
        trigger = event.trigger.extent
        layers["tags.trigger"][sentence(trigger),].add((trigger, event.type))
        for argument in event.arguments:
            layers["tags.argument"][sentence(trigger), trigger, event.type].add((argument.extent, argument.role))
    for attribution in document.attributions:
        cues = () if attribution.cue is None else (attribution.cue,)
        for label, spans in (("Cue", cues), ("Source", attribution.sources), ("Channel", attribution.channels)):
            for span in spans:
                layers["tags.attribution"][sentence(span.extent),].add((span.extent, label))
    return layers
