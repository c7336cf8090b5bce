"""`Document`: one shape, equal documents are equal bytes, and an error tells file, path and reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from khabar.document import Document, Span, dumps, dumps_line, json_path, load, loads
from khabar.errors import InputError
from tests.conftest import annotated, blank


class TestJson:
    def test_keys_stand_in_the_order_of_the_contract(self, document: Document) -> None:
        data = json.loads(dumps(document))
        assert list(data) == [
            "scheme", "id", "title", "text", "language", "source", "sentences", "events", "attributions",
        ]  # fmt: skip
        assert list(data["source"]) == ["publisher", "file", "sha256", "published", "story"]
        assert list(data["events"][0]) == ["id", "type", "trigger", "polarity", "realis", "cluster", "arguments"]
        assert list(data["events"][0]["arguments"][0]) == ["role", "start", "end", "text"]
        assert list(data["attributions"][0]) == [
            "id", "cue", "sources", "channels", "stance", "polarity", "events",
        ]  # fmt: skip
        assert list(data["attributions"][0]["cue"]) == ["start", "end", "text"]

    def test_load_and_save_give_the_same_bytes(self, document: Document, tmp_path: Path) -> None:
        file = tmp_path / "news.json"
        file.write_text(dumps(document), encoding="utf-8")
        assert dumps(load(file)).encode() == file.read_bytes()
        assert loads(dumps_line(document)) == document

    def test_arabic_is_written_as_it_is(self, document: Document) -> None:
        assert "أطلقت" in dumps(document)

    def test_a_score_is_written_only_where_there_is_one(self) -> None:
        assert "score" not in Span(start=0, end=1, text="ا").model_dump()
        assert Span(start=0, end=1, text="ا", score=0.5).model_dump()["score"] == 0.5

    def test_arrays_are_sorted_by_position_whatever_the_order_given(self, document: Document) -> None:
        data = json.loads(dumps(document))
        for array in (data["sentences"], data["events"], data["attributions"], data["events"][0]["arguments"]):
            array.reverse()
        data["attributions"][-1]["events"].reverse()
        assert dumps(loads(json.dumps(data))) == dumps(document)

    @given(st.permutations(range(3)), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
    def test_any_order_and_any_text_survive(self, order: list[int], note: str) -> None:
        document = annotated()
        shuffled = Document(
            **{
                **{name: getattr(document, name) for name in Document.model_fields},
                "events": tuple(document.events[i] for i in order),
                "meta": {"note": note},
            }
        )
        assert loads(dumps(shuffled)) == shuffled
        assert shuffled.events == document.events

    def test_other_keys_are_taken_under_meta_alone(self, document: Document) -> None:
        data = json.loads(dumps(document))
        assert loads(json.dumps(data | {"meta": {"round": 1}})).meta == {"round": 1}
        with pytest.raises(InputError, match="round: Extra inputs are not permitted"):
            loads(json.dumps(data | {"round": 1}))


class TestErrors:
    @pytest.mark.parametrize(
        ("change", "place", "reason"),
        [
            (lambda d: d["events"][1]["trigger"].update(start="59"), "events[1].trigger.start", "valid integer"),
            (lambda d: d["events"][0]["trigger"].update(end=-1), "events[0].trigger.end", "greater than or equal to 0"),
            (lambda d: d.pop("text"), "text", "Field required"),
            (lambda d: d["attributions"][0].update(source="x"), "attributions[0].source", "Extra inputs"),
            (lambda d: d.update(scheme=2), "scheme", "this version of khabar reads scheme 1"),
            (lambda d: d.update(id="a/b"), "id", "should match pattern"),
            (lambda d: d["events"][0]["arguments"][0].update(score=1.5), "events[0].arguments[0].score", "less than"),
        ],
    )
    def test_a_wrong_shape_is_told_with_file_path_and_reason(self, document, change, place, reason, tmp_path) -> None:  # type: ignore[no-untyped-def]
        data = json.loads(dumps(document))
        change(data)
        file = tmp_path / "news.json"
        file.write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load(file)
        assert (caught.value.file, caught.value.place) == (file, place)
        assert reason in caught.value.reason
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"\xff\xfe", "is not UTF-8 text"),
            (b"{", "is not JSON"),
            (b"[]", "should be an object"),
            (b'{"id": "a", "id": "b"}', "the key 'id' stands twice"),
            (rb'{"id": "a", "text": "\ud83d"}', "holds a lone surrogate"),
            (b'{"id": "a", "text": "", "meta": {"x": NaN}}', "JSON"),
        ],
    )
    def test_what_is_no_document_is_refused(self, data: bytes, reason: str) -> None:
        with pytest.raises(InputError, match=reason):
            loads(data, "news.json")

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot be read"):
            load(tmp_path / "none.json")

    def test_places_are_written_as_people_write_them(self) -> None:
        assert json_path(("events", 3, "trigger", "start")) == "events[3].trigger.start"


class TestDocument:
    def test_documents_are_frozen(self, document: Document) -> None:
        with pytest.raises(ValidationError):
            document.text = "x"  # type: ignore[misc]

    def test_the_sentence_at_an_offset(self, document: Document) -> None:
        first, second = document.sentences
        assert document.sentence_at(first.start) == document.sentence_at(first.end - 1) == 0
        assert document.sentence_at(first.end) is None
        assert document.sentence_at(second.start) == 1
        assert document.sentence_at(len(document.text)) is None

    def test_renumbering_follows_positions_and_keeps_links(self, document: Document) -> None:
        names = {"e1": "z", "e2": "y", "e3": "x"}
        odd = document.model_copy(
            update={
                "events": tuple(e.model_copy(update={"id": names[e.id]}) for e in document.events),
                "attributions": tuple(
                    a.model_copy(update={"id": f"k{a.id}", "events": tuple(names[e] for e in a.events)})
                    for a in document.attributions
                ),
            }
        )
        assert odd.renumbered() == document

    def test_without_annotation_only_text_is_left(self, document: Document) -> None:
        assert document.without_annotation() == blank()

    def test_cuts_come_from_meta(self) -> None:
        assert blank().model_copy(update={"meta": {"cuts": [4]}}).cuts == (4,)
        assert blank().cuts == ()
