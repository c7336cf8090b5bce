"""Stand-off rows: no word of the text, and with the text the document again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from khabar.corpus.convert.features import features_of, parquet, read_parquet
from khabar.corpus.convert.standoff import Difference, difference, filled, standoff_row
from khabar.corpus.store import Project
from khabar.document import Document
from khabar.ontology import default_ontology
from tests.conftest import annotated
from tests.corpus.convert.test_rows import documents


def row_of(document: Document) -> dict[str, object]:
    (row,) = read_parquet(parquet([standoff_row(document)], features_of("documents", default_ontology(), True)))
    return row


def test_every_gold_document_comes_back_with_its_text(project: Project) -> None:
    for document in project.gold_documents():
        assert filled(row_of(document), document.text) == document


@given(documents())
def test_any_document_comes_back_less_what_meta_says_in_words(document: Document) -> None:
    assert filled(row_of(document), document.text) == document.model_copy(update={"meta": None})


def test_no_word_of_the_text_stands_in_a_row(project: Project) -> None:
    for document in project.gold_documents():
        row = json.dumps(standoff_row(document), ensure_ascii=False)
        words = row.replace(str(document.source.publisher), "").split()
        assert not {word for word in document.text.split() if len(word) > 3} & set(words)


def test_meta_keeps_offsets_and_nothing_that_may_be_words() -> None:
    document = annotated().model_copy(update={"meta": {"cuts": [3], "note": "أطلقت"}})
    assert filled(row_of(document), document.text).meta == {"cuts": [3]}


class TestDifference:
    def test_the_right_text_has_none(self) -> None:
        assert difference(standoff_row(annotated()), annotated().text) is None

    @pytest.mark.parametrize("sentence", [0, 1])
    def test_it_names_the_first_sentence_that_is_another(self, sentence: int) -> None:
        document = annotated()
        start, end = document.sentences[sentence].extent
        text = document.text[: end - 1] + "؟" + document.text[end:]
        assert difference(standoff_row(document), text) == Difference(sentence + 1, start, text[start:end])

    def test_words_after_the_last_sentence_are_a_difference(self) -> None:
        document = annotated()
        found = difference(standoff_row(document), document.text + " زيادة")
        assert found == Difference(0, document.sentences[-1].end, "")
