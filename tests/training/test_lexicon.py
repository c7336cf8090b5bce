"""The floor: words that were triggers are triggers, words that were cues are cues."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from khabar.corpus.store import Project
from khabar.document import Document, Event
from khabar.errors import InputError
from khabar.ontology import default_ontology
from khabar.training.lexicon import Entry, LexiconTagger, stem
from tests.conftest import blank

ONTOLOGY = default_ontology()


def taught(text: str, **triggers: str) -> Document:
    """A document whose triggers are given by word: `قصف="Attack -"` labels its first occurrence, and not its second."""
    document = blank(text=text)
    events = []
    for word, types in triggers.items():
        start = -1
        for label in types.split():
            start = text.index(word, start + 1)
            if label != "-":
                span = document.span(start, start + len(word))
                values = {"polarity": "Positive", "realis": "Actual"}
                events.append(Event(id=f"e{len(events)}", type=label, trigger=span, **values))
    return document.model_copy(update={"events": tuple(events)}).renumbered()


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("هَجْمة", "هجمة"),
        ("الهجوم", "هجوم"),
        ("والهجوم", "هجوم"),
        ("بالهجوم", "هجوم"),
        ("للهجوم", "هجوم"),
        ("وبهجوم", "هجوم"),
        ("أعلن", "اعلن"),
        ("إعلان", "اعلان"),
        ("وقال", "قال"),
        ("قال", "قال"),
        ("وقف", "وقف"),
        ("بيت", "بيت"),
        ("،", "،"),
    ],
)
def test_light_stemming_takes_off_proclitics_while_three_letters_are_left(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_a_word_that_was_a_trigger_half_the_time_is_one() -> None:
    lexicon = LexiconTagger.fit([taught("قصف عنيف ثم قصف", قصف="Attack -")], ONTOLOGY)
    assert lexicon.triggers == {"قصف": Entry("Attack", 0.5)}


def test_a_word_that_was_a_trigger_less_often_is_none() -> None:
    assert LexiconTagger.fit([taught("قصف قصف قصف", قصف="Attack - -")], ONTOLOGY).triggers == {}


def test_the_threshold_can_be_moved() -> None:
    assert LexiconTagger.fit([taught("قصف قصف قصف", قصف="Attack - -")], ONTOLOGY, threshold=0.3).triggers


def test_forms_of_one_stem_count_together() -> None:
    document = taught("الهجوم وهجوم بالهجوم هجوم", الهجوم="Attack", وهجوم="Attack")
    assert LexiconTagger.fit([document], ONTOLOGY).triggers == {"هجوم": Entry("Attack", 0.5)}


def test_a_stem_is_of_its_most_frequent_type_and_of_the_ontologys_first_when_even() -> None:
    often = taught("إصابة إصابة إصابة", إصابة="Injure Attack Injure")
    even = taught("إصابة إصابة", إصابة="Injure Attack")
    assert LexiconTagger.fit([often], ONTOLOGY).triggers["اصابة"].label == "Injure"
    assert LexiconTagger.fit([even], ONTOLOGY).triggers["اصابة"].label == "Attack"


def test_cues_are_learned_the_same_way_and_sources_not_at_all(document: Document) -> None:
    lexicon = LexiconTagger.fit([document], ONTOLOGY)
    assert set(lexicon.cues) == {"قال", "اضافا"}
    (tagged,) = lexicon([blank("other", "وقال الناطق إن هجوما وقع. قال إن الهجوم انتهى.")])
    assert [(a.cue.text if a.cue else None, a.sources) for a in tagged.attributions] == [("وقال", ()), ("قال", ())]
    assert [(event.type, event.trigger.text) for event in tagged.events] == [("Attack", "الهجوم")]
    assert tagged.attributions[1].events == ("e1",)
    assert not any(event.arguments for event in tagged.events)


def test_a_lexicon_reads_back_as_it_was_written(tmp_path: Path, document: Document) -> None:
    lexicon = LexiconTagger.fit([document], ONTOLOGY)
    lexicon.save(tmp_path, {"run": "x"})
    assert LexiconTagger.load(tmp_path) == lexicon
    assert LexiconTagger.load(tmp_path).ontology.types == ONTOLOGY.types


@pytest.mark.parametrize("content", ["[]", "{", json.dumps({"ontology": {}, "triggers": {}, "cues": {}})])
def test_a_damaged_lexicon_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "lexicon.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        LexiconTagger.load(tmp_path)


def test_on_its_own_training_documents_the_floor_finds_most_triggers(project: Project) -> None:
    gold = project.gold_documents()
    tagged = LexiconTagger.fit(gold, project.ontology)(gold)

    def triggers(documents: list[Document]) -> set[tuple[str, int, str]]:
        return {(d.id, event.trigger.start, event.type) for d in documents for event in d.events}

    correct = len(triggers(gold) & triggers(tagged))
    assert 0.8 < correct / len(triggers(gold)) < 1
