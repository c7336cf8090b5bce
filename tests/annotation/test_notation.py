"""Annotation as plain text: what is written is read back unchanged, and every slip is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.annotation.notation import read_notation, write_notation
from khabar.arabic import tokens
from khabar.cli.main import main
from khabar.corpus.store import Project, read_documents, write_document
from khabar.document import Argument, Attribution, Document, Event, Span
from khabar.errors import InputError
from khabar.ontology import default_ontology
from tests.conftest import annotated, blank

ONTOLOGY = default_ontology()

NOTATION = """document news
s1 قال مصدران أمنيان لرويترز إن خمسة صواريخ أطلقت من بلدة زمار الأحد.
e1 أطلقت Attack @zummar
  Instrument: خمسة صواريخ
  Origin: بلدة زمار
  Time: الأحد
a1 قال > e1
  source: مصدران أمنيان
  channel: لرويترز
s2 وأضافا أن الهجوم لم يسفر عن إصابات.
e2 الهجوم Attack @zummar
e3 إصابات Injure Negative
a2 وأضافا > e2 e3
  source s1: مصدران أمنيان
  channel s1: لرويترز
"""

# Words that stand twice, that are marks of the notation, and one that holds another.
_TEXT = "هجوم - هجوم > قال#2 #2 \U0001f600 هَجوم.\nهجوم  «هجوم» هجوما! وقال هجوم"


@st.composite
def _documents(draw: st.DrawFn) -> Document:
    document = blank(text=_TEXT)
    places = [tokens(_TEXT, (), s.start, s.end) for s in document.sentences]

    def span(sentence: int, words: int) -> Span:
        first = draw(st.integers(0, len(places[sentence]) - 1))
        last = min(first + draw(st.integers(0, words)), len(places[sentence]) - 1)
        return document.span(places[sentence][first].start, places[sentence][last].end)

    def sentence() -> int:
        return draw(st.integers(0, len(places) - 1))

    events = []
    for n in range(draw(st.integers(0, 3))):
        where = sentence()
        arguments = tuple(
            Argument(role=draw(st.sampled_from(ONTOLOGY.roles)), **span(where, 3).model_dump())
            for _ in range(draw(st.integers(0, 2)))
        )
        events.append(
            Event(
                id=f"x{n}",
                type=draw(st.sampled_from(ONTOLOGY.types)),
                trigger=span(where, 0),
                polarity=draw(st.sampled_from(ONTOLOGY.polarity)),
                realis=draw(st.sampled_from(ONTOLOGY.realis)),
                cluster=draw(st.none() | st.just("port-2031")),
                arguments=arguments,
            )
        )
    attributions = []
    for n in range(draw(st.integers(0, 3))):
        cue = span(sentence(), 0) if draw(st.booleans()) else None
        attributions.append(
            Attribution(
                id=f"y{n}",
                cue=cue,
                sources=tuple(span(sentence(), 3) for _ in range(draw(st.integers(0, 2)))),
                channels=tuple(span(sentence(), 3) for _ in range(draw(st.integers(1, 2)))),
                stance=draw(st.sampled_from(ONTOLOGY.attribution.stance)),
                polarity=draw(st.sampled_from(ONTOLOGY.attribution.polarity)),
                events=tuple(e.id for e in events if draw(st.booleans())),
            )
        )
    fields = {key: getattr(document, key) for key in Document.model_fields}
    return Document(**fields | {"events": tuple(events), "attributions": tuple(attributions)}).renumbered()


def test_a_document_as_text() -> None:
    assert write_notation(annotated(), ONTOLOGY) == NOTATION


def test_text_as_a_document() -> None:
    assert read_notation(NOTATION, blank(), ONTOLOGY) == annotated()


def test_the_gold_comes_back_unchanged(project: Project) -> None:
    for document in project.gold_documents():
        notation = write_notation(document, project.ontology)
        assert read_notation(notation, document.without_annotation(), project.ontology) == document


@given(_documents())
def test_any_document_comes_back_unchanged(document: Document) -> None:
    # Equal items have no order of their own: what is written is compared, too.
    back = read_notation(write_notation(document, ONTOLOGY), document.without_annotation(), ONTOLOGY)
    assert write_notation(back, ONTOLOGY) == write_notation(document, ONTOLOGY)
    assert back == document


def test_sentences_without_annotation_may_be_left_out() -> None:
    read = read_notation("s2\ne1 إصابات Injure Negative", blank(), ONTOLOGY)
    assert [event.trigger.text for event in read.events] == ["إصابات"]


def test_a_fused_word_is_cut() -> None:
    document = blank(text="وذكرالجيش أن هجوما وقع.")
    read = read_notation("s1\ncut وذكر|الجيش\na1 وذكر\n  source: الجيش", document, ONTOLOGY)
    assert read.cuts == (4,)
    assert read.attributions[0].sources[0].text == "الجيش"
    assert "cut وذكر|الجيش" in write_notation(read, ONTOLOGY)


@pytest.mark.parametrize(
    ("notation", "told"),
    [
        ("e1 أطلقت Attack", "line 1: stands under no sentence; write its sN first"),
        ("s7", "line 1: there are 2 sentences, and no s7"),
        ("s1 قال الجيش", "line 1: s1 is another sentence than the document's"),
        ("document other", "line 1: annotates other, not news"),
        ("s1\ne1 أطلق Attack", "line 2: 'أطلق' does not stand in s1 as whole words"),
        ("s1\ne1 أطلقت", "line 2: e1 needs an event type after its trigger"),
        ("s1\ne1 أطلقت Attack Maybe", "line 2: does not know the label 'Maybe'"),
        ("s1\ne1 أطلقت Attack > e1", "line 2: an event covers nothing"),
        ("s1\ne1 أطلقت Attack\n  Agentt: زمار", "line 3: 'Agentt' is none of Agent, Target"),
        ("s1\ne1 أطلقت Attack\n  Agent s2: الهجوم", "line 3: an argument stands in its trigger's sentence"),
        ("s1\ne1 أطلقت Attack\n  Agent زمار", "line 3: is no `Role: phrase`"),
        ("s1\na1 قال > e9", "line 2: covers e9, and no event is called so"),
        ("s1\na1 قال\na1 قال", "line 2: a1 stands twice"),
        ("s1\ncut قال", "line 2: names no word, cut by one bar"),
        ("hello", "line 1: begins with 'hello'"),
    ],
)
def test_a_slip_is_told_with_its_line(notation: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        read_notation(notation, blank(), ONTOLOGY, "news.ann")
    assert str(error.value).startswith(f"news.ann: {told}")


def test_a_phrase_that_stands_twice_must_say_which() -> None:
    document = blank(text="هجوم بعد هجوم.")
    with pytest.raises(InputError, match="stands 2 times in s1; write هجوم#1, #2"):
        read_notation("s1\ne1 هجوم Attack", document, ONTOLOGY)
    with pytest.raises(InputError, match="so there is no #3"):
        read_notation("s1\ne1 هجوم#3 Attack", document, ONTOLOGY)
    assert read_notation("s1\ne1 هجوم#2 Attack", document, ONTOLOGY).events[0].trigger.start == 9


def test_the_verb_goes_there_and_back_and_reads_on_after_a_bad_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    options = ["--project", str(project.root), "notate"]
    write_document(annotated(), tmp_path / "documents")
    write_document(annotated("other"), tmp_path / "documents")
    assert main([*options, str(tmp_path / "documents"), "--out", str(tmp_path / "notation")]) == 0
    (tmp_path / "notation" / "news.ann").write_text("s1\ne1 أطلق Attack", encoding="utf-8")
    of = ["--of", str(tmp_path / "documents"), "--out", str(tmp_path / "back")]
    assert main([*options, str(tmp_path / "notation"), *of]) == 2
    assert "news.ann: line 2: 'أطلق' does not stand" in capsys.readouterr().err
    assert read_documents([tmp_path / "back"]) == [annotated("other")]
