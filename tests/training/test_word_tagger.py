"""Plain fine-tuning: every word gets one tag, and the same recipe gives the same weights."""

from __future__ import annotations

import pytest
import torch

from khabar.errors import InputError
from khabar.training.word_tagger import WordTagger
from tests.training.encoders import TINY

SENTENCES = [["زار", "برند", "برلين", "."], ["في", "بغداد", "."]]
TAGS = [["O", "B-PERS", "B-LOC", "O"], ["O", "B-LOC", "O"]]


def fitted(seed: int = 1, epochs: int = 2) -> WordTagger:
    return WordTagger.fit(TINY.changed(seed=seed, epochs=epochs), SENTENCES, TAGS, None)


def same(first: WordTagger, second: WordTagger) -> bool:
    weights = second.model.state_dict()
    return all(torch.equal(tensor, weights[name]) for name, tensor in first.model.state_dict().items())


def test_the_same_seed_gives_the_same_weights_and_another_one_others() -> None:
    first = fitted()
    assert same(first, fitted())
    assert not same(first, fitted(seed=2))


def test_what_was_learned_is_tagged_whatever_stands_beside_it() -> None:
    tagger = fitted(epochs=60)
    assert tagger(SENTENCES) == TAGS
    assert tagger(SENTENCES[::-1]) == TAGS[::-1]
    assert tagger(SENTENCES[:1]) == TAGS[:1]


@pytest.mark.parametrize("word", ["\u200f", "🚀", "(د", "12مليون", "ـــ", "http://a.b", "ق" * 500])
def test_every_word_has_a_tag_however_odd(word: str) -> None:
    (tags,) = fitted(epochs=1)([[word, "في", word]])
    assert len(tags) == 3
    assert set(tags) <= {"O", "B-PERS", "B-LOC"}


def test_words_are_read_without_harakat() -> None:
    tagger = fitted(epochs=60)
    assert tagger([["فِي", "بَغْداد", "."]]) == [["O", "B-LOC", "O"]]


def test_nothing_to_learn_is_told() -> None:
    with pytest.raises(InputError, match="no sentences"):
        WordTagger.fit(TINY, [], [], None)
