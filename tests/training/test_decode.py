"""Logits to mentions: the best legal tags, and spans with clean edges."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from khabar.arabic import tokens
from khabar.corpus.store import Project
from khabar.document import Extent
from khabar.training.decode import Floats, best_tags, mentions_of, trimmed
from khabar.training.encode import gold_mentions, words_of
from khabar.training.layers import Layer, Mention, layers_of

LAYER = Layer("attribution", ("Cue", "Source", "Channel"), one_word=frozenset({"Cue"}))
ROLES = Layer("argument", ("Agent", "Target"))


def sure(tags: list[int], layer: Layer) -> Floats:
    """Logits of a model that has no doubt."""
    return np.where(np.arange(len(layer.tags)) == np.array(tags)[:, None], 10.0, -10.0).astype(np.float32)


def is_legal(tags: tuple[int, ...], layer: Layer) -> bool:
    names = ["O", *(layer.tags[tag] for tag in tags)]
    return all(not after.startswith("I-") or before in (after, f"B-{after[2:]}") for before, after in pairwise(names))


@given(arrays(np.float32, st.tuples(st.integers(1, 5), st.just(len(LAYER.tags))), elements=st.floats(-5, 5, width=32)))
def test_the_tags_are_the_most_probable_legal_ones(logits: Floats) -> None:
    tags, scores = best_tags(logits, LAYER)
    assert is_legal(tuple(tags), LAYER)

    def total(sequence: tuple[int, ...]) -> float:
        return float(sum(logits[i, tag] for i, tag in enumerate(sequence)))

    legal = (tags for tags in product(range(len(LAYER.tags)), repeat=len(logits)) if is_legal(tags, LAYER))
    assert total(tuple(tags)) == pytest.approx(max(map(total, legal)), abs=1e-3)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert scores == pytest.approx([tag and probabilities[i, tag] for i, tag in enumerate(tags)], abs=1e-5)


def test_an_inside_tag_that_stands_alone_is_mended_from_its_surroundings() -> None:
    logits = np.zeros((2, len(ROLES.tags)), dtype=np.float32)
    logits[0, ROLES.index["O"]], logits[0, ROLES.index["B-Agent"]] = 2.0, 1.5
    logits[1, ROLES.index["I-Agent"]] = 5.0
    tags, _ = best_tags(logits, ROLES)
    assert [ROLES.tags[tag] for tag in tags] == ["B-Agent", "I-Agent"]


def test_a_sentence_without_words_has_no_tags() -> None:
    assert best_tags(np.zeros((0, len(ROLES.tags)), dtype=np.float32), ROLES) == ([], [])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("بيان الجيش", "بيان الجيش"),
        ("«بيان الجيش»,", "بيان الجيش"),
        ("بيان الجيش)", "بيان الجيش"),
        ("بيان (الجيش)", "بيان (الجيش)"),
        ("(بيان) الجيش", "(بيان) الجيش"),
        ('بيان "الجيش"', 'بيان "الجيش"'),
        ('بيان الجيش"', "بيان الجيش"),
        ("بيان الجيش،", "بيان الجيش"),
        ("/ سبتمبر/أيلول /", "سبتمبر/أيلول"),
        ("نسبة 12%", "نسبة 12%"),
        ('"بيان الجيش"', "بيان الجيش"),
        ('"بيان" و"الجيش"', '"بيان" و"الجيش"'),
        ("(«بيان» الجيش)", "«بيان» الجيش"),
        ("»»", ""),
        ("%", ""),
    ],
)
def test_a_span_loses_the_punctuation_around_it_and_keeps_pairs(text: str, kept: str) -> None:
    words = tokens(text)
    start, end = trimmed(text, words, 0, len(words))
    assert (text[words[start].start : words[end - 1].end] if start < end else "") == kept


def test_mentions_are_places_in_the_text() -> None:
    text = "أعلن «الجيش اللبناني» أمس"
    words = tokens(text)
    tags = ROLES.encode([Mention("Agent", 1, 5)], len(words))
    (found,) = mentions_of(text, words, sure(tags, ROLES), ROLES)
    assert text[found.start : found.end] == "الجيش اللبناني"
    assert found.label == "Agent"
    assert found.score == pytest.approx(1, abs=1e-4)


def test_a_trigger_on_a_punctuation_mark_is_none() -> None:
    layer = Layer("trigger", ("Attack",), one_word=frozenset({"Attack"}))
    assert mentions_of("!", [Extent(0, 1)], sure([1], layer), layer) == []


def test_perfect_logits_give_the_gold_back(project: Project) -> None:
    layers = layers_of(project.ontology)
    for document in project.gold_documents():
        words = words_of(document)
        for inside, sentence in zip(words, gold_mentions(document, words, layers)[0], strict=True):
            for layer, gold in zip(layers, sentence, strict=True):
                logits = sure(layer.encode(gold, len(inside)), layer)
                found = [tuple(mention[:3]) for mention in mentions_of(document.text, inside, logits, layer)]
                assert found == [(m.label, inside[m.start].start, inside[m.end - 1].end) for m in gold]
