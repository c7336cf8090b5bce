"""Span metrics that forgive boundaries: a span is right if it has the label of a gold span and shares a character.

This is "type matching" of SemEval-2013 Task 9.1 (Segura-Bedmar et al. 2013, after MUC-5; nervaluate's `ent_type`):
some overlap and the same label count as fully correct. Theirs depends on the order in which spans are listed; here
gold and predicted spans are matched one to one, as many as can be. So a long span over three gold ones is right once,
and a score here is never below the exact one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from heapq import heappop, heappush

from khabar.corpus.items import items
from khabar.document import Document, Extent
from khabar.eval.counts import Counts
from khabar.eval.facets import Place, fields
from khabar.eval.score import comparable, pairs

SPANS = {"TC": "trigger", "AC+": "span", "cue": "cue", "source": "span", "channel": "span"}
"""The metrics, in the order in which they are shown, and the field of their items that only has to overlap.

All other fields are the label and must be equal: the type of a trigger; the trigger, type and role of an argument.
A cue that is no word overlaps only itself."""


def overlap(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, Counts]:
    """Counts documents together, by metric of `SPANS`; arguments and errors as in `khabar.eval.score.score`."""
    tables = [overlap_counts(*pair) for pair in pairs(gold, predicted)]
    return {metric: sum((table[metric] for table in tables), Counts()) for metric in SPANS}


def overlap_counts(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Counts one document; counts add up over documents.

    Args:
        gold: The gold document.
        predicted: A prediction on the same text.

    Returns:
        By metric of `SPANS`; `correct` is the number of pairs of a largest one-to-one matching.

    Raises:
        InputError: As `khabar.eval.score.counts`.
    """
    gold = comparable(gold, predicted)
    wanted, found = items(gold, gold), items(predicted, gold)
    table = {}
    for metric in SPANS:
        sides = [_spans_by_label(metric, side[metric]) for side in (wanted, found)]
        correct = sum(len(overlapping(spans, sides[1].get(label, set()))) for label, spans in sides[0].items())
        table[metric] = Counts(len(wanted[metric]), len(found[metric]), correct)
    return table


def overlapping(gold: Set[Place], predicted: Set[Place]) -> list[tuple[Place, Place]]:
    """Pairs as many gold places as possible with predicted ones that overlap them, each place once.

    Two places overlap if they share a character or are equal. Along the text, whatever ends first is paired with the
    open place of the other side that ends first. That is optimal: all places that overlap it are open where it ends,
    and of these, one that ends earlier overlaps no place to come that one ending later does not.

    Args:
        gold: Places on one side; a null cue and an empty span overlap only what equals them.
        predicted: The same for the other side.

    Returns:
        Pairs (gold, predicted), in the order in which the first of each ends; the same for any order of the input.
    """
    events = [
        (position, begins, span.end, span.start, side)
        for side, spans in enumerate((gold, predicted))
        for span in _with_characters(spans)
        for position, begins in ((span.start, True), (span.end, False))
    ]
    still_open: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    found: list[tuple[Place, Place]] = []
    for _, begins, end, start, side in sorted(events):  # at one position, what ends comes before what begins
        mine, others = still_open[side], still_open[1 - side]
        if begins:
            heappush(mine, (end, start))
        elif mine and mine[0] == (end, start):  # else it has been paired already
            heappop(mine)
            if others:
                other_end, other_start = heappop(others)
                pair = (Extent(start, end), Extent(other_start, other_end))
                found.append(pair if side == 0 else pair[::-1])
    without = (gold & predicted) - set(_with_characters(gold))
    return found + [(place, place) for place in sorted(without, key=str)]


def overlap_rows(exact: Mapping[str, Counts], found: Mapping[str, Counts]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: each metric exactly and by overlap, in percent, and how many pairs each finds.

    Args:
        exact: Counts by metric, as `khabar.eval.score.add` sums them.
        found: What `overlap` gave.
    """
    header = ["overlap", "exact F1", "P", "R", "F1", "gold", "predicted", "exact", "overlapping"]
    rows = []
    for metric, counts in found.items():
        ratios = (exact[metric].f1, counts.precision, counts.recall, counts.f1)
        shown = [f"{100 * ratio:.1f}" if counts.gold + counts.predicted else "-" for ratio in ratios]
        numbers = (counts.gold, counts.predicted, exact[metric].correct, counts.correct)
        rows.append([metric, *shown, *map(str, numbers)])
    return header, rows


def _spans_by_label(metric: str, found: Iterable[Hashable]) -> dict[Hashable, set[Place]]:
    by_label: dict[Hashable, set[Place]] = defaultdict(set)
    for item in found:
        label = fields(metric, item)
        span = label.pop(SPANS[metric])
        by_label[tuple(label.values())].add(span)
    return by_label


def _with_characters(places: Iterable[Place]) -> list[Extent]:
    return [place for place in places if isinstance(place, Extent) and place.start < place.end]
