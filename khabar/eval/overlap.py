"""Span metrics that forgive boundaries: a span is right if it has the label of a gold span and shares a character.

This is "type matching" of SemEval-2013 Task 9.1 (Segura-Bedmar et al. 2013, after MUC-5; nervaluate's `ent_type`):
some overlap and the same label count as fully correct. Theirs depends on the order in which spans are listed; here
gold and predicted spans are matched one to one, as many as can be. So a long span over three gold ones is right once,
and a score here is never below the exact one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from khabar.corpus.items import items
from khabar.corpus.overlap import Place, overlapping
from khabar.document import Document
from khabar.eval.counts import Counts
from khabar.eval.facets import fields
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
