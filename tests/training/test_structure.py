"""What is learned from a document: triggers with their own arguments, cues with what they are linked to."""

from __future__ import annotations

import pytest

from khabar.corpus.store import Project
from khabar.document import Argument, Document, Extent, Span
from khabar.errors import InputError
from khabar.ontology import default_ontology
from khabar.training.encode import words_of
from khabar.training.layers import Mention
from khabar.training.structure import Trigger, gold, join
from tests.conftest import annotated, spans

ONTOLOGY = default_ontology()
ATTACK, INJURE = ONTOLOGY.types.index("Attack"), ONTOLOGY.types.index("Injure")


def test_words_are_counted_through_all_sentences(document: Document) -> None:
    found = gold(document, words_of(document), ONTOLOGY)
    structure = found.structure
    assert structure.lengths == [13, 8]
    assert structure.triggers == [Trigger(7, ATTACK), Trigger(15, ATTACK), Trigger(19, INJURE)]
    assert structure.cues == [0, 13]
    assert (structure.sources, structure.channels) == ([Extent(1, 3)], [Extent(3, 4)])
    assert found.roles == [[Mention("Instrument", 5, 7), Mention("Origin", 9, 11), Mention("Time", 11, 12)], [], []]
    assert found.speakers == [Mention("Source", 1, 3), Mention("Channel", 3, 4)]


def test_a_cue_is_linked_to_its_source_wherever_it_stands_and_to_the_events_it_covers(document: Document) -> None:
    found = gold(document, words_of(document), ONTOLOGY)
    assert found.sources == found.channels == {(0, 0), (1, 0)}
    assert found.events == {(0, 0), (1, 1), (1, 2)}


def test_values_are_indices_into_the_ontologys(document: Document) -> None:
    found = gold(document, words_of(document), ONTOLOGY)
    assert found.polarity == [0, 0, ONTOLOGY.polarity.index("Negative")]
    assert (found.realis, found.stance, found.said) == ([0, 0, 0], [0, 0], [0, 0])


def test_what_lies_outside_a_stretch_is_left_out_with_the_links_to_it(document: Document) -> None:
    found = gold(document, words_of(document), ONTOLOGY, first=1)
    assert found.structure.triggers == [Trigger(2, ATTACK), Trigger(6, INJURE)]
    assert (found.structure.cues, found.structure.sources, found.sources) == ([0], [], frozenset())
    assert found.events == {(0, 0), (0, 1)}


def test_one_phrase_in_the_arguments_of_two_triggers_is_learned_for_both(document: Document) -> None:
    injure = document.events[2]
    shared = Argument(role="Agent", **document.span(*spans(document, "الهجوم لم")).model_dump())
    wider = Argument(role="Agent", **document.span(*spans(document, "أن الهجوم لم")).model_dump())
    events = (
        document.events[0],
        document.events[1].model_copy(update={"arguments": ()}),
        injure.model_copy(update={"arguments": (shared,)}),
        injure.model_copy(update={"id": "e4", "trigger": document.span(*spans(document, "عن")), "arguments": (wider,)}),
    )
    found = gold(document.model_copy(update={"events": events}), words_of(document), ONTOLOGY)
    assert found.roles[2:] == [[Mention("Agent", 15, 17)], [Mention("Agent", 14, 17)]]
    assert found.lost.total() == 0


def test_overlapping_arguments_of_one_trigger_are_lost_and_counted(document: Document) -> None:
    fired = document.events[0]
    nested = Argument(role="Agent", **document.span(*spans(document, "خمسة")).model_dump())
    event = fired.model_copy(update={"arguments": (*fired.arguments, nested)})
    changed = document.model_copy(update={"events": (event, *document.events[1:])})
    assert gold(changed, words_of(changed), ONTOLOGY).lost["argument"] == 1


def test_an_unsound_span_is_told_with_its_place(document: Document) -> None:
    wrong = document.attributions[0].model_copy(update={"channels": (Span(start=0, end=3, text="نفى"),)})
    changed = document.model_copy(update={"attributions": (wrong,)})
    with pytest.raises(InputError, match=r"news: attributions\[0\].channels\[0\]: is not what the text says there"):
        gold(changed, words_of(changed), ONTOLOGY)


def test_stretches_are_joined_each_a_group_of_its_own() -> None:
    one = annotated()
    part = gold(one, words_of(one), ONTOLOGY)
    both = join([part, part])
    assert both.structure.groups == [0, 0, 1, 1]
    assert both.structure.cues == [0, 13, 21, 34]
    assert both.structure.sources == [Extent(1, 3), Extent(22, 24)]
    assert both.roles[3][0] == Mention("Instrument", 26, 28)
    assert both.sources == {(0, 0), (1, 0), (2, 1), (3, 1)}
    assert both.events == {(0, 0), (1, 1), (1, 2), (2, 3), (3, 4), (3, 5)}


def test_no_argument_of_the_corpus_is_lost(project: Project) -> None:
    for document in project.gold_documents():
        assert gold(document, words_of(document), project.ontology).lost["argument"] == 0, document.id
