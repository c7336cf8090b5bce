"""Tags: seqeval's strict rules, and what a layer of tags cannot hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2

from khabar.corpus.iob import iob2
from khabar.document import Extent
from khabar.eval.counts import Counts
from khabar.eval.tags import KEYS, Sequences, sequences, tag_counts
from tests.eval.documents import GOLD, PREDICTED, TEXT, UNHURRIED, attribution, document, documents, event

WORDS = [Extent(0, 2), Extent(3, 5), Extent(6, 8), Extent(9, 11)]


def test_spans_are_written_as_iob2() -> None:
    assert iob2([(Extent(0, 5), "Agent"), (Extent(6, 8), "Time")], WORDS) == (["B-Agent", "I-Agent", "B-Time", "O"], 0)


def test_of_two_that_overlap_the_longer_stays() -> None:
    assert iob2([(Extent(0, 2), "Short"), (Extent(0, 5), "Long")], WORDS) == (["B-Long", "I-Long", "O", "O"], 1)


def test_of_two_of_a_length_that_overlap_the_earlier_stays() -> None:
    spans = [(Extent(3, 8), "Later"), (Extent(0, 5), "Earlier")]
    assert iob2(spans, WORDS) == (["B-Earlier", "I-Earlier", "O", "O"], 1)


def test_what_a_lost_span_covered_is_free_for_others() -> None:
    spans = [(Extent(0, 8), "A"), (Extent(6, 11), "B"), (Extent(9, 11), "C")]
    assert iob2(spans, WORDS) == (["B-A", "I-A", "I-A", "B-C"], 1)


def test_of_two_labels_on_one_span_the_same_one_stays_in_any_order() -> None:
    spans = [(Extent(0, 2), "Target"), (Extent(0, 2), "Agent")]
    assert iob2(spans, WORDS) == iob2(spans[::-1], WORDS) == (["B-Agent", "O", "O", "O"], 1)


def test_a_span_given_twice_is_not_lost() -> None:
    assert iob2([(Extent(0, 2), "Agent")] * 2, WORDS) == (["B-Agent", "O", "O", "O"], 0)


@pytest.mark.parametrize("span", [(0, 1), (1, 5), (2, 2), (0, 0), (5, 0), (0, 40), (40, 42), (2, 3)])
def test_a_span_that_is_not_made_of_tokens_is_lost_and_takes_no_place(span: tuple[int, int]) -> None:
    assert iob2([(Extent(*span), "Agent"), (Extent(0, 2), "Time")], WORDS) == (["B-Time", "O", "O", "O"], 1)


def test_seqevals_leniency_is_kept_out() -> None:
    """Every default of seqeval lets this prediction score 1; `I-` without `B-` is no span here."""
    gold, predicted = [["B-T", "I-T", "O", "B-A"]], [["I-T", "I-T", "O", "I-A"]]
    assert f1_score(gold, predicted) == 1
    assert tag_counts(Sequences(gold, predicted, 0)) == Counts(2, 0, 0)


def test_a_sentence_is_a_sequence_of_triggers_and_of_attribution() -> None:
    layers = sequences(GOLD, PREDICTED)
    #   قال الجيش لرويترز إن هجوما صاروخيا أصاب القاعدة أمس .  |  وأضاف أن القصف أدى إلى مقتل جندي .
    o = ["O"]
    assert layers["tags.trigger"].gold == [
        o * 4 + ["B-Attack"] + o * 5,
        o * 2 + ["B-Attack"] + o * 2 + ["B-Die"] + o * 2,
    ]
    assert layers["tags.trigger"].predicted == [
        o * 4 + ["B-Attack", "O", "B-Injure"] + o * 3,
        o * 2 + ["B-Die"] + o * 5,
    ]
    assert layers["tags.attribution"].gold == [["B-Cue", "B-Source", "B-Channel"] + o * 7, ["B-Cue"] + o * 7]


def test_an_event_is_a_sequence_of_arguments_and_one_without_a_partner_stands_against_o_alone() -> None:
    layer = sequences(GOLD, PREDICTED)["tags.argument"]
    o = ["O"]
    attack = o * 5 + ["B-Instrument", "O", "B-Target", "B-Time", "O"]
    victim, none = o * 6 + ["B-Victim", "O"], o * 8
    assert list(zip(layer.gold, layer.predicted, strict=True)) == [
        (attack, o * 5 + ["B-Instrument", "O", "B-Place", "O", "O"]),  # Attack هجوما, on both sides
        (o * 10, o * 7 + ["B-Victim", "O", "O"]),  # Injure أصاب, predicted only
        (none, victim),  # Die القصف, predicted only
        (victim, none),  # Die مقتل, gold only
    ]


def test_an_event_of_another_type_is_another_event() -> None:
    gold = document(event("e1", "Attack", "هجوما", ("Time", "أمس")))
    predicted = document(event("e1", "Explosion", "هجوما", ("Time", "أمس")))
    assert tag_counts(sequences(gold, predicted)["tags.argument"]) == Counts(1, 1, 0)


def test_a_phrase_in_two_events_is_lost_in_neither() -> None:
    both = document(event("e1", "Attack", "هجوما", ("Time", "أمس")), event("e2", "Injure", "أصاب", ("Time", "أمس")))
    layer = sequences(both, both)["tags.argument"]
    assert tag_counts(layer) == Counts(2, 2, 2, lost=0)


def test_lost_counts_both_sides() -> None:
    nested = document(event("e1", "Attack", "أصاب", ("Agent", "هجوما صاروخيا"), ("Instrument", "صاروخيا")))
    flat = document(event("e1", "Attack", "أصاب", ("Agent", "هجوما صاروخيا")))
    assert tag_counts(sequences(nested, flat)["tags.argument"]) == Counts(1, 1, 1, lost=1)
    assert tag_counts(sequences(flat, nested)["tags.argument"]) == Counts(1, 1, 1, lost=1)
    assert tag_counts(sequences(nested, nested)["tags.argument"]) == Counts(1, 1, 1, lost=2)


def test_an_argument_in_another_sentence_than_its_trigger_is_lost() -> None:
    far = document(event("e1", "Attack", "هجوما", ("Victim", "جندي")))
    assert tag_counts(sequences(far, document())["tags.argument"]) == Counts(0, 0, 0, lost=1)


def test_a_source_in_another_sentence_than_its_cue_is_tagged_where_it_stands() -> None:
    far = document(attribution("a1", "وأضاف", sources=("الجيش",)))
    assert tag_counts(sequences(far, far)["tags.attribution"]) == Counts(2, 2, 2, lost=0)


def test_a_span_across_two_sentences_is_lost() -> None:
    across = document(attribution("a1", "قال", sources=("أمس.\nوأضاف",)))
    assert tag_counts(sequences(document(), across)["tags.attribution"]) == Counts(0, 1, 0, lost=1)


def test_a_trigger_between_sentences_is_lost_with_its_arguments() -> None:
    between = event("e1", "Attack", "هجوما", ("Time", "أمس"))
    between = between.model_copy(update={"trigger": document().span(TEXT.index("\n"), TEXT.index("\n") + 1)})
    layers = sequences(document(), document(between))
    assert tag_counts(layers["tags.trigger"]) == Counts(0, 0, 0, lost=1)
    assert tag_counts(layers["tags.argument"]) == Counts(0, 0, 0, lost=1)


def test_cuts_of_gold_make_tokens_on_both_sides() -> None:
    text = "وذكرالجيش اللبناني"
    annotated = document(attribution("a1", "وذكر", sources=("الجيش اللبناني",), text=text), text=text)
    gold = annotated.model_copy(update={"meta": {"cuts": [4]}})
    assert tag_counts(sequences(gold, annotated)["tags.attribution"]) == Counts(2, 2, 2, lost=0)
    assert tag_counts(sequences(annotated, gold)["tags.attribution"]) == Counts(0, 0, 0, lost=4)


@UNHURRIED
@given(st.lists(st.tuples(documents(), documents(aligned=False)), min_size=1, max_size=3))
def test_counts_added_over_documents_are_seqevals_micro_average(pairs: list) -> None:
    """With `mode='strict'`, `scheme=IOB2` on all sequences of all documents at once."""
    by_document = [sequences(gold, predicted) for gold, predicted in pairs]
    for key in KEYS:
        ours = sum((tag_counts(layers[key]) for layers in by_document), Counts())
        gold = [tags for layers in by_document for tags in layers[key].gold]
        predicted = [tags for layers in by_document for tags in layers[key].predicted]
        if not gold:
            assert (ours.gold, ours.predicted) == (0, 0)
            continue
        precision, recall, f1, support = precision_recall_fscore_support(
            gold, predicted, average="micro", scheme=IOB2, zero_division=0
        )
        assert (ours.precision, ours.recall, ours.gold) == (precision, recall, support)
        assert ours.f1 == pytest.approx(f1, abs=1e-15)
        assert ours.f1 == pytest.approx(f1_score(gold, predicted, mode="strict", scheme=IOB2, zero_division=0))


@UNHURRIED
@given(documents(aligned=False))
def test_every_span_is_tagged_or_lost(any_document: object) -> None:
    """Triggers of one type on one place are one span; arguments are counted by event."""
    layers = sequences(any_document, any_document)
    triggers = {(e.trigger.extent, e.type) for e in any_document.events}
    arguments = {(e.trigger.extent, e.type, a.extent, a.role) for e in any_document.events for a in e.arguments}
    for key, spans in (("tags.trigger", triggers), ("tags.argument", arguments)):
        found = tag_counts(layers[key])
        assert found.gold == found.predicted == found.correct
        assert found.gold + found.lost // 2 == len(spans)
