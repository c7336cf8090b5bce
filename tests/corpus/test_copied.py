"""Copied runs are found whatever separates or decorates the words, and only where eight stand in a row."""

from __future__ import annotations

from khabar.corpus.copied import RUN, copies, word_runs
from tests.conftest import blank

SENTENCE = "قال متحدث باسم الوزارة إن اللجنة أنهت عملها في الإقليم"


def test_eight_words_in_a_row_are_a_copy_and_seven_are_none() -> None:
    document = blank("mine", SENTENCE)
    words = SENTENCE.split()
    assert copies([document], [("theirs", "أمس " + " ".join(words[:RUN]) + " أيضا")])[0].run == " ".join(words[:RUN])
    assert copies([document], [("theirs", " ".join(words[: RUN - 1]))]) == []


def test_punctuation_and_harakat_hide_nothing() -> None:
    other = "قالَ مُتحدثٌ باسم الوزارة: إن اللجنة، أنهت عملها"
    (copy,) = copies([blank("mine", SENTENCE)], [("theirs", other)])
    assert (copy.document, copy.text) == ("mine", "theirs")


def test_a_document_is_no_copy_of_itself_and_each_run_is_told_once() -> None:
    first, second = blank("first", SENTENCE), blank("second", SENTENCE)
    texts = [(d.id, d.text) for d in (first, second)] * 2
    found = copies([first, second], texts)
    assert {(copy.document, copy.text) for copy in found} == {("first", "second"), ("second", "first")}
    assert len(found) == 2 * len(list(word_runs(SENTENCE)))
