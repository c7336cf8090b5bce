"""Documents to word pieces and gold tags: every word is scored once, no gold span is lost unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.arabic import tokens
from khabar.corpus.store import Project
from khabar.document import Argument, Document, Extent, Span
from khabar.errors import InputError
from khabar.ontology import default_ontology
from khabar.training.encode import IGNORED, Window, Windows, examples, gold_mentions, with_sentences, words_of
from khabar.training.layers import Mention, layers_of
from tests.conftest import spans
from tests.training.encoders import tokenizer

LAYERS = layers_of(default_ontology())
TOKENIZER = tokenizer()


def scored(windows: Sequence[Window]) -> list[int]:
    return [word for window in windows for word, _ in enumerate(window.positions, window.first)]


def text_of(lengths: Sequence[int]) -> str:
    """Words of these lengths; the tokenizer gives each as many pieces."""
    return " ".join(("اب" * length)[:length] for length in lengths)


def test_sentences_are_computed_where_a_document_has_none(document: Document) -> None:
    bare = document.model_copy(update={"sentences": ()})
    assert with_sentences(bare) == document


def test_a_cut_word_is_two_words() -> None:
    document = with_sentences(Document(id="fused", text="وذكرالجيش أمس", meta={"cuts": [4]}))
    assert words_of(document) == [[Extent(0, 4), Extent(4, 9), Extent(10, 13)]]


def test_gold_mentions_are_counted_in_words_of_their_sentence(document: Document) -> None:
    (first, second), lost = gold_mentions(document, words_of(document), LAYERS)
    assert first.trigger == [Mention("Attack", 7, 8)]
    assert first.argument == [Mention("Instrument", 5, 7), Mention("Origin", 9, 11), Mention("Time", 11, 12)]
    assert first.attribution == [Mention("Cue", 0, 1), Mention("Source", 1, 3), Mention("Channel", 3, 4)]
    assert second.trigger == [Mention("Attack", 2, 3), Mention("Injure", 6, 7)]
    assert second.attribution == [Mention("Cue", 0, 1)]
    assert lost.total() == 0


def test_overlapping_arguments_are_lost_and_counted(document: Document) -> None:
    fired = document.events[0]
    nested = Argument(role="Agent", **document.span(*spans(document, "خمسة")).model_dump())
    event = fired.model_copy(update={"arguments": (*fired.arguments, nested)})
    changed = document.model_copy(update={"events": (event, *document.events[1:])})
    (first, _), lost = gold_mentions(changed, words_of(changed), LAYERS)
    assert [mention.label for mention in first.argument] == ["Instrument", "Origin", "Time"]
    assert lost == Counter({"argument": 1})


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("طلقت", "news: events[0].trigger: does not begin and end on words of one sentence"),
        ("الأحد.\nوأضافا", "news: events[0].trigger: does not begin and end on words of one sentence"),
        ("أطلقت من", "news: events[0].trigger: 'أطلقت من' is more than one word"),
    ],
    ids=["half a word", "across sentences", "two words"],
)
def test_a_trigger_that_is_not_a_word_is_an_error(document: Document, phrase: str, told: str) -> None:
    event = document.events[0].model_copy(update={"trigger": document.span(*spans(document, phrase))})
    changed = document.model_copy(update={"events": (event,), "attributions": ()})
    with pytest.raises(InputError) as error:
        gold_mentions(changed, words_of(changed), LAYERS)
    assert str(error.value).startswith(told)


def test_a_span_that_says_something_else_than_the_text_is_an_error(document: Document) -> None:
    event = document.events[0].model_copy(update={"trigger": Span(start=0, end=3, text="نفى")})
    changed = document.model_copy(update={"events": (event,), "attributions": ()})
    with pytest.raises(InputError, match=r"news: events\[0\].trigger: is not what the text says there"):
        gold_mentions(changed, words_of(changed), LAYERS)


def test_a_label_that_the_ontology_lacks_is_an_error(document: Document) -> None:
    event = document.events[0].model_copy(update={"type": "Dance"})
    changed = document.model_copy(update={"events": (event,), "attributions": ()})
    with pytest.raises(InputError, match="Dance is not in the ontology"):
        gold_mentions(changed, words_of(changed), LAYERS)


def test_a_window_begins_and_ends_with_the_tokenizers_own_special_pieces() -> None:
    (window,) = Windows(TOKENIZER, 64, 16)("قال بيان", tokens("قال بيان"))
    assert (window.pieces[0], window.pieces[-1]) == (TOKENIZER.cls_token_id, TOKENIZER.sep_token_id) == (40, 8)
    assert window.positions == [1, 4]
    assert [TOKENIZER.convert_ids_to_tokens(window.pieces[i]) for i in window.positions] == ["ق", "ب"]


def test_a_word_of_which_normalisation_leaves_nothing_is_unknown() -> None:
    text = "قال 🚀 بيان"
    (window,) = Windows(TOKENIZER, 64, 16)(text, tokens(text))
    assert window.pieces[window.positions[1]] == TOKENIZER.unk_token_id
    assert scored([window]) == [0, 1, 2]


def test_a_sentence_without_words_has_no_window() -> None:
    assert Windows(TOKENIZER, 64, 16)("", []) == []


def test_a_word_in_two_windows_is_scored_where_it_has_more_context() -> None:
    text = text_of([1] * 12)
    first, second = Windows(TOKENIZER, 10, 4)(text, tokens(text))
    assert len(first.pieces) == len(second.pieces) == 10
    assert (scored([first]), scored([second])) == ([0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11])
    assert second.positions == [3, 4, 5, 6, 7, 8]


@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=60),
    max_length=st.integers(8, 40),
    data=st.data(),
)
def test_every_word_is_scored_once_and_no_window_is_too_long(
    lengths: list[int], max_length: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(0, max_length // 2))
    text = text_of(lengths)
    windows = Windows(TOKENIZER, max_length, stride)(text, tokens(text))
    assert scored(windows) == list(range(len(lengths)))
    assert all(len(window.pieces) <= max_length for window in windows)
    first_letter = TOKENIZER.convert_tokens_to_ids("ا")
    assert all(window.pieces[position] == first_letter for window in windows for position in window.positions)


def test_labels_stand_on_first_pieces_and_nowhere_else(document: Document) -> None:
    found, _ = examples(document, Windows(TOKENIZER, 64, 16), LAYERS)
    label = next(row for row in found[0].labels if row[0] != IGNORED)
    assert label == [0, 0, LAYERS.attribution.index["B-Cue"]]
    counted = sum(row != [IGNORED] * 3 for example in found for row in example.labels)
    assert counted == sum(map(len, words_of(document)))


def test_a_gold_span_lost_to_truncation_is_an_error(document: Document) -> None:
    whole = Windows(TOKENIZER, 16, 4)

    def truncated(text: str, words: Sequence[Extent]) -> list[Window]:
        return whole(text, words)[:1]

    with pytest.raises(InputError, match=r"news: sentences\[0\]: only \d+ of 13 words fit the windows"):
        examples(document, truncated, LAYERS)


def test_windows_change_nothing_in_what_there_is_to_learn(project: Project) -> None:
    document = max(project.gold_documents(), key=lambda document: len(document.text))

    def learned(windows: Windows) -> list[list[int]]:
        return [row for e in examples(document, windows, LAYERS)[0] for row in e.labels if row != [IGNORED] * 3]

    assert learned(Windows(TOKENIZER, 24, 12)) == learned(Windows(TOKENIZER, 4096, 0))
