"""Items by the names of what stands in them, and the sentence that each belongs to."""

from __future__ import annotations

from hypothesis import given

from khabar.corpus.items import KEYS, items
from khabar.document import Document, Extent
from khabar.eval.counts import Counts
from khabar.eval.facets import FIELDS, fields, grouped, sentence_at, sentence_of
from khabar.eval.score import counts
from tests.eval.documents import GOLD, PREDICTED, TEXT, UNHURRIED, documents, near_pairs, span

HERE, THERE = span("هجوما").extent, span("القصف").extent  # in the first sentence, in the second


def test_every_metric_over_items_has_named_fields() -> None:
    assert tuple(FIELDS) == KEYS


def test_an_item_is_named_field_by_field() -> None:
    assert fields("AC+", (HERE, "Attack", THERE, "Time")) == {
        "trigger": HERE,
        "type": "Attack",
        "span": THERE,
        "role": "Time",
    }
    assert fields("TI", HERE) == {"trigger": HERE}  # a place alone, though it is a tuple of two
    assert fields("cue", ("sentence", 1)) == {"cue": ("sentence", 1)}


@UNHURRIED
@given(documents())
def test_the_names_fit_every_item(any_document: Document) -> None:
    for metric, found in items(any_document, any_document).items():
        for item in found:
            named = fields(metric, item)
            assert tuple(named) == FIELDS[metric]
            assert (next(iter(named.values())) if len(named) == 1 else tuple(named.values())) == item


def test_an_item_stands_where_its_cue_does_or_else_its_trigger_or_else_its_span() -> None:
    assert sentence_of(GOLD, {"cue": HERE, "trigger": THERE}) == 0
    assert sentence_of(GOLD, {"cue": THERE, "span": HERE}) == 1
    assert sentence_of(GOLD, {"trigger": THERE, "type": "Attack", "span": HERE}) == 1
    assert sentence_of(GOLD, {"type": "Attack", "span": THERE}) == 1
    assert sentence_of(GOLD, {"cue": ("sentence", 1)}) == 1
    assert sentence_of(GOLD, {"cue": ("sentence", None)}) == 0  # no cue, no source, no channel


def test_what_begins_between_sentences_belongs_to_the_earlier_one() -> None:
    newline = TEXT.index("\n")
    assert sentence_at(GOLD, Extent(newline, newline + 1)) == 0
    assert sentence_at(GOLD, Extent(newline + 1, newline + 2)) == 1
    assert sentence_at(GOLD, Extent(9999, 10000)) == 1
    indented = GOLD.model_copy(update={"sentences": GOLD.sentences[1:]})
    assert sentence_at(indented, Extent(0, 1)) == 0
    assert sentence_at(GOLD.model_copy(update={"sentences": ()}), Extent(3, 4)) == 0


def test_items_without_a_group_are_left_out() -> None:
    table = grouped(GOLD, PREDICTED, lambda item: item.get("type"))
    assert table["TC"] == {"Attack": Counts(2, 1, 1), "Die": Counts(1, 1, 0), "Injure": Counts(0, 1, 0)}
    assert table["TI"] == table["stance"] == {}


@UNHURRIED
@given(near_pairs())
def test_groups_of_all_items_add_up_to_the_whole(pair: tuple[Document, Document]) -> None:
    whole = counts(*pair)
    for metric, groups in grouped(*pair, lambda item: len(str(item)) % 3).items():
        assert sum(groups.values(), Counts()) == whole[metric]
