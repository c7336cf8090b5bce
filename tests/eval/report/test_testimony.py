"""Who says what, worked by hand."""

from __future__ import annotations

import pytest

from khabar.corpus.store import Project
from khabar.document import Attribution, Document, Event
from khabar.eval.report.quantity import Quantity
from khabar.eval.report.testimony import Mentioned, Occurrence, Said, occurrences, position_of
from khabar.ontology import Ontology, default_ontology
from tests.conftest import annotated

ONTOLOGY = default_ontology()


def changed(document: Document, id: str, **values: object) -> Document:
    """A document with one of its events or attributions changed."""
    return document.model_copy(
        update={
            part: tuple(u.model_copy(update=values) if u.id == id else u for u in getattr(document, part))
            for part in ("events", "attributions")
        }
    )


def only(*documents: Document) -> Occurrence:
    (one,) = occurrences(documents, ONTOLOGY)
    return one


def test_a_row_gathers_what_one_source_says_in_one_document() -> None:
    one = only(annotated())
    (row,) = one.rows
    assert (one.name, one.types, one.documents, one.mentions) == ("zummar", ("Attack",), ("news",), 2)
    assert (row.sources, row.stance, row.position) == (("مصدران أمنيان",), "Asserts", "affirms")
    assert row.channels == ["لرويترز"]
    assert row.said == {
        "Instrument": [Said("خمسة صواريخ", Quantity("=", 5, "صواريخ"))],
        "Origin": [Said("بلدة زمار")],
        "Time": [Said("الأحد")],
    }
    assert row.mentions == [Mentioned("أطلقت", 1), Mentioned("الهجوم", 2)]
    assert one.roles == ("Instrument", "Origin", "Time")
    assert one.disputes == ()


def test_what_nobody_is_credited_with_is_the_documents_own_voice() -> None:
    document = annotated().model_copy(update={"attributions": ()})
    (row,) = only(document).rows
    assert (row.sources, row.stance, row.speaker) == ((), None, ("", "news"))


def test_events_without_a_cluster_are_no_occurrence() -> None:
    document = changed(changed(annotated(), "e1", cluster=None), "e2", cluster=None)
    assert occurrences([document], ONTOLOGY) == []


def test_a_denial_beside_an_assertion_is_a_dispute() -> None:
    denied = changed(annotated("other"), "a1", stance="Denies")
    one = only(annotated(), denied)
    assert [(d.about, d.hard) for d in one.disputes] == [("occurrence", True)]
    assert one.positions == {"affirms": 2, "denies": 1}
    assert one.documents == ("news", "other")


def test_another_type_is_a_dispute_about_what_it_was() -> None:
    one = only(annotated(), changed(annotated("other"), "e1", type="Explosion"))
    assert one.types == ("Attack", "Explosion")
    assert [d.about for d in one.disputes] == ["type"]


def with_number(id: str, phrase: str) -> Document:
    document = annotated(id)
    first = document.events[0]
    arguments = tuple(a.model_copy(update={"text": phrase}) if a.role == "Instrument" else a for a in first.arguments)
    return changed(document, "e1", arguments=arguments)


@pytest.mark.parametrize(
    ("phrase", "disputed", "hard"),
    [
        ("5 صواريخ", False, False),
        ("خمسة صواريخ على الأقل", True, False),
        ("أكثر من خمسة صواريخ", True, True),
        ("ثلاث طائرات", False, False),
        ("صواريخ", False, False),
    ],
)
def test_numbers_of_the_same_thing_are_compared(phrase: str, disputed: bool, hard: bool) -> None:
    found = only(annotated(), with_number("other", phrase)).disputes
    assert [(d.about, d.hard, d.role, d.noun) for d in found] == [("number", hard, "Instrument", "صواريخ")] * disputed


def test_a_disputed_number_is_told_with_everybody_who_gives_it() -> None:
    documents = [annotated(), annotated("wire"), with_number("other", "عدة صواريخ")]
    ((dispute),) = only(*documents).disputes
    assert [(str(c.quantity), c.who) for c in dispute.counts] == [
        ("عدة", (("مصدران أمنيان", "other"),)),
        ("5", (("مصدران أمنيان", "news"), ("مصدران أمنيان", "wire"))),
    ]


def test_dates_are_not_counted() -> None:
    document = annotated("other")
    first = document.events[0]
    times = tuple(a.model_copy(update={"text": "الساعة 9 مساء"}) for a in first.arguments if a.role == "Time")
    assert only(changed(document, "e1", arguments=times)).rows[0].said["Time"] == [Said("الساعة 9 مساء")]


@pytest.mark.parametrize(
    ("stance", "said", "happened", "position"),
    [
        ("Asserts", "Positive", "Positive", "affirms"),
        ("Claims", "Positive", "Positive", "affirms"),
        ("Asserts", "Positive", "Negative", "denies"),
        ("Denies", "Positive", "Positive", "denies"),
        ("Denies", "Positive", "Negative", "affirms"),
        ("Hedges", "Positive", "Positive", "unsure"),
        ("Demands", "Positive", "Positive", "demands"),
        ("Claims", "Negative", "Positive", "silent"),
    ],
)
def test_a_position_follows_from_stance_and_polarity(stance: str, said: str, happened: str, position: str) -> None:
    document = annotated()
    event: Event = document.events[0].model_copy(update={"polarity": happened})
    attribution: Attribution = document.attributions[0].model_copy(update={"stance": stance, "polarity": said})
    assert position_of(event, attribution, ONTOLOGY) == position


@pytest.mark.parametrize(
    ("polarity", "realis", "position"),
    [("Positive", "Actual", "affirms"), ("Positive", "Other", "unsure"), ("Negative", "Actual", "denies")],
)
def test_the_documents_own_voice_follows_polarity_and_realis(polarity: str, realis: str, position: str) -> None:
    event = annotated().events[0].model_copy(update={"polarity": polarity, "realis": realis})
    assert position_of(event, None, ONTOLOGY) == position


@pytest.fixture(scope="module")
def gold(project: Project) -> dict[str, Occurrence]:
    ontology: Ontology = project.ontology
    return {one.name: one for one in occurrences(project.gold_documents(), ontology)}


def test_the_rockets_of_zummar_are_counted_in_four_ways(gold: dict[str, Occurrence]) -> None:
    rockets = gold["zummar-rockets-2024-04-21"]
    (dispute,) = rockets.disputes
    assert len(rockets.documents) == 3
    assert (dispute.about, dispute.hard, dispute.role) == ("number", True, "Instrument")
    assert [str(c.quantity) for c in dispute.counts] == ["عدة", "5", "≥5", ">5"]


def test_the_denial_of_kataib_hezbollah_stands_against_the_statements_before_it(gold: dict[str, Occurrence]) -> None:
    resumption = gold["militia-resumption-2024-04"]
    assert [d.about for d in resumption.disputes] == ["occurrence"]
    denying = {row.speaker for row in resumption.rows if row.position == "denies"}
    assert ("كتائب حزب الله", "kataib-denial") in denying
    assert ("كتائب حزب الله", "zummar-base-attack") in denying


def test_that_nobody_was_hurt_is_told_by_both_and_disputed_by_none(gold: dict[str, Occurrence]) -> None:
    assert gold["zummar-injuries-2024-04-21"].positions == {"denies": 2}
    assert gold["zummar-injuries-2024-04-21"].disputes == ()
