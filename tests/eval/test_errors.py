"""Error classes: one example of each by hand, and sums that always come out."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.corpus.store import Project, read_documents
from khabar.document import Document, Extent
from khabar.eval.confusion import LAYERS as LABELLED
from khabar.eval.confusion import NONE, confusion
from khabar.eval.counts import Counts
from khabar.eval.errors import CLASSES, LAYERS, Item, Outcome, error_rows, outcomes, tally
from khabar.eval.facets import FIELDS
from khabar.eval.score import counts
from tests.eval.documents import (
    GOLD,
    PREDICTED,
    UNHURRIED,
    any_pair,
    attribution,
    document,
    event,
    near_pairs,
    renamed,
    span,
)


def classes(gold: Document, predicted: Document, layer: str) -> dict[str, int]:
    return {kind: n for kind, n in tally(outcomes(gold, predicted))[layer].items() if n}


WORKED = {
    # هجوما is right, القصف an Attack and not a Die, مقتل not found, أصاب no trigger.
    "trigger": {"correct": 1, "wrong_type": 1, "missed": 1, "spurious": 1},
    # صاروخيا is right; القاعدة is Target, not Place; أمس was not found; جندي is the Victim of مقتل, not of القصف, which
    # is another event of gold's; and القاعدة is no Victim of أصاب (its one gold argument is taken already).
    "argument": {"correct": 1, "wrong_role": 1, "wrong_event": 1, "missed": 1, "spurious": 1},
    # Both cues, the source and the channel are right; a null cue and لرويترز as a source are too many.
    "attribution": {"correct": 4, "spurious": 2},
    "source_link": {"correct": 2, "spurious": 1},
    # قال-هجوما and وأضاف-القصف are right; وأضاف-مقتل was not found; قال-أصاب and (sentence 1)-هجوما are too many.
    "event_link": {"correct": 2, "missed": 1, "spurious": 2},
    "stance": {"correct": 1, "wrong_value": 1, "spurious": 1},  # قال Denies instead of Asserts
    "polarity": {"correct": 1, "wrong_value": 1, "missed": 1, "spurious": 1},
    "realis": {"correct": 1, "wrong_value": 1, "missed": 1, "spurious": 1},
}


@pytest.mark.parametrize("layer", LAYERS)
def test_worked_example(layer: str) -> None:
    assert classes(GOLD, PREDICTED, layer) == WORKED[layer]


TARGET = event("e1", "Attack", "هجوما", ("Target", "القاعدة"))


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ([TARGET], {"correct": 1}),
        ([], {"missed": 1}),
        ([event("e1", "Attack", "هجوما", ("Place", "القاعدة"))], {"wrong_role": 1}),
        ([event("e1", "Attack", "هجوما", ("Target", "أصاب القاعدة"))], {"wrong_boundary": 1}),
        ([event("e1", "Explosion", "هجوما", ("Target", "القاعدة"))], {"wrong_type": 1}),
        # Another type licenses other roles: that is one error, not two.
        ([event("e1", "Injure", "هجوما", ("Victim", "القاعدة"))], {"wrong_type": 1}),
        ([event("e1", "Attack", "أصاب", ("Target", "القاعدة"))], {"wrong_trigger": 1}),
        ([event("e1", "Die", "مقتل", ("Place", "القاعدة"))], {"wrong_event": 1}),
        # Two things are wrong: boundary and role.
        ([event("e1", "Attack", "هجوما", ("Place", "أصاب القاعدة"))], {"missed": 1, "spurious": 1}),
        ([event("e1", "Attack", "هجوما", ("Target", "أمس"))], {"missed": 1, "spurious": 1}),
        # What is right is never taken for another error, and a gold item is paired once.
        ([TARGET, event("e2", "Die", "مقتل", ("Place", "القاعدة"))], {"correct": 1, "spurious": 1}),
        (
            [event("e1", "Attack", "هجوما", ("Place", "القاعدة"), ("Target", "أصاب القاعدة"))],
            {"wrong_role": 1, "spurious": 1},  # the right span comes before the overlapping one
        ),
    ],
)
def test_an_argument_falls_into_one_class(predicted: list, expected: dict[str, int]) -> None:
    gold = document(TARGET, event("e9", "Die", "مقتل"))
    assert classes(gold, document(*predicted), "argument") == expected


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ([event("e1", "Die", "هجوما")], {"wrong_type": 1}),
        ([event("e1", "Attack", "هجوما صاروخيا")], {"wrong_boundary": 1}),
        ([event("e1", "Die", "هجوما صاروخيا")], {"missed": 1, "spurious": 1}),
        ([event("e1", "Die", "هجوما"), event("e2", "Attack", "هجوما صاروخيا")], {"wrong_type": 1, "spurious": 1}),
        ([event("e1", "Attack", "هجوما"), event("e2", "Die", "هجوما")], {"correct": 1, "spurious": 1}),
    ],
)
def test_a_trigger_falls_into_one_class(predicted: list, expected: dict[str, int]) -> None:
    assert classes(document(event("e1", "Attack", "هجوما")), document(*predicted), "trigger") == expected


def test_an_attribution_s_span_falls_into_one_class() -> None:
    gold = document(attribution("a1", "قال", sources=("الجيش",), channels=("لرويترز",)))
    predicted = document(attribution("a1", None, sources=("لرويترز",), channels=("الجيش لرويترز",)))
    # لرويترز is a channel, not a source; الجيش and the cue were not found; `الجيش لرويترز` and a null cue are too many
    # (as a channel it overlaps لرويترز, which is taken).
    assert classes(gold, predicted, "attribution") == {"wrong_type": 1, "missed": 2, "spurious": 2}
    predicted = document(attribution("a1", "قال الجيش", sources=("الجيش",), channels=("لرويترز",)))
    assert classes(gold, predicted, "attribution") == {"correct": 2, "wrong_boundary": 1}


@pytest.mark.parametrize(
    ("cue", "source", "expected"),
    [
        ("قال", "الجيش", {"correct": 1}),
        ("قال", "الجيش لرويترز", {"wrong_boundary": 1}),
        ("وأضاف", "الجيش", {"wrong_cue": 1}),
        (None, "الجيش", {"wrong_cue": 1}),
        ("قال", "جندي", {"wrong_source": 1}),
        ("وأضاف", "جندي", {"missed": 1, "spurious": 1}),
    ],
)
def test_a_source_link_falls_into_one_class(cue: str | None, source: str, expected: dict[str, int]) -> None:
    gold = document(attribution("a1", "قال", sources=("الجيش",)))
    assert classes(gold, document(attribution("a1", cue, sources=(source,))), "source_link") == expected


@pytest.mark.parametrize(
    ("cue", "covered", "expected"),
    [
        ("قال", "هجوما", {"correct": 1}),
        ("قال", "هجوما صاروخيا", {"wrong_boundary": 1}),
        ("وأضاف", "هجوما", {"wrong_cue": 1}),
        ("قال", "القصف", {"missed": 1, "spurious": 1}),  # a cue covers several events: none stands for another
    ],
)
def test_an_event_link_falls_into_one_class(cue: str, covered: str, expected: dict[str, int]) -> None:
    gold = document(event("e1", "Attack", "هجوما"), attribution("a1", "قال", events=("e1",)))
    predicted = document(event("e1", "Attack", covered), attribution("a1", cue, events=("e1",)))
    assert classes(gold, predicted, "event_link") == expected


def paired_with(gold: Document, predicted: Document, kind: str) -> list[Item | None]:
    return [o.gold for o in outcomes(gold, predicted) if o.layer == "argument" and o.kind == kind]


def test_of_several_that_could_be_paired_the_most_alike_are() -> None:
    gold = document(
        event("e1", "Attack", "هجوما", ("Place", "القاعدة")), event("e2", "Die", "مقتل", ("Place", "القاعدة"))
    )
    predicted = document(event("e1", "Die", "أصاب", ("Place", "القاعدة")))  # no gold trigger, but a Die
    assert [item and item.type for item in paired_with(gold, predicted, "wrong_trigger")] == ["Die"]
    assert [item and item.type for item in paired_with(gold, predicted, "missed")] == ["Attack"]
    gold = document(event("e1", "Attack", "هجوما", ("Place", "القاعدة"), ("Target", "القاعدة")))
    predicted = document(event("e1", "Damage", "هجوما", ("Target", "القاعدة")))
    assert [item and item.label for item in paired_with(gold, predicted, "wrong_type")] == ["Target"]


def test_of_several_alike_the_first_by_position_and_label_is_paired() -> None:
    words = ("قال", "الجيش", "لرويترز", "صاروخيا", "القاعدة", "أمس")
    roles = ("Victim", "Agent", "Target", "Place")
    gold = document(event("e1", "Attack", "هجوما", *((role, word) for word in words for role in roles)))
    predicted = document(event("e1", "Attack", "هجوما", *(("Time", word) for word in words)))
    assert [item and item.label for item in paired_with(gold, predicted, "wrong_role")] == ["Agent"] * len(words)


def test_a_link_and_an_argument_are_shown_where_their_cue_and_trigger_stand() -> None:
    gold = document(event("e1", "Attack", "القصف", ("Time", "أمس")), attribution("a1", "وأضاف", sources=("الجيش",)))
    found = {(o.layer, o.gold and o.gold.label): o.sentence for o in outcomes(gold, document())}
    assert found["source_link", ""] == found["argument", "Time"] == 1
    assert found["attribution", "Source"] == 0


def test_an_error_can_be_shown_on_its_sentence() -> None:
    gold = document(event("e1", "Attack", "القصف", ("Victim", "جندي")))
    predicted = document(event("e1", "Attack", "القصف", ("Target", "جندي")), attribution("a1", None, sources=("أمس",)))
    wrong = [outcome for outcome in outcomes(gold, predicted) if outcome.kind != "correct"]
    trigger, phrase, source = (span(words).extent for words in ("القصف", "جندي", "أمس"))
    victim, target = (Item(phrase, role, anchor=trigger, type="Attack") for role in ("Victim", "Target"))
    assert wrong[:3] == [
        Outcome("news", 1, "argument", "wrong_role", victim, target),
        Outcome("news", 0, "attribution", "spurious", None, Item(("sentence", 0), "Cue")),
        Outcome("news", 0, "attribution", "spurious", None, Item(source, "Source")),
    ]
    assert wrong[0].to_json() == {
        "document": "news",
        "sentence": 1,
        "layer": "argument",
        "class": "wrong_role",
        "gold": {"label": "Victim", "span": list(phrase), "anchor": list(trigger), "type": "Attack"},
        "predicted": {"label": "Target", "span": list(phrase), "anchor": list(trigger), "type": "Attack"},
    }
    assert wrong[1].to_json()["predicted"] == {"label": "Cue", "span": None, "anchor": None, "type": ""}
    assert json.loads(json.dumps([o.to_json() for o in wrong])) == [o.to_json() for o in wrong]


def check_sums(gold: Document, predicted: Document) -> None:
    whole, found = counts(gold, predicted), outcomes(gold, predicted)
    for layer, table in tally(found).items():
        expected = sum((whole[metric] for metric in LAYERS[layer]), Counts())
        total = sum(table.values())
        assert (total - table["spurious"], total - table["missed"]) == (expected.gold, expected.predicted)
        assert table["correct"] == expected.correct
        ours = [o for o in found if o.layer == layer]
        for side in ([o.gold for o in ours if o.gold], [o.predicted for o in ours if o.predicted]):
            assert len(set(side)) == len(side)
    for layer in LABELLED:
        matrix = confusion(found, layer)
        expected = sum((whole[metric] for metric in LAYERS[layer]), Counts())
        rows = {label: sum(row.values()) for label, row in matrix.items()}
        columns = {label: sum(row[label] for row in matrix.values()) for label in matrix}
        assert matrix[NONE][NONE] == 0
        assert sum(rows.values()) - rows[NONE] == expected.gold
        assert sum(columns.values()) - columns[NONE] == expected.predicted
        assert sum(matrix[label][label] for label in matrix) == expected.correct


@UNHURRIED
@given(near_pairs() | any_pair)
def test_classes_add_up_to_the_scores_and_so_do_rows_and_columns(pair: tuple[Document, Document]) -> None:
    check_sums(*pair)


@UNHURRIED
@given(near_pairs(), st.integers(0, 999))
def test_order_and_names_change_no_error(pair: tuple[Document, Document], seed: int) -> None:
    order = random.Random(seed)
    assert outcomes(*(renamed(d, "news", order) for d in pair)) == outcomes(*pair)


@UNHURRIED
@given(near_pairs())
def test_pairs_are_wrong_in_one_way_and_nothing_is_left_that_could_be_paired(pair: tuple[Document, Document]) -> None:
    found = outcomes(*pair)
    triggers = {event.trigger.extent for event in pair[0].events}
    for o in found:
        if o.layer == "argument" and o.gold and o.predicted:
            assert o.kind == kind_of_arguments(o.gold, o.predicted, triggers)
    for layer in LAYERS:
        missed = [o.gold for o in found if o.layer == layer and o.kind == "missed"]
        spurious = [o.predicted for o in found if o.layer == layer and o.kind == "spurious"]
        if layer == "argument":
            assert not [(a, b) for a in missed for b in spurious if kind_of_arguments(a, b, triggers)]
        else:
            assert not {(i.span, i.anchor) for i in missed} & {(i.span, i.anchor) for i in spurious}


def kind_of_arguments(gold: Item, predicted: Item, triggers: set[Extent]) -> str | None:
    """The class of two arguments, written down once more."""
    if gold.span == predicted.span:
        if gold.anchor != predicted.anchor:
            return "wrong_event" if predicted.anchor in triggers else "wrong_trigger"
        if gold.type != predicted.type:
            return "wrong_type"
        return "correct" if gold.label == predicted.label else "wrong_role"
    overlap = max(gold.span[0], predicted.span[0]) < min(gold.span[1], predicted.span[1])
    same = (gold.anchor, gold.type, gold.label) == (predicted.anchor, predicted.type, predicted.label)
    return "wrong_boundary" if overlap and same else None


@pytest.mark.parametrize("annotator", ["a", "b"])
def test_the_errors_of_a_pass_against_gold_add_up(project: Project, annotator: str) -> None:
    passed = {d.id: d for d in read_documents([project.rounds / "1" / annotator])}
    for gold in project.gold_documents():
        check_sums(gold, passed[gold.id])
        check_sums(passed[gold.id], gold)
        assert {o.kind for o in outcomes(gold, gold)} <= {"correct"}


def test_spans_that_hold_no_text_are_classed_too() -> None:
    far = Document.model_validate_json(PREDICTED.model_dump_json().replace('"start":', '"start":9'))
    check_sums(GOLD, far)
    empty = document(text="")
    check_sums(empty, empty.model_copy(update={"events": GOLD.events, "attributions": GOLD.attributions}))


def test_every_metric_but_those_that_name_less_is_a_layer() -> None:
    used = {metric for metrics in LAYERS.values() for metric in metrics}
    assert set(FIELDS) - used == {"TI", "AI", "AC", "AI+"}


def test_a_tally_tells_the_classes_that_a_layer_can_have_in_order() -> None:
    table = tally([])
    assert list(table) == list(LAYERS)
    assert list(table["trigger"]) == ["correct", "wrong_type", "wrong_boundary", "missed", "spurious"]
    assert {kind for kinds in table.values() for kind in kinds} == set(CLASSES)
    assert all(list(kinds) == [kind for kind in CLASSES if kind in kinds] for kinds in table.values())


def test_the_table_has_a_row_a_class_and_the_sums_of_both_sides() -> None:
    header, rows = error_rows(tally(outcomes(GOLD, PREDICTED)))
    assert header == ["errors", *LAYERS]
    by_name = {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}
    assert list(by_name) == [*CLASSES, "gold", "predicted"]
    assert by_name["wrong_event"]["argument"] == "1"
    assert by_name["wrong_event"]["trigger"] == ""
    assert (by_name["gold"]["argument"], by_name["predicted"]["argument"]) == ("4", "4")


def test_a_confusion_matrix_by_hand() -> None:
    found = outcomes(GOLD, PREDICTED)
    assert confusion(found, "trigger") == {
        "Attack": {"Attack": 1, "Die": 1, "Injure": 0, NONE: 0},
        "Die": {"Attack": 0, "Die": 0, "Injure": 0, NONE: 1},
        "Injure": {"Attack": 0, "Die": 0, "Injure": 0, NONE: 0},
        NONE: {"Attack": 0, "Die": 0, "Injure": 1, NONE: 0},
    }
    roles = confusion(found, "argument")
    assert (roles["Instrument"]["Instrument"], roles["Target"]["Place"], roles["Time"][NONE]) == (1, 1, 1)
    # The Victim that hangs on the wrong event is not found where it should be, and found where it should not be.
    assert (roles["Victim"]["Victim"], roles["Victim"][NONE], roles[NONE]["Victim"]) == (0, 1, 2)
    assert confusion(found, "stance")["Asserts"] == {"Asserts": 1, "Denies": 1, NONE: 0}
    assert confusion([], "stance") == {NONE: {NONE: 0}}


def test_a_wrong_boundary_is_no_right_label_in_a_confusion_matrix() -> None:
    gold, predicted = document(event("e1", "Attack", "هجوما")), document(event("e1", "Attack", "هجوما صاروخيا"))
    matrix = confusion(outcomes(gold, predicted), "trigger")
    assert matrix == {"Attack": {"Attack": 0, NONE: 1}, NONE: {"Attack": 1, NONE: 0}}
