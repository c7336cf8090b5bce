"""Two systems on the same sentences: is the difference more than chance?

Items are counted sentence by sentence, so that a ledger can keep the counts and any two of its lines can be compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from khabar.document import Document
from khabar.eval.counts import Counts
from khabar.eval.facets import grouped, sentence_of
from khabar.eval.score import comparable

_BLOCK = 500  # draws at a time: swaps of 10,000 sentences then take megabytes, not gigabytes
_EQUAL = 1e-12  # F1 that differ by less are the same, told apart by rounding only


class PairedTest(NamedTuple):
    """What a paired test found.

    Attributes:
        difference: Micro F1 of the first system less that of the second, -1 to 1.
        p: Probability of a difference at least this large, either way, if the two were interchangeable.
    """

    difference: float
    p: float


def sentence_counts(gold: Document, predicted: Document) -> dict[str, list[Counts]]:
    """Counts one document sentence by sentence.

    An item counts in the sentence of its cue, or else its trigger, or else its span (`facets.sentence_of`).

    Args:
        gold: The gold document; its sentences count.
        predicted: A prediction on the same text.

    Returns:
        By metric of `khabar.corpus.items.KEYS`: one count a sentence of gold, in order, which add up to those of
        `khabar.eval.score.counts`. A text without a sentence counts as one.

    Raises:
        InputError: As `khabar.eval.score.counts`.
    """
    gold = comparable(gold, predicted)
    by_metric = grouped(gold, predicted, lambda item: sentence_of(gold, item))
    rows = range(max(1, len(gold.sentences)))
    return {metric: [by_sentence.get(i, Counts()) for i in rows] for metric, by_sentence in by_metric.items()}


def randomisation_test(
    first: NDArray[np.int64], second: NDArray[np.int64], resamples: int = 10_000, seed: int = 0
) -> PairedTest:
    """Paired approximate-randomisation test of two systems' micro F1, two-sided.

    Each draw exchanges the two systems' counts in every sentence with probability one half, and takes the difference
    of the F1 that result (Noreen 1989, Computer-Intensive Methods for Testing Hypotheses; Yeh 2000, "More accurate
    tests for the statistical significance of result differences", COLING). p = (k + 1) / (n + 1), where k of n draws
    differ at least as much as the systems do.

    Sentences are exchanged independently, but those of one document are not independent: what a system gets wrong once
    it tends to get wrong again, and documents that tell one story repeat each other. So p is too small rather than too
    large. Look at the difference in every story beside it; or give documents as rows, if there are enough of them.

    Args:
        first: One system's counts, shape (sentences, 3): gold, predicted, correct. Several seeds are added up first.
        second: The other system's counts of the same sentences, in the same order.
        resamples: Number of draws; p cannot go below 1 / (resamples + 1).
        seed: Of the draws.

    Returns:
        The difference and its p; the same p with the systems exchanged, and for any order of the sentences.

    Raises:
        ValueError: If the shapes differ or are not (sentences, 3).
    """
    if first.shape != second.shape or first.ndim != 2 or first.shape[1] != 3:
        raise ValueError(f"counts of shapes {first.shape} and {second.shape}; both must be (sentences, 3)")
    a, b = (
        first.astype(np.float64),
        second.astype(np.float64),
    )  # floats multiply faster, and whole numbers of this size exactly
    observed = float(_difference(a.sum(axis=0), b.sum(axis=0)))
    # Where the systems do not differ an exchange changes nothing. Every draw begins where the larger row of a sentence
    # is the first one's, and sentences are sorted by what they hold: so neither their order nor the systems' matters.
    a, b = _larger_first(a, b)
    order = np.lexsort((a - b).T)
    change = (b - a)[order]
    change = change[np.any(change != 0, axis=1)]
    total_a, total_b = a.sum(axis=0), b.sum(axis=0)
    random = np.random.default_rng(seed)
    as_large = 0
    for start in range(0, resamples, _BLOCK):
        draws = min(_BLOCK, resamples - start)
        exchanged = random.integers(0, 2, (draws, len(change)), dtype=np.int8).astype(np.float64) @ change
        differences = _difference(total_a + exchanged, total_b - exchanged)
        as_large += int(np.count_nonzero(np.abs(differences) >= abs(observed) - _EQUAL))
    return PairedTest(observed, (as_large + 1) / (resamples + 1))


def _larger_first(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exchanges the rows where the first count that differs is larger in `b`."""
    signs = np.sign(a - b)
    first = np.argmax(signs != 0, axis=1)
    exchange = np.take_along_axis(signs, first[:, None], axis=1) < 0
    return np.where(exchange, b, a), np.where(exchange, a, b)


def _difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return _f1(a) - _f1(b)


def _f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    below = counts[..., 0] + counts[..., 1]
    return np.where(below > 0, 2 * counts[..., 2] / np.maximum(below, 1), 0.0)
