"""What every metric is made of: how many items are gold, how many were predicted, how many are both."""

from __future__ import annotations

from collections.abc import Hashable, Set
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Counts:
    """Counts of one metric over some documents; they add up over documents, folds and seeds.

    Where a ratio has nothing below the line it is 0.0, as in TextEE (`safe_div`) and seqeval (`zero_division=0`): so
    where nothing is gold and nothing was predicted, F1 is 0.0, and never NaN.

    Attributes:
        gold: Number of gold items.
        predicted: Number of predicted items.
        correct: Number of items that are both.
        lost: Spans, gold and predicted together, that token tags cannot hold (see `khabar.eval.tags`).
    """

    gold: int = 0
    predicted: int = 0
    correct: int = 0
    lost: int = 0

    @classmethod
    def of(cls, gold: Set[Hashable], predicted: Set[Hashable], lost: int = 0) -> Counts:
        """Counts two sets of items."""
        return cls(len(gold), len(predicted), len(gold & predicted), lost)

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.gold + other.gold,
            self.predicted + other.predicted,
            self.correct + other.correct,
            self.lost + other.lost,
        )

    @property
    def precision(self) -> float:
        """The share of the predicted items that are correct, 0 to 1."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of the gold items that were found, 0 to 1."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, 0 to 1."""
        return 2 * self.correct / (self.gold + self.predicted) if self.gold + self.predicted else 0.0

    def to_json(self) -> dict[str, Any]:
        """`precision`, `recall`, `f1`, `gold`, `predicted`, `correct`."""
        names = ("precision", "recall", "f1", "gold", "predicted", "correct")
        return {name: getattr(self, name) for name in names}
