"""Rows and documents: there and back, through Parquet, without a change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.corpus.convert.features import features_of, parquet, read_parquet
from khabar.corpus.convert.rows import attribution_rows, document_row, event_rows, row_document, token_rows
from khabar.corpus.store import Project
from khabar.document import Attribution, Document
from khabar.errors import InputError
from khabar.ontology import default_ontology
from tests.conftest import TEXT, annotated


def through_parquet(document: Document) -> Document:
    (row,) = read_parquet(parquet([document_row(document)], features_of("documents", default_ontology())))
    return row_document(row)


def test_every_gold_document_comes_back_from_parquet(project: Project) -> None:
    for document in project.gold_documents():
        assert through_parquet(document) == document


LABELS = default_ontology()


@st.composite
def documents(draw: st.DrawFn) -> Document:
    document = annotated()

    def span() -> st.SearchStrategy[tuple[int, int]]:
        return st.tuples(st.integers(0, len(TEXT) - 2), st.integers(1, 20)).map(
            lambda place: (place[0], min(len(TEXT), place[0] + place[1]))
        )

    attributions = [
        Attribution(
            id=f"a{n}",
            cue=None if draw(st.booleans()) else document.span(*draw(span())),
            sources=tuple(document.span(*place) for place in draw(st.lists(span(), max_size=2))),
            channels=tuple(document.span(*place) for place in draw(st.lists(span(), max_size=2))),
            stance=draw(st.sampled_from(LABELS.attribution.stance)),
            polarity=draw(st.sampled_from(LABELS.attribution.polarity)),
            events=tuple(draw(st.sets(st.sampled_from(["e1", "e2", "e3"])))),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    meta = draw(st.none() | st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=2))
    title = draw(st.none() | st.just(TEXT.split("\n")[0]))
    return Document(**{**dict(document), "attributions": tuple(attributions), "meta": meta, "title": title})


@given(documents())
def test_any_document_comes_back_from_parquet(document: Document) -> None:
    assert through_parquet(document) == document


def test_a_span_that_does_not_say_what_stands_there_is_told(document: Document) -> None:
    row = document_row(document)
    row["events"][0]["trigger"]["text"] = "سقطت"
    with pytest.raises(InputError, match="'سقطت' does not stand at"):
        row_document(row)


def test_an_event_is_a_flat_row_with_what_it_says_and_who_says_so(document: Document) -> None:
    first = next(event_rows(document))
    assert (first["event_type"], first["trigger_text"], first["attribution"]) == ("Attack", "أطلقت", "a1")
    assert first["sentence_text"] == TEXT.split("\n")[0]
    assert [a["role"] for a in first["arguments"]] == ["Instrument", "Origin", "Time"]


def test_an_attribution_is_a_flat_row(document: Document) -> None:
    _, second = attribution_rows(document)
    assert (second["cue_text"], second["source_text"], second["channel_text"]) == ("وأضافا", "مصدران أمنيان", "لرويترز")
    assert second["event_types"] == ["Attack", "Injure"]


def test_tokens_bear_a_tag_in_each_layer(document: Document) -> None:
    first, second = token_rows(document, LABELS)
    tagged = dict(zip(first["tokens"], zip(first["trigger_tags"], first["attribution_tags"], strict=True), strict=True))
    assert tagged["أطلقت"] == ("B-Attack", "O")
    assert (tagged["مصدران"], tagged["أمنيان"]) == (("O", "B-Source"), ("O", "I-Source"))
    assert [document.text[s:e] for s, e in zip(second["starts"], second["ends"], strict=True)] == second["tokens"]
    assert second["lost"] == 0


def test_what_overlaps_is_counted_as_lost(document: Document) -> None:
    event = document.events[0]
    longer = event.arguments[0].model_copy(update={"end": event.trigger.end, "role": "Agent"})
    longer = longer.model_copy(update={"text": document.text[longer.start : longer.end]})
    changed = event.model_copy(update={"arguments": (*event.arguments, longer)})
    row = next(token_rows(document.model_copy(update={"events": (changed, *document.events[1:])}), LABELS))
    assert row["lost"] == 1
