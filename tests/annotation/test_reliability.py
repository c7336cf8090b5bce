"""Overlap F1, Krippendorff's alpha and the worst sentences, on examples that can be counted by hand."""

from __future__ import annotations

import pytest

from khabar.annotation.agreement import Found
from khabar.annotation.reliability import alpha, overlap_agreement, worst_passages
from khabar.arabic import is_word, tokens
from khabar.document import Argument, Document
from tests.conftest import spans


@pytest.fixture
def other(document: Document) -> Document:
    """As the document, but one phrase is a word shorter, and the second sentence has no event."""
    start, end = spans(document, "صواريخ")
    shorter = Argument(role="Instrument", start=start, end=end, text="صواريخ")
    fired = document.events[0]
    arguments = tuple(shorter if a.role == "Instrument" else a for a in fired.arguments)
    first, second = document.attributions
    return document.model_copy(
        update={
            "events": (fired.model_copy(update={"arguments": arguments}),),
            "attributions": (first, second.model_copy(update={"events": ()})),
        }
    )


def test_a_boundary_that_is_off_still_overlaps(document: Document, other: Document) -> None:
    found = overlap_agreement([document], [other])
    assert found["argument with role"] == Found(3, 3, 3)
    assert found["trigger"] == Found(3, 1, 1)
    assert found["cue"] == Found(2, 2, 2)


def test_alpha_is_taken_over_words(document: Document, other: Document) -> None:
    values = alpha([document], [other])
    assert values["Origin"] == 1.0
    # Two words of n to A, one of them to B: nominal alpha = 1 - (2n - 1) * Do / (2 * n0 * n1), Do two cells of 2n.
    n = sum(is_word(document.text[t.start : t.end]) for t in tokens(document.text))
    assert values["Instrument"] == pytest.approx(1 - (2 * n - 1) * 2 / (2 * 3 * (2 * n - 3)))
    assert "Arrest" not in values


def test_the_worst_sentence_comes_first(document: Document, other: Document) -> None:
    first, second = worst_passages([document], [other], 5)
    assert first.text.startswith("وأضافا")
    assert first.found.f1 < second.found.f1 < 1
    assert worst_passages([document], [document], 5) == []
