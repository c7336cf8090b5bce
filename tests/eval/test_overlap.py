"""Overlap metrics: one to one, as many as can be, whatever the order, never below the exact ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from khabar.corpus.store import Project, read_documents
from khabar.document import Document, Extent
from khabar.eval.counts import Counts
from khabar.eval.overlap import SPANS, overlap, overlap_counts, overlap_rows, overlapping
from khabar.eval.score import counts, score
from tests.eval.documents import GOLD, PREDICTED, UNHURRIED, any_pair, attribution, document, event, near_pairs, renamed


def spans(*places: tuple[int, int]) -> set:
    return {Extent(*place) for place in places}


@pytest.mark.parametrize(
    ("gold", "predicted", "pairs"),
    [
        (spans((0, 4)), spans((0, 4)), 1),
        (spans((0, 4)), spans((3, 9)), 1),
        (spans((0, 4)), spans((4, 9)), 0),  # end exclusive: they touch and share nothing
        (spans((0, 9)), spans((0, 2), (3, 5), (6, 9)), 1),  # one for one, however many it covers
        (spans((0, 5), (4, 9)), spans((0, 5), (0, 2)), 2),  # (0, 5) goes to (4, 9), so that (0, 2) gets (0, 5)
        (spans((0, 2), (1, 9)), spans((1, 3), (8, 10)), 2),
        (spans((3, 3)), spans((0, 9)), 0),  # an empty span shares nothing with anything
        (spans((3, 3)), spans((3, 3)), 1),  # but it is itself
        (spans((5, 3)), spans((0, 9)), 0),  # nor does one that ends before it begins
        ({("sentence", 0)}, {("sentence", 0), ("sentence", 1)}, 1),
        ({("sentence", 0)}, spans((0, 9)), 0),
        (set(), spans((0, 9)), 0),
    ],
)
def test_worked_matchings(gold: set, predicted: set, pairs: int) -> None:
    assert len(overlapping(gold, predicted)) == len(overlapping(predicted, gold)) == pairs


places = st.sets(st.builds(Extent, st.integers(0, 20), st.integers(0, 20)), max_size=9)


@UNHURRIED
@given(places, places)
def test_no_matching_is_larger(gold: set, predicted: set) -> None:
    """Against Hopcroft and Karp's algorithm, in scipy."""
    pairs = overlapping(gold, predicted)
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    overlaps = [
        [a == b or (max(a.start, b.start) < min(a.end, b.end)) for b in sorted(predicted)] for a in sorted(gold)
    ]
    for a, b in pairs:
        assert overlaps[sorted(gold).index(a)][sorted(predicted).index(b)]
    graph = csr_matrix(np.array(overlaps, dtype=int).reshape(len(gold), len(predicted)))
    assert len(pairs) == np.count_nonzero(maximum_bipartite_matching(graph, perm_type="column") >= 0)


def test_a_long_text_takes_no_time() -> None:
    gold = {Extent(i, i + 50) for i in range(0, 100_000, 2)}
    assert len(overlapping(gold, {Extent(s + 1, e + 1) for s, e in gold})) == 50_000


def test_worked_example() -> None:
    gold = document(
        event("e1", "Attack", "هجوما", ("Target", "القاعدة"), ("Instrument", "هجوما صاروخيا")),
        attribution("a1", "قال", sources=("الجيش",), channels=("لرويترز",)),
        attribution("a2", None, sources=("جندي",)),
    )
    predicted = document(
        # The trigger is longer than gold's, so the arguments hang on another one.
        event("e1", "Attack", "هجوما صاروخيا", ("Target", "القاعدة")),
        event("e2", "Attack", "هجوما", ("Target", "أصاب القاعدة"), ("Place", "القاعدة"), ("Instrument", "صاروخيا")),
        attribution("a1", "قال", sources=("قال الجيش",), channels=("أمس",)),
        attribution("a2", None, sources=("مقتل جندي",)),
    )
    assert overlap_counts(gold, predicted) == {
        "TC": Counts(1, 2, 1),  # one gold trigger overlaps two predicted ones
        "AC+": Counts(2, 4, 2),  # the Target and the Instrument of هجوما; a Place is no Target
        "cue": Counts(2, 2, 2),  # the null cue is in the second sentence on both sides
        "source": Counts(2, 2, 2),
        "channel": Counts(1, 1, 0),
    }
    exact = counts(gold, predicted)
    assert [exact[metric].correct for metric in SPANS] == [1, 0, 2, 0, 0]


def test_documents_are_counted_together() -> None:
    other = GOLD.model_copy(update={"id": "other"})
    found = overlap([GOLD, other], [PREDICTED, other])
    assert found["AC+"] == overlap_counts(GOLD, PREDICTED)["AC+"] + overlap_counts(GOLD, GOLD)["AC+"]


@UNHURRIED
@given(near_pairs() | any_pair, st.randoms(use_true_random=False))
def test_it_is_never_below_the_exact_score_and_blind_to_order(pair: tuple[Document, Document], order: object) -> None:
    exact, found = counts(*pair), overlap_counts(*pair)
    assert list(found) == list(SPANS)
    for metric, counted in found.items():
        assert (counted.gold, counted.predicted) == (exact[metric].gold, exact[metric].predicted)
        assert exact[metric].correct <= counted.correct <= min(counted.gold, counted.predicted)
    assert overlap_counts(*(renamed(d, "other", order) for d in pair)) == found
    assert {k: c.correct for k, c in overlap_counts(*pair[::-1]).items()} == {k: c.correct for k, c in found.items()}


def test_the_table_has_exact_and_overlapping_side_by_side(project: Project) -> None:
    gold, second = project.gold_documents(), read_documents([project.rounds / "1" / "b"])
    exact = score(gold, second).by_metric
    header, rows = overlap_rows(exact, overlap(gold, second))
    assert [row[0] for row in rows] == list(SPANS)
    assert dict(zip(header, rows[1], strict=True)) | {"R": "", "P": "", "F1": "", "overlapping": ""} == {
        "overlap": "AC+",
        "exact F1": f"{100 * exact['AC+'].f1:.1f}",
        "gold": str(exact["AC+"].gold),
        "predicted": str(exact["AC+"].predicted),
        "exact": str(exact["AC+"].correct),
        "P": "", "R": "", "F1": "", "overlapping": "",
    }  # fmt: skip
    assert overlap_rows({"TC": Counts()}, {"TC": Counts()})[1] == [["TC", "-", "-", "-", "-", "0", "0", "0", "0"]]
