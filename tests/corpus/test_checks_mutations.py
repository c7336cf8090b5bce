"""A valid document, whatever its words, raises nothing; each way of breaking it raises the check that guards it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.arabic import sentences
from khabar.corpus.checks import check_documents
from khabar.document import Argument, Attribution, Document, Event, Extent, Sentence
from khabar.ontology import default_ontology

ONTOLOGY = default_ontology()
TYPES, STANCES = st.sampled_from(ONTOLOGY.types), st.sampled_from(ONTOLOGY.attribution.stance)
POLARITIES, REALIS = st.sampled_from(ONTOLOGY.polarity), st.sampled_from(ONTOLOGY.realis)

LETTERS = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
MARKS = "ـًٌٍَُِّْ"
WORDS = st.builds("{}{}".format, st.sampled_from(LETTERS), st.text(LETTERS + MARKS + "٠١٢٣", max_size=7))
SEPARATORS = st.sampled_from([" ", " ", " ", "، ", " “", "” ", " (", ") ", "\u00a0"])


@st.composite
def annotated_sentences(draw: st.DrawFn) -> tuple[str, list[Extent]]:
    """A sentence of at least four words, and where they stand in it."""
    text, words = "", []
    for _ in range(draw(st.integers(4, 9))):
        text += draw(SEPARATORS) if text else ""
        word = draw(WORDS)
        words.append(Extent(len(text), len(text) + len(word)))
        text += word
    return text + draw(st.sampled_from([".", " .", "؟", "!"])), words


@st.composite
def valid_documents(draw: st.DrawFn) -> Document:
    """A document that keeps every rule: in each sentence one event with arguments, and one attribution of it."""
    drawn = draw(st.lists(annotated_sentences(), min_size=1, max_size=4))
    breaks = draw(st.sampled_from(["\n", " ", "\n\n"]))
    text = breaks.join(sentence for sentence, _ in drawn)
    bare = Document(
        id="random",
        text=text,
        title=draw(st.sampled_from([None, text.splitlines()[0]])),
        sentences=tuple(Sentence(start=s.start, end=s.end) for s in sentences(text)),
    )
    events: list[Event] = []
    attributions: list[Attribution] = []
    cluster = draw(st.sampled_from([None, "one-occurrence"])) if len(drawn) > 1 else None
    shared_type = draw(TYPES)
    sources, offset = [], 0
    for sentence, words in drawn:
        cue, trigger, *rest = [bare.span(offset + w.start, offset + w.end) for w in words]
        sources.append(rest[0])
        kind = shared_type if cluster else draw(TYPES)
        roles = draw(st.lists(st.sampled_from(ONTOLOGY.events[kind].roles), unique=True, max_size=3))
        # No mark that closes stands at the end of these: they end in a word.
        last = draw(st.sampled_from(rest))
        phrase = bare.span(rest[0].start, last.end)
        events.append(
            Event(
                id=f"e{len(events) + 1}",
                type=kind,
                trigger=trigger,
                polarity=draw(POLARITIES),
                realis=draw(REALIS),
                cluster=cluster,
                arguments=tuple(Argument(role=role, **phrase.model_dump()) for role in roles),
            )
        )
        covered = draw(st.lists(st.sampled_from([e.id for e in events]), unique=True))
        attributions.append(
            Attribution(
                id=f"a{len(attributions) + 1}",
                cue=cue,
                sources=(draw(st.sampled_from(sources)),),
                stance=draw(STANCES),
                polarity=draw(st.sampled_from(ONTOLOGY.attribution.polarity)),
                events=tuple(covered),
            )
        )
        offset += len(sentence) + len(breaks)
    return bare.model_copy(update={"events": tuple(events), "attributions": tuple(attributions)})


def raised(document: Document) -> set[str]:
    return {incident.check for incident in check_documents([document], ONTOLOGY)}


def with_event(document: Document, **update: Any) -> Document:
    first, *others = document.events
    return document.model_copy(update={"events": (first.model_copy(update=update), *others)})


def with_attribution(document: Document, **update: Any) -> Document:
    first, *others = document.attributions
    return document.model_copy(update={"attributions": (first.model_copy(update=update), *others)})


@given(valid_documents())
def test_a_valid_document_raises_nothing(document: Document) -> None:
    assert check_documents([document], ONTOLOGY) == []


@given(valid_documents())
def test_a_trigger_that_ends_one_later_no_longer_has_its_text(document: Document) -> None:
    trigger = document.events[0].trigger
    assert "text.slice" in raised(with_event(document, trigger=trigger.model_copy(update={"end": trigger.end + 1})))


@given(valid_documents(), st.sampled_from([-1, 1]))
def test_a_trigger_moved_by_one_no_longer_has_its_text(document: Document, by: int) -> None:
    trigger = document.events[0].trigger
    moved = trigger.model_copy(update={"start": trigger.start + by, "end": trigger.end + by})
    assert "text.slice" in raised(with_event(document, trigger=moved))


@given(valid_documents())
def test_a_trigger_moved_by_one_with_its_text_cuts_a_word_or_takes_in_what_is_none(document: Document) -> None:
    trigger = document.events[0].trigger
    moved = document.span(trigger.start + 1, trigger.end + 1)
    assert raised(with_event(document, trigger=moved)) & {"text.tokens", "text.edges", "ontology.one_word"}


@given(valid_documents())
def test_a_source_after_the_end_of_the_text_is_told(document: Document) -> None:
    end = len(document.text)
    beyond = document.attributions[0].sources[0].model_copy(update={"start": end - 1, "end": end + 1})
    assert "text.offsets" in raised(with_attribution(document, sources=(beyond,)))


@given(valid_documents())
def test_a_sentence_left_out_is_told(document: Document) -> None:
    assert "text.sentences" in raised(document.model_copy(update={"sentences": document.sentences[1:]}))


@given(valid_documents(), st.data())
def test_a_role_that_the_type_does_not_license_is_told(document: Document, data: st.DataObject) -> None:
    event = document.events[0]
    wrong = data.draw(st.sampled_from([r for r in ONTOLOGY.roles if not ONTOLOGY.licenses(event.type, r)]))
    argument = Argument(role=wrong, **document.attributions[0].sources[0].model_dump())
    assert "ontology.role" in raised(with_event(document, arguments=(argument,)))


@given(valid_documents())
def test_an_argument_that_reaches_from_the_cue_over_the_trigger_holds_its_own_trigger(document: Document) -> None:
    cue, trigger = document.attributions[0].cue, document.events[0].trigger
    assert cue is not None
    argument = Argument(role="Time", **document.span(cue.start, trigger.end).model_dump())
    assert "ontology.own_trigger" in raised(with_event(document, arguments=(argument,)))


@given(valid_documents())
def test_a_covered_event_that_is_dropped_is_missed(document: Document) -> None:
    covering = with_attribution(document, events=(document.events[0].id,))
    assert "links.covered" in raised(covering.model_copy(update={"events": document.events[1:]}))


@given(valid_documents())
def test_an_event_that_stands_twice_is_told_by_its_id_and_by_its_word(document: Document) -> None:
    twice = document.model_copy(update={"events": (document.events[0], *document.events)})
    assert {"links.ids", "ontology.one_event"} <= raised(twice)


@given(valid_documents())
def test_an_event_in_a_cluster_of_its_own_is_told(document: Document) -> None:
    assert "links.cluster_single" in raised(with_event(document, cluster="alone"))


@pytest.mark.parametrize("label", ["type", "polarity", "realis"])
@given(document=valid_documents())
def test_a_label_that_the_ontology_lacks_is_told(label: str, document: Document) -> None:
    assert raised(with_event(document, arguments=(), **{label: "Unheard"})) >= {f"ontology.{label}"}


@given(valid_documents())
def test_whatever_became_of_the_text_every_place_told_is_in_it(document: Document) -> None:
    spoilt = document.model_copy(update={"text": document.text[::-1], "sentences": document.sentences[:1]})
    offsets = [i.offset for i in check_documents([spoilt], ONTOLOGY) if i.offset is not None]
    assert all(0 <= offset < len(spoilt.text) for offset in offsets)
