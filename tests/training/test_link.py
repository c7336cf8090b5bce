"""Mentions to events and attributions, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.arabic import tokens
from khabar.corpus.checks import check_documents
from khabar.document import Document
from khabar.ontology import default_ontology
from khabar.training.encode import words_of
from khabar.training.layers import Layers, Mention, layers_of
from khabar.training.link import link
from tests.conftest import blank

ONTOLOGY = default_ontology()


def linked(*sentences: str) -> Document:
    """Links sentences written as `word:Label`, where several words of one mention are joined by `_`."""
    layers = layers_of(ONTOLOGY)
    text, found = "", []
    for sentence in sentences:
        mentions = Layers[list[Mention]]([], [], [])
        for item in sentence.split():
            phrase, _, label = item.partition(":")
            text += phrase.replace("_", " ") + " "
            for layer, inside in zip(layers, mentions, strict=True):
                if label in layer.labels:
                    inside.append(Mention(label, len(text) - len(phrase) - 1, len(text) - 1, 0.5))
        text = text[:-1] + "\n"
        found.append(mentions)
    document = blank(text=text)
    assert len(document.sentences) == len(sentences)
    return link(document, found, ONTOLOGY)


def arguments(document: Document) -> list[tuple[str, str, str]]:
    return [
        (event.trigger.text, argument.role, argument.text) for event in document.events for argument in event.arguments
    ]


def sources(document: Document) -> list[tuple[str | None, list[str]]]:
    return [(a.cue.text if a.cue else None, [span.text for span in a.sources]) for a in document.attributions]


def test_a_trigger_is_an_event_of_the_unmarked_values() -> None:
    (event,) = linked("وقع هجوم:Attack أمس").events
    assert (event.id, event.type, event.trigger.text, event.score) == ("e1", "Attack", "هجوم", 0.5)
    assert (event.polarity, event.realis) == ("Positive", "Actual")


def test_an_argument_belongs_to_the_nearest_trigger() -> None:
    document = linked("هجوم:Attack في بلدة_زمار:Place ثم جاء بعده بأيام طويلة انفجار:Explosion في بغداد:Place")
    assert arguments(document) == [("هجوم", "Place", "بلدة زمار"), ("انفجار", "Place", "بغداد")]


def test_a_nearer_trigger_whose_type_does_not_license_the_role_is_passed_over() -> None:
    document = linked("هجوم:Attack أدى إلى مقتل:Die استهدف القاعدة:Target")
    assert arguments(document) == [("هجوم", "Target", "القاعدة")]


def test_of_two_triggers_equally_near_the_earlier_takes_the_argument() -> None:
    assert arguments(linked("هجوم:Attack أمس:Time قصف:Attack")) == [("هجوم", "Time", "أمس")]


def test_an_argument_that_nothing_in_its_sentence_licenses_is_dropped() -> None:
    document = linked("لقاء:Meet الجيش:Victim", "مقتل:Die جندي")
    assert arguments(document) == []


def test_an_argument_does_not_belong_to_a_trigger_inside_it() -> None:
    text = "خطة انسحاب القوات"
    document = blank(text=text)
    mentions = Layers([Mention("Withdraw", 4, 10)], [Mention("Theme", 0, len(text))], [])
    assert arguments(link(document, [mentions], ONTOLOGY)) == []


def test_a_source_and_a_channel_belong_to_the_nearest_cue() -> None:
    document = linked("قال:Cue مسؤول:Source لرويترز:Channel إن الجيش:Source أعلن:Cue ذلك")
    assert sources(document) == [("قال", ["مسؤول"]), ("أعلن", ["الجيش"])]
    assert [span.text for span in document.attributions[0].channels] == ["لرويترز"]
    assert (document.attributions[0].stance, document.attributions[0].polarity) == ("Asserts", "Positive")


def test_a_cue_covers_the_events_between_it_and_the_next_cue_of_its_sentence() -> None:
    document = linked(
        "بعد هجوم:Attack قال:Cue مسؤول:Source إن قصف:Attack ثم انفجار:Explosion وذكر:Cue وقوع إصابات:Injure",
        "ووقع قصف:Attack",
    )
    assert [a.events for a in document.attributions] == [("e2", "e3"), ("e4",)]


def test_a_cue_without_a_source_takes_the_nearest_one_before_it() -> None:
    document = linked("قال:Cue الجيش:Source ذلك", "وكان المرصد:Source هناك", "وأضاف:Cue أنه انسحب", "وزعم:Cue ذلك")
    assert sources(document) == [("قال", ["الجيش"]), ("وأضاف", ["المرصد"]), ("وزعم", ["المرصد"])]


def test_a_source_after_the_cue_is_no_antecedent() -> None:
    assert sources(linked("وأضاف:Cue ذلك", "قال:Cue الجيش:Source")) == [("وأضاف", []), ("قال", ["الجيش"])]


def test_a_source_without_a_cue_in_its_sentence_is_no_attribution() -> None:
    assert linked("كان الجيش:Source هناك").attributions == ()


def test_the_documents_own_annotation_is_left_out(document: Document) -> None:
    nothing = [Layers[list[Mention]]([], [], []) for _ in document.sentences]
    assert link(document, nothing, ONTOLOGY) == document.without_annotation()


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Document, Sequence[Layers[list[Mention]]]]:
    """Any mentions that tags can say, over sentences of ten words."""
    count = draw(st.integers(1, 3))
    document = blank(text="\n".join("ا ب ت ث ج ح خ د ذ ر" for _ in range(count)))
    layers = layers_of(ONTOLOGY)
    found = []
    for words in words_of(document):
        sentence = Layers[list[Mention]]([], [], [])
        for layer, inside in zip(layers, sentence, strict=True):
            tags = draw(st.lists(st.integers(0, len(layer.tags) - 1), min_size=len(words), max_size=len(words)))
            inside += (Mention(m.label, words[m.start].start, words[m.end - 1].end) for m in layer.decode(tags))
        found.append(sentence)
    return document, found


@given(predictions())
def test_whatever_is_tagged_the_document_is_valid(
    prediction: tuple[Document, Sequence[Layers[list[Mention]]]],
) -> None:
    document = link(*prediction, ONTOLOGY)
    assert [i for i in check_documents([document], ONTOLOGY) if i.severity == "error"] == []
    assert document == document.renumbered()
    assert len(document.events) == sum(len(sentence.trigger) for sentence in prediction[1])


@pytest.mark.parametrize("words", [20_000])
def test_a_very_long_sentence_is_linked_in_a_blink(words: int) -> None:
    text = "هجوم " * words
    places = tokens(text)
    triggers = [Mention("Attack", *place) for place in places[::4]]
    roles = [Mention("Place", *place) for place in places[1::4]]
    cues = [Mention("Cue", *place) for place in places[2::4]]
    document = link(blank(text=text.strip()), [Layers(triggers, roles, cues)], ONTOLOGY)
    assert all(len(event.arguments) == 1 for event in document.events)
