"""Which pairs are asked about: what the scheme allows, near enough, each once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from khabar.corpus.store import Project
from khabar.document import Extent
from khabar.training.blocks import pairs_of
from khabar.training.encode import words_of
from khabar.training.pairs import CHANNELS, EVENTS, PLACES, SOURCES, argument_pairs, link_pairs
from khabar.training.structure import Structure, Trigger, gold


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """Any triggers, cues and sources in up to six sentences of two documents."""
    lengths = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6))
    words = st.integers(0, sum(lengths) - 1)
    first = draw(st.integers(0, len(lengths)))
    triggers = sorted(draw(st.sets(words, max_size=6)))
    cues = sorted(draw(st.sets(words, max_size=4)))
    sources = sorted(Extent(word, word + 1) for word in draw(st.sets(words, max_size=6)))
    groups = [int(i >= first) for i in range(len(lengths))]
    return Structure(lengths, groups, [Trigger(word, 0) for word in triggers], cues, sources)


def sentence_of(structure: Structure, word: int) -> int:
    return int(np.searchsorted(structure.bounds(), word, side="right")) - 1


@given(structures())
def test_a_trigger_is_asked_about_every_word_of_its_sentence(structure: Structure) -> None:
    asked = [tuple(pair) for pair in argument_pairs(structure).indices.tolist()]
    assert asked == [
        (i, word)
        for i, trigger in enumerate(structure.triggers)
        for word in range(sum(structure.lengths))
        if sentence_of(structure, word) == sentence_of(structure, trigger.word)
    ]


@given(structures())
def test_a_cue_is_asked_about_sources_of_its_own_document_up_to_its_own_sentence(structure: Structure) -> None:
    asked = {tuple(pair) for pair in link_pairs(structure, structure.sources, SOURCES).indices.tolist()}
    for i, cue in enumerate(structure.cues):
        home = sentence_of(structure, cue)
        for j, (start, _) in enumerate(structure.sources):
            sentence = sentence_of(structure, start)
            same = structure.groups[sentence] == structure.groups[home]
            assert ((i, j) in asked) == (same and sentence <= home and start != cue)


@given(structures())
def test_every_place_is_a_row_of_the_embedding_and_columns_share_none(structure: Structure) -> None:
    for pairs in (argument_pairs(structure), link_pairs(structure, structure.sources, EVENTS)):
        assert len(pairs.places) == len(pairs.indices)
        columns = [set(column) for column in pairs.places.T.tolist()]
        assert all(0 <= place < PLACES for column in columns for place in column)
        assert sum(map(len, columns)) == len(set().union(*columns))


def test_how_two_stand_to_each_other_is_told() -> None:
    structure = Structure([12], [0], cues=[0, 6], sources=[Extent(1, 3), Extent(8, 9)])
    pairs = link_pairs(structure, structure.sources, SOURCES)
    places = dict(zip(map(tuple, pairs.indices.tolist()), pairs.places.tolist(), strict=True))
    (right_after, home, nothing_between, no_cue_between) = places[0, 0]
    assert places[0, 1] == [right_after + 3, home, nothing_between + 1, no_cue_between + 1]
    assert places[1, 1][1:] == [home, nothing_between, no_cue_between]
    assert places[1, 0] == [right_after + 9, home, nothing_between, no_cue_between]


def test_memory_stays_linear_in_the_length_of_a_sentence() -> None:
    words = 5000
    structure = Structure([words], [0], [Trigger(i, 0) for i in range(words)], list(range(words)))
    assert len(argument_pairs(structure).indices) <= words * 257
    events = [Extent(i, i + 1) for i in range(words)]
    assert len(link_pairs(structure, events, EVENTS).indices) <= words * EVENTS.most


def test_nearly_every_link_of_the_corpus_is_asked_about(project: Project) -> None:
    for document in project.gold_documents():
        right = gold(document, words_of(document), project.ontology)
        for name in ("sources", "events"):
            asked = {tuple(pair) for pair in pairs_of(right.structure, name).indices.tolist()}
            assert getattr(right, name) <= asked, (document.id, name)


def test_channels_are_looked_for_at_home() -> None:
    structure = Structure([4, 4], [0, 0], cues=[4], channels=[Extent(1, 2), Extent(6, 7)])
    pairs = link_pairs(structure, structure.channels, CHANNELS)
    assert (pairs.indices.tolist(), pairs.home.tolist()) == ([[0, 1]], [True])


def test_the_rule_links_a_mention_to_the_nearest_cue_and_an_event_to_the_cue_before_it() -> None:
    mentions = [Extent(1, 3), Extent(5, 6), Extent(12, 13)]
    structure = Structure([10, 5], [0, 0], [], [0, 6, 14], mentions)
    sources, channels, events = (
        {tuple(pair) for pair, rule in zip(pairs.indices.tolist(), pairs.rule.tolist(), strict=True) if rule == 1}
        for pairs in (link_pairs(structure, mentions, reach) for reach in (SOURCES, CHANNELS, EVENTS))
    )
    assert sources == channels == {(0, 0), (1, 1), (2, 2)}
    assert events == {(0, 0), (0, 1)}


def test_the_rule_gives_a_cue_that_has_no_source_the_nearest_one_before_it() -> None:
    structure = Structure([4, 4], [0, 0], cues=[0, 4], sources=[Extent(1, 2), Extent(3, 4)])
    pairs = link_pairs(structure, structure.sources, SOURCES)
    rules = dict(zip(map(tuple, pairs.indices.tolist()), pairs.rule.tolist(), strict=True))
    assert rules == {(0, 0): 1, (0, 1): 1, (1, 0): -1, (1, 1): 1}


def test_the_rule_never_links_across_documents() -> None:
    structure = Structure([4, 4], [0, 1], cues=[4], sources=[Extent(1, 2)])
    assert link_pairs(structure, structure.sources, SOURCES).indices.tolist() == []
