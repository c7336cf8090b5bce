"""How far a score can be trusted: intervals by resampling documents, and seeds where there are several."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
"""Probability mass of an interval."""

RESAMPLES = 2000
"""Draws of a bootstrap; Efron & Tibshirani (1993, section 13.3) ask for 1,000 or more for percentile intervals."""

_BLOCK = 100  # draws at a time: weights for 10,000 documents then take megabytes, not gigabytes


def f1_intervals(
    counts: NDArray[np.int64], seed: int = 0, level: float = LEVEL, resamples: int = RESAMPLES
) -> list[tuple[float, float]]:
    """Percentile bootstrap intervals of micro F1 (Efron & Tibshirani 1993, chapter 13).

    Each draw takes as many documents as there are, with replacement, and as many runs, with replacement; the same
    ones for every metric, and every run on the same documents. It then pools the counts of what it drew. So with one
    run only documents vary; with one document and one run nothing does, and an interval is the score itself, twice.
    Draws in which a metric has neither gold nor predicted items have no F1 and are left out. Neither the order of the
    documents nor their names matter. With few documents the intervals are too narrow rather than too wide.

    Args:
        counts: Shape (runs, documents, metrics, 3), the last being gold, predicted, correct. A run is one seed.
        seed: Of the resampling.
        level: Probability mass of an interval.
        resamples: Number of draws.

    Returns:
        (low, high) for each metric; (0.0, 0.0) where nothing is gold and nothing predicted.

    Raises:
        ValueError: If there is no run or no document.
    """
    runs, documents, metrics, _ = counts.shape
    if not runs or not documents:
        raise ValueError("no counts to resample")
    rows = counts.transpose(1, 0, 2, 3).reshape(documents, -1)
    rows = rows[np.lexsort(rows.T)].astype(np.float64)  # sorted by what they hold; floats multiply faster, and exactly
    random = np.random.default_rng(seed)
    f1 = np.empty((resamples, metrics))
    for start in range(0, resamples, _BLOCK):
        draws = min(_BLOCK, resamples - start)
        document_weights = random.multinomial(documents, np.full(documents, 1 / documents), draws)
        run_weights = random.multinomial(runs, np.full(runs, 1 / runs), draws)
        by_run = (document_weights @ rows).reshape(draws, runs, metrics, 3)
        gold, predicted, correct = np.moveaxis(np.einsum("dr,drmc->dmc", run_weights, by_run), 2, 0)
        with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: no F1
            f1[start : start + draws] = 2 * correct / (gold + predicted)
    tail = (1 - level) / 2
    return [_quantiles(column[~np.isnan(column)], tail) for column in f1.T]


class Variances(NamedTuple):
    """Where the variance of a score comes from; each is a variance (a score squared), zero or more.

    Attributes:
        seeds: How far seeds differ that hold for all folds: luck of the draw.
        folds: How far folds differ that hold for all seeds: some stories are harder.
        rest: What neither explains: seeds that suit one fold and not another.
    """

    seeds: float
    folds: float
    rest: float


def variances(scores: NDArray[np.float64]) -> Variances:
    """Tells the variance over seeds from that over folds, where every seed was run on every fold.

    Two-way crossed random effects with one observation a cell, x_sf = m + seed_s + fold_f + rest_sf, by the analysis
    of variance (Searle, Casella & McCulloch 1992, "Variance Components", chapter 4, on balanced data; Brennan 2001,
    "Generalizability Theory", chapter 2, the p x i design). With S seeds, F folds, and MS the mean squares:

        rest = MS_rest        seeds = (MS_seeds - MS_rest) / F        folds = (MS_folds - MS_rest) / S

    where MS_seeds = F * sum_s (x_s. - x..)^2 / (S - 1), MS_folds likewise, and MS_rest = sum_sf (x_sf - x_s. - x_.f +
    x..)^2 / ((S - 1)(F - 1)). An estimate below zero is set to zero. With three seeds and five folds these are rough.

    Args:
        scores: Shape (seeds, folds); one score each, such as F1.

    Raises:
        ValueError: If there are fewer than two seeds or two folds, where they cannot be told apart.
    """
    if scores.ndim != 2 or min(scores.shape) < 2:
        raise ValueError(f"scores of shape {scores.shape}; at least two seeds and two folds are needed")
    seeds, folds = scores.shape
    by_seed = scores.mean(axis=1, keepdims=True) - scores.mean()
    by_fold = scores.mean(axis=0, keepdims=True) - scores.mean()
    rest = float(np.sum((scores - scores.mean() - by_seed - by_fold) ** 2)) / ((seeds - 1) * (folds - 1))
    of_seeds = (folds * float(np.sum(by_seed**2)) / (seeds - 1) - rest) / folds
    of_folds = (seeds * float(np.sum(by_fold**2)) / (folds - 1) - rest) / seeds
    return Variances(max(0.0, of_seeds), max(0.0, of_folds), rest)


def _quantiles(values: NDArray[np.float64], tail: float) -> tuple[float, float]:
    if not values.size:
        return 0.0, 0.0
    low, high = np.quantile(values, (tail, 1 - tail))
    return float(low), float(high)
