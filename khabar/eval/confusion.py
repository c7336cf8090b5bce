"""Which label is taken for which: one confusion matrix a layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from khabar.eval.errors import Outcome

NONE = "none"
"""What stands for no item in a matrix."""

LAYERS = {
    "trigger": "wrong_type",
    "argument": "wrong_role",
    "attribution": "wrong_type",
    "stance": "wrong_value",
    "polarity": "wrong_value",
    "realis": "wrong_value",
}
"""The layers that have labels (links have none), and the class of a pair in which only the label is wrong."""


def confusion(outcomes: Iterable[Outcome], layer: str) -> dict[str, dict[str, int]]:
    """The confusion matrix of a layer, over places that are exactly right.

    The cell of two labels counts the pairs that are correct or wrong in nothing but the label. What is missed,
    spurious, or wrong in its place stands against `NONE`. So a row adds up to the gold items of a label, a column to
    the predicted ones, and the diagonal to the correct ones.

    Args:
        outcomes: As `khabar.eval.errors.outcomes` gives them, of one document or many, of any layers.
        layer: A layer of `LAYERS`.

    Returns:
        By gold label, then by predicted label: in both the labels that occur on either side, sorted, then `NONE`.
    """
    cells: Counter[tuple[str, str]] = Counter()
    for outcome in outcomes:
        if outcome.layer != layer:
            continue
        gold = outcome.gold.label if outcome.gold is not None else NONE
        predicted = outcome.predicted.label if outcome.predicted is not None else NONE
        if outcome.kind in ("correct", LAYERS[layer]):
            cells[gold, predicted] += 1
        else:
            cells.update(pair for pair in ((gold, NONE), (NONE, predicted)) if pair != (NONE, NONE))
    labels = [*sorted({label for pair in cells for label in pair if label != NONE}), NONE]
    return {row: {column: cells[row, column] for column in labels} for row in labels}
