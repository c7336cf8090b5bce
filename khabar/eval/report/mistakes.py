"""Errors on the sentence itself: gold above, prediction below, and every error told beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khabar.corpus.overlap import Place
from khabar.document import Document, Extent
from khabar.errors import InputError
from khabar.eval.errors import Item, Outcome, outcomes, tally
from khabar.eval.report.passages import extents_of
from khabar.eval.report.segments import Mark, Segment, marks_of, segments
from khabar.ontology import Ontology

_LAYER_OF = {"trigger": "trigger", "argument": "argument"}  # of a mark's kind; every other kind is of `attribution`
_DRAWN = {"trigger", "argument", "attribution"}


@dataclass(frozen=True)
class Side:
    """What one side of an error says.

    Attributes:
        text: The words; None for a cue that is no word.
        label: Type, role or value; empty for a link.
        anchor: The trigger or cue that it belongs to; None where there is none.
    """

    text: str | None
    label: str
    anchor: str | None


@dataclass(frozen=True)
class Mistake:
    """One error.

    Attributes:
        layer: A layer of `khabar.eval.errors.LAYERS`.
        kind: A class of `khabar.eval.errors.CLASSES`, never `correct`.
        types: Event types that it concerns, on either side.
        labels: Roles, stances and other labels of either side.
        gold: What gold says; None if spurious.
        predicted: What was predicted; None if missed.
    """

    layer: str
    kind: str
    types: tuple[str, ...]
    labels: tuple[str, ...]
    gold: Side | None
    predicted: Side | None


@dataclass(frozen=True)
class Compared:
    """A sentence with errors.

    Attributes:
        document: The document's id.
        number: The sentence's number, from 1.
        gold: Its text, cut at gold spans.
        predicted: Its text, cut at predicted spans.
        wrong_gold: Gold spans that were not found as they are.
        wrong_predicted: Predicted spans that are not gold as they are.
        mistakes: Its errors.
        correct: How many items of it are right.
    """

    document: str
    number: int
    gold: tuple[Segment, ...]
    predicted: tuple[Segment, ...]
    wrong_gold: frozenset[Mark]
    wrong_predicted: frozenset[Mark]
    mistakes: tuple[Mistake, ...]
    correct: int


@dataclass(frozen=True)
class Mistakes:
    """All errors of a folder of predictions.

    Attributes:
        sentences: Those with errors, by document.
        tally: By layer, then by class: how many, what is correct included.
        clean: How many sentences have no error.
    """

    sentences: tuple[Compared, ...]
    tally: dict[str, dict[str, int]]
    clean: int


def paired(gold: Sequence[Document], predicted: Sequence[Document]) -> list[tuple[Document, Document]]:
    """Gold documents with their predictions, in gold's order; gold that is not predicted is left out.

    Raises:
        InputError: If a prediction has no gold document, or none is left.
    """
    by_id = {document.id: document for document in predicted}
    if odd := by_id.keys() - {document.id for document in gold}:
        raise InputError("is predicted but not among the gold documents; take its prediction away", min(odd))
    return [(document, by_id[document.id]) for document in gold if document.id in by_id]


def mistakes(pairs: Sequence[tuple[Document, Document]], ontology: Ontology) -> Mistakes:
    """Every error of the predictions, sentence by sentence.

    Args:
        pairs: Gold documents, each with a prediction on its text.
        ontology: For the names of cue, source and channel.

    Raises:
        InputError: If two texts differ, or a link leads nowhere.
    """
    compared: list[Compared] = []
    everything: list[Outcome] = []
    clean = 0
    for gold, predicted in pairs:
        found = outcomes(gold, predicted)
        everything += found
        for index, extent in enumerate(extents_of(gold)):
            here = [outcome for outcome in found if outcome.sentence == index]
            if all(outcome.kind == "correct" for outcome in here):
                clean += 1
            else:
                compared.append(_compared(gold, predicted, index, extent, here, found, ontology))
    return Mistakes(tuple(compared), tally(everything), clean)


def _compared(
    gold: Document,
    predicted: Document,
    index: int,
    extent: Extent,
    here: Sequence[Outcome],
    found: Sequence[Outcome],
    ontology: Ontology,
) -> Compared:
    right = {_key(o.layer, o.gold) for o in found if o.kind == "correct" and o.layer in _DRAWN and o.gold is not None}
    sides = []
    for document in (gold, predicted):
        anchors = {event.id: event.trigger.extent for event in document.events}
        cut = segments(gold.text, extent, marks_of(document, ontology.attribution.mentions))
        wrong = frozenset(m for s in cut for m in s.marks if _mark_key(m, anchors, document) not in right)
        sides.append((tuple(cut), wrong))
    return Compared(
        document=gold.id,
        number=index + 1,
        gold=sides[0][0],
        predicted=sides[1][0],
        wrong_gold=sides[0][1],
        wrong_predicted=sides[1][1],
        mistakes=tuple(_mistake(o, gold, predicted) for o in here if o.kind != "correct"),
        correct=sum(o.kind == "correct" for o in here),
    )


def _key(layer: str, item: Item) -> tuple[object, ...]:
    return layer, item.span, item.label, item.anchor if layer == "argument" else None, item.type


def _mark_key(mark: Mark, anchors: dict[str, Extent], document: Document) -> tuple[object, ...]:
    layer = _LAYER_OF.get(mark.kind, "attribution")
    if layer == "attribution":
        return layer, mark.extent, mark.kind.capitalize(), None, ""
    if layer == "trigger":
        return layer, mark.extent, mark.label, None, ""
    return layer, mark.extent, mark.label, anchors[mark.unit], document.events_by_id()[mark.unit].type


def _mistake(outcome: Outcome, gold: Document, predicted: Document) -> Mistake:
    sides = [(outcome.gold, gold), (outcome.predicted, predicted)]
    types = [t for item, document in sides if item is not None for t in _types(outcome.layer, item, document)]
    labels = [item.label for item, _ in sides if item is not None and item.label and outcome.layer != "trigger"]
    one, other = (None if item is None else _side(item, document) for item, document in sides)
    return Mistake(outcome.layer, outcome.kind, _once(types), _once(labels), one, other)


def _types(layer: str, item: Item, document: Document) -> list[str]:
    """The event types that an item is about: its own, or those of the events on its trigger."""
    if layer == "trigger":
        return [item.label]
    if layer == "argument":
        return [item.type]
    if layer in ("event_link", "polarity", "realis"):
        return [event.type for event in document.events if event.trigger.extent == item.span]
    return []


def _side(item: Item, document: Document) -> Side:
    anchor = None if item.anchor is None else _text(item.anchor, document) or "no cue word"
    return Side(_text(item.span, document), item.label, anchor)


def _text(place: Place, document: Document) -> str | None:
    return document.text[place.start : place.end] if isinstance(place, Extent) else None


def _once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
