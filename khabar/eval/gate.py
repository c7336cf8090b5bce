"""The gate: a new line is held against the last accepted one, or against what the benchmark itself expects."""

from __future__ import annotations

from khabar.eval.benchmark import AnyBenchmark, Stories
from khabar.eval.compare import SIGNIFICANT, Side, compare
from khabar.eval.ledger import Line

SPREADS = 2.0
"""How many standard deviations over seeds (of the accepted line) a score may fall."""
LEAST = 0.01
"""The least tolerance, in F1 (0 to 1): lines with one seed have no spread."""


def failures(new: Line, plan: AnyBenchmark, accepted: Line | None, role: str = "model") -> list[str]:
    """Why a new line must not pass; empty if it may.

    Args:
        new: The line of the run that has just ended.
        plan: Its benchmark, which may state what it expects.
        accepted: The last accepted line of the benchmark; None if the benchmark states what it expects.
        role: The system that is watched.

    Returns:
        A sentence a metric: below the benchmark's expectation by more than its tolerance; or below the accepted line by
        more than `SPREADS` standard deviations over seeds (at least `LEAST`); or significantly below it, by a paired
        test over the same sentences.
    """
    scores = new.systems[role].scores
    found = []
    if isinstance(plan, Stories):
        for metric, expected in plan.expect.items():
            if scores[metric].f1 < expected - plan.tolerance:
                told = f"{metric} is {100 * scores[metric].f1:.1f}, expected {100 * expected:.1f}"
                found.append(f"{told} within {100 * plan.tolerance:.1f}")
    if accepted is None:
        return found
    before = accepted.systems[role].scores
    same = accepted.corpus_sha256 == new.corpus_sha256 and bool(accepted.systems[role].sentences)
    tests = compare(Side(new, role), Side(accepted, role)) if same else {}
    for metric in accepted.systems[role].watched:
        fall = before[metric].f1 - scores[metric].f1
        tolerance = max(LEAST, SPREADS * before[metric].seed_sd)
        told = f"{metric} fell from {100 * before[metric].f1:.1f} to {100 * scores[metric].f1:.1f}"
        if fall > tolerance:
            found.append(f"{told}, more than the tolerance of {100 * tolerance:.1f}")
        elif fall > 0 and metric in tests and tests[metric].p < SIGNIFICANT:
            found.append(f"{told}, significantly (p = {tests[metric].p:.4f})")
    return found
