"""Scores: a worked example of every metric, and the rules that hold for any documents."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.document import Document
from khabar.errors import InputError
from khabar.eval.counts import Counts
from khabar.eval.score import KEYS, add, count_documents, counts, score, summarise
from tests.eval.documents import (
    GOLD,
    PREDICTED,
    TEXT,
    UNHURRIED,
    any_pair,
    attribution,
    document,
    documents,
    event,
    renamed,
)

WORKED = {
    # Gold triggers: هجوما القصف مقتل. Predicted: هجوما القصف أصاب. Both: هجوما القصف.
    "TI": Counts(3, 3, 2),
    # القصف is an Attack, not a Die: only هجوما is left.
    "TC": Counts(3, 3, 1),
    # Gold: Attack صاروخيا, Attack القاعدة, Attack أمس, Die جندي. Predicted: Attack صاروخيا, Attack القاعدة,
    # Die جندي (of القصف, but no trigger is asked for), Injure القاعدة. Three are both.
    "AI": Counts(4, 4, 3),
    # القاعدة is the Target, not the Place: صاروخيا and جندي are left.
    "AC": Counts(4, 4, 2),
    # With the trigger, جندي hangs on القصف instead of مقتل: صاروخيا and القاعدة are left.
    "AI+": Counts(4, 4, 2),
    # صاروخيا alone has the right trigger, type and role.
    "AC+": Counts(4, 4, 1),
    # Gold: قال وأضاف. Predicted: these and a null cue, which counts as the first sentence.
    "cue": Counts(2, 3, 2),
    # Gold: الجيش, for both cues. Predicted: الجيش and لرويترز.
    "source": Counts(1, 2, 1),
    # لرويترز in both; gold has it for two cues, the prediction for one.
    "channel": Counts(1, 1, 1),
    # Gold: قال-الجيش, وأضاف-الجيش. Predicted: these and (sentence 1)-لرويترز.
    "source_link": Counts(2, 3, 2),
    # Gold: قال-هجوما, وأضاف-القصف, وأضاف-مقتل. Predicted: قال-هجوما, قال-أصاب, وأضاف-القصف, (sentence 1)-هجوما.
    "event_link": Counts(3, 4, 2),
    # Gold: قال Asserts, وأضاف Asserts. Predicted: قال Denies, وأضاف Asserts, (sentence 1) Asserts.
    "stance": Counts(2, 3, 1),
    # Gold: three Positive. Predicted: هجوما Negative, القصف Positive, أصاب Positive.
    "polarity": Counts(3, 3, 1),
    # Gold: هجوما Actual, القصف Other, مقتل Actual. Predicted: all three Actual. Only هجوما is right.
    "realis": Counts(3, 3, 1),
    # As TC: one sequence a sentence, and no trigger is lost.
    "tags.trigger": Counts(3, 3, 1),
    # Of Attack هجوما: gold صاروخيا القاعدة أمس, predicted صاروخيا (right) and القاعدة (wrong role). Three events
    # stand against O alone: predicted Die القصف (جندي) and Injure أصاب (القاعدة), gold Die مقتل (جندي).
    "tags.argument": Counts(4, 4, 1),
    # Gold tags: قال وأضاف Cue, الجيش Source, لرويترز Channel. Predicted: the same, and لرويترز as Source too: one of
    # two labels of the same place is lost, and Channel sorts first.
    "tags.attribution": Counts(4, 4, 4, lost=1),
}


def simple(counted: Counts) -> tuple[int, int, int, int]:
    return counted.gold, counted.predicted, counted.correct, counted.lost


@pytest.mark.parametrize("metric", KEYS)
def test_worked_example(metric: str) -> None:
    assert counts(GOLD, PREDICTED)[metric] == WORKED[metric]


def test_metrics_come_in_the_order_of_the_contract() -> None:
    assert list(score([GOLD], [PREDICTED]).to_json()) == [
        *("TI", "TC", "AI", "AC", "AI+", "AC+"),
        *("cue", "source", "channel", "source_link", "event_link", "stance"),
        *("polarity", "realis"),
        *("tags.trigger", "tags.argument", "tags.attribution"),
    ]


def test_a_score_is_plain_json() -> None:
    found = score([GOLD], [PREDICTED]).to_json()
    # cue: precision 2 / 3, recall 2 / 2, F1 4 / 5; with one document the interval is F1 itself.
    assert found["cue"] == {
        "precision": 2 / 3,
        "recall": 1.0,
        "f1": 0.8,
        "gold": 2,
        "predicted": 3,
        "correct": 2,
        "ci": [0.8, 0.8],
    }
    assert list(found["cue"]) == ["precision", "recall", "f1", "gold", "predicted", "correct", "ci"]
    assert list(found["tags.attribution"]) == [*found["cue"], "lost"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {type(v) for s in found.values() for v in (s["precision"], s["recall"], s["f1"], *s["ci"])} == {float}


def test_a_perfect_prediction_scores_one() -> None:
    assert all(
        (s.precision, s.recall, s.f1, s.ci) == (1, 1, 1, (1, 1)) for s in score([GOLD], [GOLD]).by_metric.values()
    )


def test_an_empty_prediction_scores_zero() -> None:
    found = score([GOLD], [GOLD.without_annotation()]).by_metric.values()
    assert all((s.precision, s.recall, s.f1, s.ci, s.predicted) == (0, 0, 0, (0, 0), 0) for s in found)
    assert all(s.gold > 0 for s in found)


def test_where_nothing_is_gold_or_predicted_the_score_is_zero_as_in_textee_and_seqeval() -> None:
    empty = document()
    assert all(
        (s.precision, s.recall, s.f1, s.ci) == (0, 0, 0, (0, 0)) for s in score([empty], [empty]).by_metric.values()
    )


def test_all_spans_of_a_prediction_may_be_nonsense() -> None:
    far = Document.model_validate_json(PREDICTED.model_dump_json().replace('"start":', '"start":9'))
    found = counts(GOLD, far)
    assert found["TI"].predicted == 3
    assert found["tags.trigger"] == Counts(3, 0, 0, lost=3)


def test_the_texts_must_be_the_same() -> None:
    other = document(id_="news", text=TEXT.replace("لرويترز", "لفرانس"))
    with pytest.raises(InputError, match=r"^news: offset 11: gold and predicted text differ; predict on the gold text"):
        score([GOLD], [other])
    with pytest.raises(InputError, match=f"^news: offset {len(TEXT)}: "):
        score([GOLD], [document(text=TEXT + " ")])


def test_the_documents_must_be_the_same() -> None:
    one, two, three = (document(id_=name) for name in ("one", "two", "three"))
    with pytest.raises(InputError, match=r"^two: has no prediction; predict it too, or leave it out of gold$"):
        score([one, two], [one])
    with pytest.raises(InputError, match=r"^three: has no prediction; .* \(and 1 more\)$"):
        score([one, two, three], [one])
    with pytest.raises(InputError, match=r"^two: is predicted but not among the gold documents; take"):
        score([one], [one, two])
    with pytest.raises(InputError, match=r"^one: stands twice among the predicted documents"):
        score([one], [one, one])
    with pytest.raises(InputError, match=r"^one: stands twice among the gold documents"):
        score([one, one], [one])
    with pytest.raises(InputError, match="no gold document"):
        score([], [])


def test_gold_without_sentences_is_split() -> None:
    bare = GOLD.model_copy(update={"sentences": ()})
    assert counts(bare, PREDICTED) == counts(GOLD, PREDICTED)


def test_a_prediction_is_scored_by_golds_sentences_whatever_its_own() -> None:
    null_cue = document(attribution("a1", None, sources=("جندي",)))
    assert counts(null_cue, null_cue.model_copy(update={"sentences": ()})) == counts(null_cue, null_cue)


@UNHURRIED
@given(st.lists(any_pair, min_size=1, max_size=4), st.integers(0, 999))
def test_neither_order_nor_names_change_a_score(pairs: list, seed: int) -> None:
    order = random.Random(seed)
    named = [tuple(d.model_copy(update={"id": f"d{i}"}) for d in pair) for i, pair in enumerate(pairs)]
    ids = order.sample([f"x{i}" for i in range(len(pairs))], len(pairs))
    others = [tuple(renamed(d, id_, order) for d in pair) for id_, pair in zip(ids, pairs, strict=True)]
    gold, predicted = zip(*named, strict=True)
    other_gold, other_predicted = (order.sample(side, len(side)) for side in zip(*others, strict=True))
    assert score(gold, predicted).to_json() == score(other_gold, other_predicted).to_json()


@UNHURRIED
@given(any_pair)
def test_scores_stay_in_their_ranges(pair: tuple[Document, Document]) -> None:
    for found in score([pair[0]], [pair[1]]).by_metric.values():
        assert 0 <= found.correct <= min(found.gold, found.predicted)
        assert 0 <= found.f1 <= 1
        assert found.ci == (found.f1, found.f1)


@UNHURRIED
@given(any_pair)
def test_gold_and_predicted_change_places_as_precision_and_recall_do(pair: tuple[Document, Document]) -> None:
    gold, predicted = pair
    there, back = counts(gold, predicted), counts(predicted, gold)
    for metric in KEYS:
        assert (there[metric].precision, there[metric].recall) == (back[metric].recall, back[metric].precision)
        assert there[metric].lost == back[metric].lost


@UNHURRIED
@given(documents())
def test_gold_scores_one_against_itself(gold: Document) -> None:
    for found in score([gold], [gold]).by_metric.values():
        assert found.f1 == (1.0 if found.gold else 0.0)


@UNHURRIED
@given(st.lists(any_pair, min_size=2, max_size=4))
def test_counts_of_two_sets_of_documents_add_up_to_those_of_both(pairs: list) -> None:
    gold = [g.model_copy(update={"id": f"d{i}"}) for i, (g, _) in enumerate(pairs)]
    predicted = [p.model_copy(update={"id": f"d{i}"}) for i, (_, p) in enumerate(pairs)]
    first, second, both = score(gold[:1], predicted[:1]), score(gold[1:], predicted[1:]), score(gold, predicted)
    for metric in KEYS:
        assert simple(both[metric]) == simple(first[metric] + second[metric])


def test_counts_are_kept_by_document_so_that_a_part_can_be_summed() -> None:
    other = GOLD.model_copy(update={"id": "other"})
    scores = score([GOLD, other], [PREDICTED, other])
    assert scores.documents == 2
    (run,) = scores.runs
    assert run == {"news": counts(GOLD, PREDICTED), "other": counts(GOLD, GOLD)}
    assert summarise({"news": run["news"]})["TC"].f1 == pytest.approx(1 / 3)
    assert simple(add(run["news"], run["other"])["TC"]) == (6, 6, 4, 0)


def test_nothing_adds_up_to_zero() -> None:
    assert add() == dict.fromkeys(KEYS, Counts())


def test_runs_over_the_same_documents_are_pooled() -> None:
    right, wrong = count_documents([GOLD], [GOLD]), count_documents([GOLD], [GOLD.without_annotation()])
    pooled = summarise(right, wrong)["TC"]
    assert simple(pooled) == (6, 3, 3, 0)  # three gold triggers with each seed; found with one, not with the other
    assert pooled.f1 == pytest.approx(2 / 3)
    assert pooled.ci == (0.0, 1.0)  # both draws of one seed: all wrong, or all right


def test_runs_over_other_documents_are_not_pooled() -> None:
    run = count_documents([GOLD], [GOLD])
    with pytest.raises(ValueError, match="differ in their documents"):
        summarise(run, {"other": run["news"]})
    with pytest.raises(ValueError, match="nothing to summarise"):
        summarise()


def test_the_interval_is_of_documents() -> None:
    """Half of twenty documents are right, half empty: F1 over a draw with k right ones is 2k / (20 + k)."""
    gold = [GOLD.model_copy(update={"id": f"d{i}"}) for i in range(20)]
    predicted = [g if i % 2 else g.without_annotation() for i, g in enumerate(gold)]
    low, high = score(gold, predicted)["TC"].ci
    right = np.random.default_rng(0).binomial(20, 0.5, 100_000)
    assert (low, high) == pytest.approx(tuple(np.quantile(2 * right / (20 + right), (0.025, 0.975))), abs=0.03)


def test_event_ids_may_repeat_between_documents() -> None:
    other = document(
        event("e1", "Meet", "أصاب"), attribution("a1", "قال", sources=("الجيش",), events=("e1",)), id_="other"
    )
    assert simple(score([GOLD, other], [PREDICTED, other])["event_link"]) == (4, 5, 3, 0)
