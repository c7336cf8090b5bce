"""Errors on the sentence."""

from __future__ import annotations

import pytest

from khabar.document import Document
from khabar.errors import InputError
from khabar.eval.report.mistakes import Mistake, Side, mistakes, paired
from khabar.eval.report.segments import Mark
from khabar.ontology import default_ontology
from tests.conftest import annotated, blank, spans

ONTOLOGY = default_ontology()


def texts(document: Document, marks: frozenset[Mark]) -> set[str]:
    return {document.text[slice(*mark.extent)] for mark in marks}


def test_without_an_error_no_sentence_is_shown() -> None:
    found = mistakes([(annotated(), annotated())], ONTOLOGY)
    assert (found.sentences, found.clean) == ((), 2)
    assert found.tally["trigger"]["correct"] == 3


def test_every_error_stands_beside_its_sentence() -> None:
    gold = annotated()
    event = gold.events[0]
    place = event.arguments[1].model_copy(update={"role": "Place"})
    predicted = gold.model_copy(
        update={"events": (event.model_copy(update={"arguments": (event.arguments[0], place)}), *gold.events[1:])}
    )
    found = mistakes([(gold, predicted)], ONTOLOGY)
    (one,) = found.sentences
    assert (one.document, one.number, found.clean) == ("news", 1, 1)
    assert one.mistakes == (
        Mistake(
            layer="argument",
            kind="wrong_role",
            types=("Attack",),
            labels=("Origin", "Place"),
            gold=Side("بلدة زمار", "Origin", "أطلقت"),
            predicted=Side("بلدة زمار", "Place", "أطلقت"),
        ),
        Mistake("argument", "missed", ("Attack",), ("Time",), Side("الأحد", "Time", "أطلقت"), None),
    )
    assert texts(gold, one.wrong_gold) == {"بلدة زمار", "الأحد"}
    assert texts(gold, one.wrong_predicted) == {"بلدة زمار"}


def test_the_tally_counts_every_class_of_every_layer() -> None:
    found = mistakes([(annotated(), blank())], ONTOLOGY)
    assert found.tally["trigger"] == {
        "correct": 0, "wrong_type": 0, "wrong_boundary": 0, "missed": 3, "spurious": 0,
    }  # fmt: skip
    assert sum(len(one.mistakes) for one in found.sentences) == sum(
        n for counts in found.tally.values() for n in counts.values()
    )


def test_an_error_of_a_value_or_a_link_is_of_the_type_of_its_event() -> None:
    gold = annotated()
    denied = gold.events[2].model_copy(update={"polarity": "Positive"})
    predicted = gold.model_copy(update={"events": (*gold.events[:2], denied)})
    (one,) = mistakes([(gold, predicted)], ONTOLOGY).sentences
    assert [(m.layer, m.types, m.labels) for m in one.mistakes] == [
        ("polarity", ("Injure",), ("Negative", "Positive")),
    ]


def test_a_cue_that_is_no_word_has_no_text() -> None:
    gold = annotated()
    silent = gold.attributions[0].model_copy(update={"cue": None})
    predicted = gold.model_copy(update={"attributions": (silent, gold.attributions[1])})
    (one,) = mistakes([(gold, predicted)], ONTOLOGY).sentences
    assert Side(None, "Asserts", None) in [m.predicted for m in one.mistakes]


def test_predictions_are_paired_by_id_and_gold_may_be_left_out() -> None:
    gold = [annotated("one"), annotated("two")]
    assert paired(gold, [annotated("two")]) == [(gold[1], gold[1])]


def test_a_prediction_without_gold_is_bad_input() -> None:
    with pytest.raises(InputError, match="other: is predicted but not among the gold"):
        paired([annotated()], [annotated("other")])


def test_a_prediction_on_another_text_is_bad_input() -> None:
    start, end = spans(blank(), "قال")
    text = blank().text
    with pytest.raises(InputError, match="news"):
        mistakes([(annotated(), blank(text=f"{text[:start]}ذكر{text[end:]}"))], ONTOLOGY)
