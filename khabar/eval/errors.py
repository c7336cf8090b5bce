"""Errors as data: every gold and every predicted item in exactly one class, so that the classes add up.

A gold item and a predicted one that are wrong in one way (a right span with the wrong role, say) are one error, which
counts once on each side. What is wrong in more ways than that is missed and spurious. By layer:

    gold = correct + wrong + missed        predicted = correct + wrong + spurious

Items are paired in steps (`STEPS`): in each, what is left of the two sides is paired where certain fields are equal,
or where they are equal and the spans overlap; so a pair always falls into the first class that fits it. Within a step
overlapping spans are matched as `khabar.eval.overlap` does, all others in order of position and label. So the outcome
does not depend on the order in which a document lists anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

from khabar.corpus.items import items
from khabar.corpus.overlap import Place, overlapping
from khabar.document import Document, Extent
from khabar.eval.facets import fields, sentence_at
from khabar.eval.score import comparable

LAYERS: dict[str, tuple[str, ...]] = {
    "trigger": ("TC",),
    "argument": ("AC+",),
    "attribution": ("cue", "source", "channel"),
    "source_link": ("source_link",),
    "event_link": ("event_link",),
    "stance": ("stance",),
    "polarity": ("polarity",),
    "realis": ("realis",),
}
"""The layers, in the order in which they are shown, and the metrics whose items they hold."""

CLASSES: dict[str, str] = {
    "correct": "all of it is right",
    "wrong_type": "right span, another type: of the trigger, of an argument's event, of an attribution's span",
    "wrong_role": "right event and span, another role",
    "wrong_value": "right trigger or cue, another polarity, realis or stance",
    "wrong_boundary": "right label (and event, or cue), and a span that overlaps the right one",
    "wrong_trigger": "right span, on a word that is no gold trigger",
    "wrong_event": "right span, on the trigger of another gold event",
    "wrong_cue": "right source or event, linked to another cue",
    "wrong_source": "right cue, linked to another source",
    "missed": "gold only",
    "spurious": "predicted only",
}
"""The classes, in the order in which they are shown, and what they mean."""


class Item(NamedTuple):
    """One thing that a document says.

    Attributes:
        span: The trigger, argument, or span of an attribution; of a link, the source or the event's trigger; of a
            value, the trigger or cue that has it.
        label: Its type, role or value; `Cue`, `Source` or `Channel`; of a link "".
        anchor: The trigger of an argument's event; the cue of a link; else None.
        type: The type of an argument's event; else "".
    """

    span: Place
    label: str = ""
    anchor: Place | None = None
    type: str = ""


class Step(NamedTuple):
    """One step of pairing.

    Attributes:
        kind: The class of what it pairs.
        same: The fields of `Item` that must be equal.
        overlap: Whether the spans must overlap, too.
    """

    kind: str
    same: tuple[str, ...]
    overlap: bool = False


_SPANS = (
    Step("correct", ("span", "label")),
    Step("wrong_type", ("span",)),
    Step("wrong_boundary", ("label",), overlap=True),
)
_VALUES = (Step("correct", ("span", "label")), Step("wrong_value", ("span",)))

STEPS: dict[str, tuple[Step, ...]] = {
    "trigger": _SPANS,
    "argument": (
        Step("correct", ("anchor", "type", "span", "label")),
        Step("wrong_role", ("anchor", "type", "span")),
        Step("wrong_boundary", ("anchor", "type", "label"), overlap=True),
        # The same role is preferred, but another type has other roles.
        Step("wrong_type", ("anchor", "span", "label")),
        Step("wrong_type", ("anchor", "span")),
        Step("wrong_event", ("type", "span", "label")),
        Step("wrong_event", ("span", "label")),
        Step("wrong_event", ("span",)),
    ),
    "attribution": _SPANS,
    "source_link": (
        Step("correct", ("anchor", "span")),
        Step("wrong_boundary", ("anchor",), overlap=True),
        Step("wrong_cue", ("span",)),
        Step("wrong_source", ("anchor",)),
    ),
    "event_link": (
        Step("correct", ("anchor", "span")),
        Step("wrong_boundary", ("anchor",), overlap=True),
        Step("wrong_cue", ("span",)),
    ),
    "stance": _VALUES,
    "polarity": _VALUES,
    "realis": _VALUES,
}
"""How each layer is paired. A `wrong_event` becomes a `wrong_trigger` where the predicted trigger is not gold."""


@dataclass(frozen=True)
class Outcome:
    """What became of an item, or of a gold and a predicted item that are paired.

    Attributes:
        document: Id of the document.
        sentence: Index of the sentence (of gold's side, where there is one) that holds the trigger or cue, or else the
            span; as `khabar.eval.facets.sentence_of`.
        layer: A layer of `LAYERS`.
        kind: A class of `CLASSES`.
        gold: The gold item; None if spurious.
        predicted: The predicted item; None if missed.
    """

    document: str
    sentence: int
    layer: str
    kind: str
    gold: Item | None
    predicted: Item | None

    def to_json(self) -> dict[str, Any]:
        """All of it; a place is `[start, end]`, in code points, and null where a cue is no word."""
        return {
            "document": self.document,
            "sentence": self.sentence,
            "layer": self.layer,
            "class": self.kind,
            "gold": _item_to_json(self.gold),
            "predicted": _item_to_json(self.predicted),
        }


def outcomes(gold: Document, predicted: Document) -> list[Outcome]:
    """Pairs one document with its prediction.

    Args:
        gold: The gold document.
        predicted: A prediction on the same text.

    Returns:
        By layer, then by sentence and position: what is correct, too. The gold items of a layer are those of its
        metrics in `khabar.eval.score.counts`, and so are the predicted ones and the correct ones.

    Raises:
        InputError: As `khabar.eval.score.counts`.
    """
    gold = comparable(gold, predicted)
    wanted, said = items(gold, gold), items(predicted, gold)
    found = []
    for layer in LAYERS:
        layer_found = []
        for kind, one, other in _paired(_items(layer, wanted), _items(layer, said), STEPS[layer]):
            item = one or other
            assert item is not None
            if kind == "wrong_event" and other is not None and other.anchor not in wanted["TI"]:
                kind = "wrong_trigger"
            sentence = sentence_at(gold, item.anchor or item.span)
            layer_found.append(Outcome(gold.id, sentence, layer, kind, one, other))
        found += sorted(layer_found, key=lambda o: (o.sentence, _position(o.gold or o.predicted), o.gold is None))
    return found


def tally(found: Iterable[Outcome]) -> dict[str, dict[str, int]]:
    """Counts outcomes, of one document or many: by layer, the classes that it can have, in order, zero included."""
    table = {layer: {kind: 0 for kind in CLASSES if kind in _classes_of(layer)} for layer in LAYERS}
    for outcome in found:
        table[outcome.layer][outcome.kind] += 1
    return table


def error_rows(table: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a tally: one row a class, one column a layer, then the sums of both sides."""
    rows = [[kind, *(str(counts[kind]) if kind in counts else "" for counts in table.values())] for kind in CLASSES]
    for side, not_there in (("gold", "spurious"), ("predicted", "missed")):
        sums = (sum(n for kind, n in counts.items() if kind != not_there) for counts in table.values())
        rows.append([side, *map(str, sums)])
    return ["errors", *table], rows


def _items(layer: str, by_metric: Mapping[str, Set[Hashable]]) -> set[Item]:
    return {_item(metric, item) for metric in LAYERS[layer] for item in by_metric[metric]}


def _item(metric: str, item: Hashable) -> Item:
    told = fields(metric, item)
    match metric:
        case "TC":
            return Item(told["trigger"], told["type"])
        case "AC+":
            return Item(told["span"], told["role"], told["trigger"], told["type"])
        case "cue" | "source" | "channel":
            return Item(told.get("cue") or told["span"], metric.capitalize())
        case "source_link":
            return Item(told["span"], anchor=told["cue"])
        case "event_link":
            return Item(told["trigger"], anchor=told["cue"])
        case _:
            return Item(told.get("cue") or told["trigger"], told[metric])


def _paired(gold: set[Item], predicted: set[Item], steps: Sequence[Step]) -> list[tuple[str, Item | None, Item | None]]:
    """Each item once: in a pair, missed, or spurious."""
    found: list[tuple[str, Item | None, Item | None]] = []
    gold, predicted = set(gold), set(predicted)
    for kind, same, overlap in steps:
        for ours, theirs in _groups(gold, predicted, same):
            if overlap:
                by_span = [{item.span: item for item in side} for side in (ours, theirs)]
                spans = overlapping(by_span[0].keys(), by_span[1].keys())
                pairs = [(by_span[0][one], by_span[1][other]) for one, other in spans]
            else:
                pairs = list(zip(ours, theirs, strict=False))
            found += [(kind, one, other) for one, other in pairs]
            gold -= {one for one, _ in pairs}
            predicted -= {other for _, other in pairs}
    return [*found, *(("missed", one, None) for one in gold), *(("spurious", None, other) for other in predicted)]


def _groups(gold: set[Item], predicted: set[Item], same: Sequence[str]) -> list[tuple[list[Item], list[Item]]]:
    """The items of both sides that are equal in some fields, each side in order of position and label."""
    sides: list[dict[Hashable, list[Item]]] = []
    for side in (gold, predicted):
        groups: dict[Hashable, list[Item]] = defaultdict(list)
        for item in sorted(side, key=_position):
            groups[tuple(getattr(item, name) for name in same)].append(item)
        sides.append(groups)
    return [(ours, sides[1][key]) for key, ours in sides[0].items() if key in sides[1]]


def _position(item: Item | None) -> tuple[Any, ...]:
    assert item is not None
    return _order(item.anchor), item.type, _order(item.span), item.label


def _order(place: Place | None) -> tuple[int, int]:
    if isinstance(place, Extent):
        return place.start, place.end
    index = None if place is None else place[1]
    return -1, -1 if index is None else index


def _classes_of(layer: str) -> set[str]:
    kinds = {step.kind for step in STEPS[layer]} | {"missed", "spurious"}
    return kinds | {"wrong_trigger"} if "wrong_event" in kinds else kinds


def _item_to_json(item: Item | None) -> dict[str, Any] | None:
    if item is None:
        return None
    places = {"span": item.span, "anchor": item.anchor}
    shown = {name: list(place) if isinstance(place, Extent) else None for name, place in places.items()}
    return {"label": item.label, **shown, "type": item.type}
