"""What stood before is left out: the same paragraph, nearly the same document."""

from __future__ import annotations

import numpy as np

from khabar.training.pretraining.duplicates import Duplicates, Words


def words(*numbers: int) -> Words:
    return np.array(numbers, dtype=np.int32)


def test_a_paragraph_is_new_once() -> None:
    seen = Duplicates(0.7)
    first, second = words(1, 2, 3), words(1, 2)
    assert len(seen.new_paragraphs([first, second, first])) == 2
    assert seen.new_paragraphs([second]) == []


def test_a_document_with_a_few_words_changed_is_like_the_first() -> None:
    seen = Duplicates(0.7)
    document = np.arange(300, dtype=np.int32)
    changed = document.copy()
    changed[[50, 200]] = 999
    assert not seen.is_like_an_earlier(document)
    assert seen.is_like_an_earlier(changed)


def test_a_document_that_shares_a_third_is_not() -> None:
    seen = Duplicates(0.7)
    assert not seen.is_like_an_earlier(np.arange(300, dtype=np.int32))
    assert not seen.is_like_an_earlier(np.arange(200, 500, dtype=np.int32))


def test_the_same_words_in_another_order_are_another_document() -> None:
    seen = Duplicates(0.7)
    document = np.arange(300, dtype=np.int32)
    assert not seen.is_like_an_earlier(document)
    assert not seen.is_like_an_earlier(document[::-1].copy())


def test_a_document_of_two_words_is_like_none() -> None:
    seen = Duplicates(0.7)
    assert not seen.is_like_an_earlier(words(1, 2))
    assert not seen.is_like_an_earlier(words(1, 2))
