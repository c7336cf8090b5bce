"""Scores taken apart: worked groups, and groups that add up to the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.document import Document, Source
from khabar.eval.breakdown import BY, LENGTHS, Table, breakdown, breakdown_rows, by_seen, merge
from khabar.eval.counts import Counts
from khabar.eval.score import KEYS, counts
from tests.eval.documents import (
    GOLD,
    PREDICTED,
    UNHURRIED,
    any_pair,
    argument,
    attribution,
    document,
    event,
    near_pairs,
)

SPLIT = {
    "story": KEYS,
    "type": ("TC", "AI", "AC", "AI+", "AC+", "tags.trigger", "tags.attribution"),
    "role": ("AC", "AC+", "tags.argument"),
    "stance": ("stance",),
    "length": ("AI", "AC", "AI+", "AC+", "source", "channel", "source_link"),
    "source": ("source_link",),
}
"""What each breakdown takes apart, whole."""

SEEN = ("TI", "TC", "AI+", "AC+", "event_link", "polarity", "realis")


def column(table: Table, metric: str) -> dict[str, Counts]:
    return {group: row[metric] for group, row in table.items() if metric in row}


def told(story: str | None, id_: str, original: Document) -> Document:
    return original.model_copy(update={"id": id_, "source": Source(story=story)})


def test_by_story() -> None:
    gold = [told("flood", "a", GOLD), told("flood", "b", GOLD), told(None, "c", GOLD)]
    predicted = [told("other", "a", PREDICTED), told(None, "b", GOLD), told(None, "c", PREDICTED)]
    table = breakdown(gold, predicted, "story")
    assert column(table, "TC") == {"c": Counts(3, 3, 1), "flood": Counts(6, 6, 4)}
    assert list(table["c"]) == list(KEYS)
    assert table["c"]["tags.attribution"].lost == 1


def test_by_type() -> None:
    table = breakdown([GOLD], [PREDICTED], "type")
    assert column(table, "TC") == column(table, "tags.trigger")
    assert column(table, "TC") == {"Attack": Counts(2, 1, 1), "Die": Counts(1, 1, 0), "Injure": Counts(0, 1, 0)}
    assert column(table, "AC+") == {"Attack": Counts(3, 2, 1), "Die": Counts(1, 1, 0), "Injure": Counts(0, 1, 0)}
    assert column(table, "AC")["Die"] == Counts(1, 1, 1)  # no trigger is asked for
    assert column(table, "tags.attribution") == {
        "Channel": Counts(1, 1, 1),
        "Cue": Counts(2, 2, 2),
        "Source": Counts(1, 1, 1),
    }
    assert list(table) == ["Attack", "Channel", "Cue", "Die", "Injure", "Source"]


def test_by_role() -> None:
    table = breakdown([GOLD], [PREDICTED], "role")
    assert column(table, "AC+") == {
        "Instrument": Counts(1, 1, 1),
        "Place": Counts(0, 1, 0),
        "Target": Counts(1, 0, 0),
        "Time": Counts(1, 0, 0),
        "Victim": Counts(1, 2, 0),
    }
    assert column(table, "tags.argument") == column(table, "AC+")


def test_by_stance() -> None:
    table = breakdown([GOLD], [PREDICTED], "stance")
    assert column(table, "stance") == {"Asserts": Counts(2, 2, 1), "Denies": Counts(0, 1, 0)}


def test_by_length_in_tokens_the_punctuation_counted() -> None:
    gold = document(
        event("e1", "Attack", "أصاب", ("Target", "القاعدة"), ("Time", "القاعدة أمس"), ("Agent", "إن هجوما صاروخيا")),
        attribution("a1", "قال", sources=("قال الجيش لرويترز إن هجوما",), channels=("القاعدة أمس.",)),
    )
    shorter = document(event("e1", "Attack", "أصاب", ("Target", "القاعدة"), ("Agent", "هجوما صاروخيا")))
    table = breakdown([gold], [shorter], "length")
    assert column(table, "AC+") == {"1": Counts(1, 1, 1), "2": Counts(1, 1, 0), "3-4": Counts(1, 0, 0)}
    assert column(table, "source") == column(table, "source_link") == {"5+": Counts(1, 0, 0)}
    assert column(table, "channel") == {"3-4": Counts(1, 0, 0)}
    assert list(table) == [length for length in LENGTHS if length != "0"]


def test_a_predicted_span_without_a_token_has_length_0() -> None:
    nowhere = argument("Time", "أمس").model_copy(update={"start": 5, "end": 2})
    odd = document(event("e1", "Attack", "هجوما").model_copy(update={"arguments": (nowhere,)}))
    assert column(breakdown([document()], [odd], "length"), "AC+") == {"0": Counts(0, 1, 0)}


def test_cuts_make_tokens() -> None:
    text = "وذكرالجيش"
    gold = document(attribution("a1", None, sources=("وذكرالجيش",), text=text), text=text)
    assert list(breakdown([gold], [gold], "length")) == ["1"]
    cut = gold.model_copy(update={"meta": {"cuts": [4]}})
    assert list(breakdown([cut], [gold], "length")) == ["2"]


def test_a_source_is_dropped_where_the_text_does_not_name_it_at_the_cue() -> None:
    table = breakdown([GOLD], [PREDICTED], "source")
    # قال names الجيش, وأضاف in the next sentence does not; لرويترز stands in the sentence of its null cue.
    assert column(table, "source_link") == {"dropped": Counts(1, 1, 1), "explicit": Counts(1, 2, 1)}


def test_a_source_that_stands_in_another_sentence_is_dropped_though_no_cue_has_it_before() -> None:
    gold = document(attribution("a1", "وأضاف", sources=("الجيش",)))
    assert column(breakdown([gold], [gold], "source"), "source_link") == {"dropped": Counts(1, 1, 1)}
    before = document(attribution("a1", "قال", sources=("جندي",)))  # named only later
    assert column(breakdown([before], [before], "source"), "source_link") == {"dropped": Counts(1, 1, 1)}


def test_a_source_shared_from_an_earlier_cue_of_the_sentence_is_dropped() -> None:
    text = "قال الجيش إن القصف توقف، مضيفا أن القاعدة سليمة."
    first = attribution("a1", "قال", sources=("الجيش",), text=text)
    second = attribution("a2", "مضيفا", sources=("الجيش",), text=text)
    gold = document(first, second, text=text)
    assert column(breakdown([gold], [gold], "source"), "source_link") == {
        "dropped": Counts(1, 1, 1),
        "explicit": Counts(1, 1, 1),
    }
    # Gold tells which is which: a prediction that has only the second link has found the dropped one.
    assert column(breakdown([gold], [document(second, text=text)], "source"), "source_link") == {
        "dropped": Counts(1, 1, 1),
        "explicit": Counts(1, 0, 0),
    }
    twice = document(first, first.model_copy(update={"id": "a2", "stance": "Claims"}), text=text)
    assert column(breakdown([twice], [twice], "source"), "source_link") == {"explicit": Counts(1, 1, 1)}


def test_by_seen_and_unseen_trigger_words_up_to_light_stemming() -> None:
    text = "وقصف الجيش القاعدة."
    training = [document(event("e1", "Attack", "وقصف", text=text), text=text)]
    table = by_seen([GOLD], [PREDICTED], training)
    assert column(table, "TI") == {"seen": Counts(1, 1, 1), "unseen": Counts(2, 2, 1)}  # القصف, and قصف is its stem
    assert column(table, "TC") == {"seen": Counts(1, 1, 0), "unseen": Counts(2, 2, 1)}
    assert column(table, "AC+") == {"seen": Counts(0, 1, 0), "unseen": Counts(4, 3, 1)}
    assert set(by_seen([GOLD], [PREDICTED], [])) == {"unseen"}
    assert set(by_seen([GOLD], [GOLD], [GOLD])) == {"seen"}


@UNHURRIED
@given(st.lists(near_pairs() | any_pair, min_size=1, max_size=2))
def test_groups_add_up_to_the_whole(pairs: list) -> None:
    gold = [told("s", f"d{i}", g) for i, (g, _) in enumerate(pairs)]
    predicted = [told("s", f"d{i}", p) for i, (_, p) in enumerate(pairs)]
    whole = [counts(g, p) for g, p in zip(gold, predicted, strict=True)]
    for by, metrics in {**SPLIT, "seen": SEEN}.items():
        table = by_seen(gold, predicted, gold[:1]) if by == "seen" else breakdown(gold, predicted, by)
        assert {metric for row in table.values() for metric in row} <= set(metrics)
        for metric in metrics:
            expected = sum((c[metric] for c in whole), Counts())
            found = sum(column(table, metric).values(), Counts())
            assert (found.gold, found.predicted, found.correct) == (expected.gold, expected.predicted, expected.correct)


def test_every_breakdown_is_held_by_these_tests() -> None:
    assert list(BY) == list(SPLIT)


def test_tables_add_up_over_folds() -> None:
    one, two = breakdown([GOLD], [PREDICTED], "type"), breakdown([GOLD], [GOLD], "type")
    merged = merge(one, two)
    assert column(merged, "TC")["Attack"] == Counts(4, 3, 3)
    assert merged["Injure"] == one["Injure"]
    assert merge() == {}
    other = GOLD.model_copy(update={"id": "other"})
    both = breakdown([GOLD, other], [PREDICTED, other], "type")
    assert both == merged


@pytest.mark.parametrize("by", SPLIT)
def test_a_table_has_a_row_a_group_and_a_column_a_metric(by: str) -> None:
    table = breakdown([GOLD], [PREDICTED], by)
    header, rows = breakdown_rows(table, by)
    assert header == [by, *(metric for metric in KEYS if metric in SPLIT[by])]
    assert [row[0] for row in rows] == list(table)
    assert all(len(row) == len(header) for row in rows)


def test_a_cell_is_f1_and_the_number_of_gold_items_and_a_dash_where_there_is_nothing() -> None:
    header, rows = breakdown_rows(breakdown([GOLD], [PREDICTED], "type"), "type", ["AC+", "tags.attribution", "TC"])
    assert header == ["type", "TC", "AC+", "tags.attribution"]
    assert rows[0] == ["Attack", "66.7 (2)", "40.0 (3)", "-"]
    assert rows[4] == ["Injure", "0.0 (0)", "0.0 (0)", "-"]
