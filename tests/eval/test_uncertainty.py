"""Intervals: percentile bootstrap over documents and runs. Variance: seeds and folds apart."""

from __future__ import annotations

import numpy as np
import pytest

from khabar.eval.uncertainty import Variances, f1_intervals, variances


def one_metric(*runs: list[tuple[int, int, int]]) -> np.ndarray:
    """Counts (gold, predicted, correct) by run and document, in the shape that is asked for."""
    return np.array(runs, dtype=np.int64)[:, :, None, :]


def test_one_document_has_its_score_for_an_interval() -> None:
    assert f1_intervals(one_metric([(4, 4, 3)])) == [(0.75, 0.75)]


def test_documents_that_agree_leave_no_doubt() -> None:
    assert f1_intervals(one_metric([(2, 2, 1), (6, 6, 3), (4, 4, 2)])) == [(0.5, 0.5)]


def test_two_documents_that_disagree_leave_all_doubt() -> None:
    # A draw holds the right one twice (F1 = 1, a quarter of the draws), neither (0, a quarter), or both (0.5).
    assert f1_intervals(one_metric([(1, 1, 1), (1, 1, 0)])) == [(0.0, 1.0)]
    assert f1_intervals(one_metric([(1, 1, 1), (1, 1, 0)]), level=0.4) == [(0.5, 0.5)]


def test_over_many_documents_it_is_the_interval_of_the_normal_distribution() -> None:
    # One item each, half of them right: F1 is a mean of 400, with standard error sqrt(0.25 / 400) = 0.025.
    ((low, high),) = f1_intervals(one_metric([(1, 1, i % 2) for i in range(400)]))
    assert low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.005)
    assert high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.005)


def test_counts_are_pooled_not_averaged() -> None:
    # The large document decides wherever it is drawn: F1 is 0, 100 / 101, or 1.
    ((low, high),) = f1_intervals(one_metric([(100, 100, 100), (1, 1, 0)]), level=0.4)
    assert low == high == pytest.approx(100 / 101)


def test_runs_are_resampled_too() -> None:
    steady = one_metric([(1, 1, 1)], [(1, 1, 1)])
    unsteady = one_metric([(1, 1, 1)], [(1, 1, 0)])  # one document, right with one seed and wrong with the other
    assert f1_intervals(steady) == [(1.0, 1.0)]
    assert f1_intervals(unsteady) == [(0.0, 1.0)]


def test_draws_without_any_item_are_left_out() -> None:
    assert f1_intervals(one_metric([(1, 1, 1), (0, 0, 0), (0, 0, 0)])) == [(1.0, 1.0)]


def test_where_nothing_is_gold_or_predicted_it_is_zero() -> None:
    assert f1_intervals(one_metric([(0, 0, 0), (0, 0, 0)])) == [(0.0, 0.0)]


def test_metrics_share_their_draws() -> None:
    column = one_metric([(1, 1, i % 3 > 0) for i in range(30)])
    first, second = f1_intervals(np.concatenate([column, column], axis=2))
    assert first == second


def test_it_is_reproducible_and_blind_to_the_order_of_documents() -> None:
    counts = np.random.default_rng(1).integers(1, 9, (3, 12, 2, 3))
    shuffled = counts[:, np.random.default_rng(2).permutation(12)]
    assert f1_intervals(counts, seed=5) == f1_intervals(counts, seed=5) == f1_intervals(shuffled, seed=5)
    assert f1_intervals(counts, seed=5) != f1_intervals(counts, seed=6)


def test_nothing_to_resample_is_an_error() -> None:
    with pytest.raises(ValueError, match="no counts"):
        f1_intervals(np.zeros((1, 0, 3, 3), dtype=np.int64))


def test_where_every_seed_shifts_all_folds_alike_nothing_is_left_unexplained() -> None:
    # Seeds: means 0.6 and 0.7, variance 0.005. Folds: means 0.55 and 0.75, variance 0.02.
    assert variances(np.array([[0.5, 0.7], [0.6, 0.8]])) == pytest.approx(Variances(seeds=0.005, folds=0.02, rest=0.0))


def test_where_each_seed_suits_another_fold_all_is_left_unexplained() -> None:
    # All means are 0.5; each of four cells is off by 0.5, with (2 - 1) * (2 - 1) degrees of freedom.
    assert variances(np.array([[0.0, 1.0], [1.0, 0.0]])) == Variances(seeds=0.0, folds=0.0, rest=1.0)


def test_a_table_of_three_seeds_and_two_folds_by_hand() -> None:
    scores = np.array([[1.0, 2.0], [3.0, 6.0], [2.0, 4.0]])
    # Means of seeds 1.5, 4.5, 3; of folds 2, 4; of all 3. Off the sum of both: 0.5, -0.5 / -0.5, 0.5 / 0, 0.
    # MS_rest = 1 / (2 * 1) = 0.5; MS_seeds = 2 * (2.25 + 2.25) / 2 = 4.5; MS_folds = 3 * (1 + 1) / 1 = 6.
    assert variances(scores) == pytest.approx(Variances(seeds=(4.5 - 0.5) / 2, folds=(6 - 0.5) / 3, rest=0.5))
    seeds, folds, rest = variances(scores)
    assert variances(scores.T) == pytest.approx(Variances(folds, seeds, rest))


def test_it_finds_the_variances_that_scores_were_made_with() -> None:
    random = np.random.default_rng(0)
    made = random.normal(0, 0.02, (400, 1)) + random.normal(0, 0.1, (1, 400)) + random.normal(0, 0.05, (400, 400))
    found = variances(made)
    assert np.sqrt(found) == pytest.approx([0.02, 0.1, 0.05], rel=0.1)


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (0, 0), (4,)])
def test_one_seed_or_one_fold_cannot_be_told_apart(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least two"):
        variances(np.ones(shape))
