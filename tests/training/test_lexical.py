"""The lexical feature: what other documents say of a word, never its own."""

from __future__ import annotations

import json

from khabar.arabic import tokens
from khabar.corpus.store import Project
from khabar.document import Document
from khabar.ontology import default_ontology
from khabar.training.lexical import LexicalKnowledge, left_out
from tests.conftest import annotated, blank

ONTOLOGY = default_ontology()


def share(knowledge: LexicalKnowledge, word: str, label: str) -> float:
    (row,) = knowledge.features(word, tokens(word))
    return round(float(row[knowledge.labels.index(label)]), 4)


def unseen(knowledge: LexicalKnowledge, word: str) -> bool:
    (row,) = knowledge.features(word, tokens(word))
    return bool(row[-2])


def test_a_stem_says_how_often_it_was_what(document: Document) -> None:
    known = LexicalKnowledge.fit([document, document], ONTOLOGY)
    assert share(known, "وأطلقت", "trigger.Attack") == round(2 / 3, 4)
    assert share(known, "قال", "attribution.Cue") == round(2 / 3, 4)
    assert share(known, "صواريخ", "argument.Instrument") == round(2 / 3, 4)
    assert share(known, "صواريخ", "trigger.Attack") == 0
    assert not unseen(known, "لم")
    assert unseen(known, "طائرة")


def test_punctuation_and_unseen_words_say_nothing_but_that(document: Document) -> None:
    known = LexicalKnowledge.fit([document], ONTOLOGY)
    for word in (".", "طائرة", "🚀"):
        (row,) = known.features(word, tokens(word))
        assert row.tolist() == [0.0] * len(known.labels) + [1.0, 0.0]


def test_what_is_known_for_a_training_document_is_the_other_stories() -> None:
    same, other = annotated("same", story="one"), annotated("other", story="two")
    documents = [blank("bare", story="one"), same, other]
    for_bare, for_same, for_other = left_out(documents, ONTOLOGY)
    assert share(for_bare, "أطلقت", "trigger.Attack") == 1 / 2
    assert for_same == for_bare == LexicalKnowledge.fit([other], ONTOLOGY)
    assert for_other == LexicalKnowledge.fit([documents[0], same], ONTOLOGY)


def test_where_all_tell_one_story_it_is_the_other_documents() -> None:
    one, two = annotated("one"), blank("two")
    for_one, for_two = left_out([one, two], ONTOLOGY)
    assert share(for_one, "أطلقت", "trigger.Attack") == 0
    assert share(for_two, "أطلقت", "trigger.Attack") == 1 / 2


def test_a_single_document_is_told_nothing_of_its_words(document: Document) -> None:
    (known,) = left_out([document], ONTOLOGY)
    assert unseen(known, "أطلقت")


def test_no_feature_of_a_corpus_document_changes_with_its_own_annotation(project: Project) -> None:
    documents = project.gold_documents()
    for i, document in enumerate(documents):
        bare = [*documents[:i], document.without_annotation(), *documents[i + 1 :]]
        assert left_out(documents, project.ontology)[i] == left_out(bare, project.ontology)[i]


def test_knowledge_survives_json(document: Document) -> None:
    known = LexicalKnowledge.fit([document], ONTOLOGY)
    assert LexicalKnowledge.load(json.loads(json.dumps(known.dump()))) == known
