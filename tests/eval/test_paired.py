"""Sentence by sentence: counts that add up, and the paired test against exact enumeration and on null data."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from khabar.corpus.items import KEYS
from khabar.corpus.store import Project, read_documents
from khabar.document import Document
from khabar.errors import InputError
from khabar.eval.counts import Counts
from khabar.eval.paired import randomisation_test, sentence_counts
from khabar.eval.score import counts
from tests.eval.documents import GOLD, PREDICTED, UNHURRIED, any_pair, document, near_pairs


@pytest.mark.parametrize(
    ("metric", "first", "second"),
    [
        ("TI", Counts(1, 2, 1), Counts(2, 1, 1)),
        ("TC", Counts(1, 2, 1), Counts(2, 1, 0)),
        ("AC", Counts(3, 3, 1), Counts(1, 1, 1)),
        ("AC+", Counts(3, 3, 1), Counts(1, 1, 0)),
        ("cue", Counts(1, 2, 1), Counts(1, 1, 1)),  # the null cue counts in its sentence
        ("source", Counts(1, 2, 1), Counts()),  # where the source stands
        ("source_link", Counts(1, 2, 1), Counts(1, 1, 1)),  # where the cue stands, though the source stands before
        ("event_link", Counts(1, 3, 1), Counts(2, 1, 1)),
        ("stance", Counts(1, 2, 0), Counts(1, 1, 1)),
    ],
)
def test_worked_example(metric: str, first: Counts, second: Counts) -> None:
    assert sentence_counts(GOLD, PREDICTED)[metric] == [first, second]


@UNHURRIED
@given(near_pairs() | any_pair)
def test_sentences_add_up_to_the_document(pair: tuple[Document, Document]) -> None:
    by_sentence, whole = sentence_counts(*pair), counts(*pair)
    assert tuple(by_sentence) == KEYS
    for metric in KEYS:
        assert len(by_sentence[metric]) == 2
        assert sum(by_sentence[metric], Counts()) == whole[metric]


@pytest.mark.parametrize("annotator", ["a", "b"])
def test_sentences_add_up_on_every_pass_over_the_corpus(project: Project, annotator: str) -> None:
    passed = {d.id: d for d in read_documents([project.rounds / "1" / annotator])}
    for gold in project.gold_documents():
        by_sentence, whole = sentence_counts(gold, passed[gold.id]), counts(gold, passed[gold.id])
        for metric in KEYS:
            assert len(by_sentence[metric]) == len(gold.sentences)
            assert sum(by_sentence[metric], Counts()) == whole[metric]


def test_a_text_without_a_sentence_counts_as_one() -> None:
    empty = document(text="")
    odd = empty.model_copy(update={"events": GOLD.events})
    assert sentence_counts(empty, odd)["TI"] == [Counts(0, 3, 0)]


def test_gold_without_sentences_is_split_and_other_texts_are_refused() -> None:
    assert sentence_counts(GOLD.model_copy(update={"sentences": ()}), PREDICTED) == sentence_counts(GOLD, PREDICTED)
    with pytest.raises(InputError, match="text differ"):
        sentence_counts(GOLD, document(text="أمس."))


def rows(*counted: tuple[int, int, int]) -> NDArray[np.int64]:
    return np.array(counted, dtype=np.int64).reshape(-1, 3)


def f1(counted: NDArray[np.int64]) -> float:
    gold, predicted, correct = counted.sum(axis=0)
    return 2 * correct / (gold + predicted) if gold + predicted else 0.0


def exact_p(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """The share of all exchanges that differ at least as much."""
    observed = abs(f1(a) - f1(b))
    differences = []
    for exchange in product([False, True], repeat=len(a)):
        mask = np.array(exchange)[:, None]
        differences.append(abs(f1(np.where(mask, b, a)) - f1(np.where(mask, a, b))))
    return float(np.mean([d >= observed - 1e-12 for d in differences]))


def test_one_sentence_proves_nothing() -> None:
    test = randomisation_test(rows((2, 2, 2)), rows((2, 2, 0)))
    assert test == (1.0, 1.0)  # exchanged or not, the difference is 1 either way


def test_two_sentences_by_hand() -> None:
    # Of four exchanges, two leave the difference as large as it is, and two make it nothing.
    a, b = rows((1, 1, 1), (1, 1, 1)), rows((1, 1, 0), (1, 1, 0))
    assert exact_p(a, b) == 0.5
    assert randomisation_test(a, b).difference == 1.0
    assert randomisation_test(a, b, resamples=20_000).p == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("seed", range(8))
def test_it_approaches_the_exact_test(seed: int) -> None:
    random = np.random.default_rng(seed)
    gold, predicted = random.integers(0, 5, (2, 9)), random.integers(0, 5, (2, 9))
    gold[1] = gold[0]
    correct = random.integers(0, np.minimum(gold, predicted) + 1)
    a, b = np.stack([gold, predicted, correct], axis=2)
    found = randomisation_test(a, b, resamples=20_000)
    assert found.difference == pytest.approx(f1(a) - f1(b))
    assert found.p == pytest.approx(exact_p(a, b), abs=0.015)


def system(random: np.random.Generator, gold: NDArray[np.int64], accuracy: float) -> NDArray[np.int64]:
    """A system that finds each item with some probability, and invents some."""
    correct = random.binomial(gold, accuracy)
    return np.stack([gold, correct + random.binomial(gold, 1 - accuracy), correct], axis=1)


def test_two_equal_systems_are_told_apart_no_more_often_than_p_says() -> None:
    random = np.random.default_rng(0)
    found = []
    for _ in range(400):
        gold = random.integers(0, 5, 60)
        a, b = system(random, gold, 0.6), system(random, gold, 0.6)
        found.append(randomisation_test(a, b, resamples=500).p)
    # Of 400 tests 20 should have p <= 0.05, with a standard deviation of 4.4; and 200 p <= 0.5, with one of 10.
    assert 7 <= sum(p <= 0.05 for p in found) <= 33
    assert 170 <= sum(p <= 0.5 for p in found) <= 230


def test_a_system_that_is_better_everywhere_is_told_apart() -> None:
    random = np.random.default_rng(1)
    gold = random.integers(1, 5, 90)
    found = randomisation_test(system(random, gold, 0.9), system(random, gold, 0.4))
    assert found.difference > 0.3
    assert found.p == 1 / 10_001  # the least that so many draws can show


def test_systems_that_do_not_differ_have_p_1() -> None:
    a = rows((3, 3, 1), (2, 1, 1), (0, 0, 0))
    assert randomisation_test(a, a) == (0.0, 1.0)
    assert randomisation_test(rows(), rows()) == (0.0, 1.0)
    assert randomisation_test(rows((0, 0, 0)), rows((0, 0, 0))) == (0.0, 1.0)


triples = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2))


@UNHURRIED
@given(st.lists(st.tuples(triples, triples), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_neither_the_order_of_sentences_nor_of_systems_changes_p(pairs: list, order: object) -> None:
    a, b = (rows(*side) for side in zip(*pairs, strict=True))
    found = randomisation_test(a, b, resamples=300)
    shuffled = order.sample(pairs, len(pairs))
    other_a, other_b = (rows(*side) for side in zip(*shuffled, strict=True))
    assert randomisation_test(other_a, other_b, resamples=300) == found
    assert randomisation_test(b, a, resamples=300) == (-found.difference, found.p)
    assert 1 / 301 <= found.p <= 1


def test_a_seed_gives_its_draws() -> None:
    random = np.random.default_rng(2)
    gold = random.integers(0, 5, 30)
    a, b = system(random, gold, 0.7), system(random, gold, 0.6)
    assert randomisation_test(a, b, seed=3) == randomisation_test(a, b, seed=3) != randomisation_test(a, b, seed=4)


def test_counts_of_other_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(1, 3\)"):
        randomisation_test(rows((1, 1, 1), (1, 1, 1)), rows((1, 1, 1)))
    with pytest.raises(ValueError, match="must be"):
        randomisation_test(np.zeros((2, 4), dtype=np.int64), np.zeros((2, 4), dtype=np.int64))
