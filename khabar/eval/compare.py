"""Two lines of the ledger held against each other: the difference, how sure it is, and in which stories it shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from khabar.errors import InputError
from khabar.eval.comparison import Rows
from khabar.eval.ledger import Line, System
from khabar.eval.paired import PairedTest, randomisation_test

SIGNIFICANT = 0.05
"""A difference with a larger p is not told as a ranking."""


@dataclass(frozen=True)
class Side:
    """One system of one line.

    Attributes:
        line: The line.
        role: Which of its systems.
    """

    line: Line
    role: str

    @property
    def system(self) -> System:
        """Its results."""
        return self.line.systems[self.role]

    @property
    def name(self) -> str:
        """How it is called in tables."""
        return f"{self.line.id[:6]}:{self.role}"

    @property
    def told(self) -> str:
        """What it is, in a sentence without its end."""
        revision, seeds = (self.line.revision or "none")[:7], len(self.line.seeds)
        benchmark = f"{self.line.benchmark}{', accepted' if self.line.accepted else ''}"
        return (
            f"{self.name} is `{self.system.recipe}` (line `{self.line.id}` of {benchmark}, revision "
            f"`{revision}`, {seeds} {'seed' if seeds == 1 else 'seeds'})"
        )


def compare(first: Side, second: Side) -> dict[str, PairedTest]:
    """Paired test of every metric whose sentences both lines keep.

    Raises:
        InputError: If they were measured on different documents, or keep no sentences.
    """
    if first.line.corpus_sha256 != second.line.corpus_sha256:
        raise InputError("were measured on different documents, sentences cannot be paired", _both(first, second))
    tests = {}
    for metric in (m for m in first.system.watched if m in second.system.watched):
        a, b = (np.array(side.system.sentences.get(metric, []), dtype=np.int64) for side in (first, second))
        if not a.size or a.shape != b.shape:
            raise InputError("keep no counts of the same sentences; run the benchmark again", _both(first, second))
        tests[metric] = randomisation_test(*_same_scale(a, b))
    return tests


def compare_rows(first: Side, second: Side) -> Rows:
    """Header and rows: F1 of both in percent, the difference, its p, what may be said of it, and story by story."""
    tests = compare(first, second)
    parts = [part for part in first.system.parts if part in second.system.parts]
    header = ["metric", first.name, second.name, "difference", "p", "", *parts]
    rows = []
    for metric, test in tests.items():
        a, b = first.system.scores[metric].f1, second.system.scores[metric].f1
        by_part = [100 * (first.system.parts[p][metric] - second.system.parts[p][metric]) for p in parts]
        said = "not significant" if test.p >= SIGNIFICANT else "higher" if test.difference > 0 else "lower"
        numbers = [f"{100 * a:.1f}", f"{100 * b:.1f}", f"{100 * test.difference:+.1f}", f"{test.p:.4f}"]
        rows.append([metric, *numbers, said, *(f"{d:+.1f}" for d in by_part)])
    return header, rows


def _same_scale(a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts summed over different numbers of seeds, brought to one scale: the same gold counts on both sides."""
    gold_a, gold_b = int(a[:, 0].sum()), int(b[:, 0].sum())
    if not gold_a or not gold_b:
        return a, b
    common = math.lcm(gold_a, gold_b)
    return a * (common // gold_a), b * (common // gold_b)


def _both(first: Side, second: Side) -> str:
    return f"{first.name} and {second.name}"
