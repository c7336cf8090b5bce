"""Document → task → document changes nothing, and whatever a document cannot hold is told."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given

from khabar.annotation.studio.reading import document_of, read_result
from khabar.annotation.studio.tasks import Item, certainty, prediction, result_of, task_data, without_scores
from khabar.corpus.store import Project
from khabar.document import Document, dumps, loads
from khabar.errors import InputError
from tests.annotation.studio.documents import ONTOLOGY, documents
from tests.conftest import annotated, spans
from tests.corpus.test_checks_mutations import valid_documents


def there_and_back(document: Document) -> Document:
    """Through JSON, as it travels; whatever is found amiss fails, but for two events on one trigger."""
    task = json.loads(json.dumps({"data": task_data(document), "result": result_of(document, ONTOLOGY)}))
    back, findings = read_result(document_of(task["data"]), task["result"], ONTOLOGY, keep_scores=True)
    assert {finding.kind for finding in findings} <= {"doubled", "overlap"}
    assert not any("kept once" in finding.message for finding in findings)
    return back


class TestRoundTrip:
    def test_every_document_of_the_gold_survives(self, project: Project) -> None:
        for document in project.gold_documents():
            assert dumps(there_and_back(document)) == dumps(document)

    @given(documents())
    def test_every_document_survives(self, document: Document) -> None:
        assert there_and_back(document) == document
        assert dumps(there_and_back(document)) == dumps(document)

    @given(valid_documents())
    def test_every_sound_document_survives(self, document: Document) -> None:
        document = loads(dumps(document))  # in the order of position
        assert dumps(there_and_back(document)) == dumps(document)

    @given(documents())
    def test_a_persons_annotation_bears_no_score(self, document: Document) -> None:
        items = result_of(document, ONTOLOGY)
        back, _ = read_result(document_of(task_data(document)), items, ONTOLOGY)
        assert '"score"' not in dumps(back)
        assert not any("score" in item for item in without_scores(items))

    def test_a_text_keeps_every_code_point(self) -> None:
        text = "🚀 قال\r\n\u202bأ\u200c  نعم\t\u00a0"
        assert (
            document_of(json.loads(json.dumps(task_data(annotated().model_copy(update={"text": text}))))).text == text
        )

    def test_a_task_of_someone_else_is_refused(self) -> None:
        with pytest.raises(InputError, match="no task of khabar's"):
            document_of({"text": "نص"})


class TestWhatIsShared:
    def test_a_phrase_in_two_events_is_one_region(self, document: Document) -> None:
        place = document.events[0].arguments[0]
        second = document.events[1].model_copy(update={"arguments": (place,)})
        both = document.model_copy(update={"events": (document.events[0], second, document.events[2])})
        regions = [i for i in result_of(both, ONTOLOGY) if i.get("from_name") == "argument"]
        assert len({item["id"] for item in regions}) == len(regions) == 3
        assert there_and_back(both) == both

    def test_two_attributions_on_one_cue_are_two_regions_on_one_span(self, document: Document) -> None:
        first = document.attributions[0]
        twice = document.model_copy(
            update={"attributions": (first, first.model_copy(update={"id": "a2", "stance": "Claims", "events": ()}))}
        )
        cues = [i for i in result_of(twice, ONTOLOGY) if i.get("value", {}).get("labels") == ["Cue"]]
        assert len({i["id"] for i in cues}) == 2
        assert len({(i["value"]["start"], i["value"]["end"]) for i in cues}) == 1
        assert there_and_back(twice) == twice


class TestByHand:
    """What annotators draw: ids of Label Studio's own, things forgotten, things the wrong way round."""

    def region(self, document: Document, id: str, control: str, label: str, phrase: str) -> Item:
        start, end = spans(document, phrase)
        value = {"start": start, "end": end, "text": "not to be trusted", "labels": [label]}
        return {"id": id, "from_name": control, "to_name": "text", "type": "labels", "value": value}

    def relation(self, start: str, end: str, *labels: str, **more: Any) -> Item:
        item = {"type": "relation", "from_id": start, "to_id": end, "direction": "right", **more}
        return item | {"labels": list(labels)} if labels else item

    def read(self, document: Document, *items: Item) -> tuple[Document, dict[str, str]]:
        read, findings = read_result(document.without_annotation(), items, ONTOLOGY)
        assert len({f.kind for f in findings}) == len(findings)
        return read, {finding.kind: str(finding) for finding in findings}

    @pytest.fixture
    def trigger(self, document: Document) -> Item:
        return self.region(document, "t_1-x", "trigger", "Attack", "أطلقت")

    @pytest.fixture
    def rockets(self, document: Document) -> Item:
        return self.region(document, "p", "argument", "Argument", "خمسة صواريخ")

    @pytest.fixture
    def cue(self, document: Document) -> Item:
        return self.region(document, "c", "attribution", "Cue", "قال")

    @pytest.fixture
    def source(self, document: Document) -> Item:
        return self.region(document, "s", "attribution", "Source", "مصدران أمنيان")

    def test_choices_not_made_are_the_unmarked_ones(self, document: Document, trigger: Item, cue: Item) -> None:
        read, findings = self.read(document, trigger, cue)
        (event,), (attribution,) = read.events, read.attributions
        assert (event.id, event.polarity, event.realis, event.cluster) == ("e1", "Positive", "Actual", None)
        assert (attribution.id, attribution.stance, attribution.polarity) == ("a1", "Asserts", "Positive")
        assert event.trigger.text == "أطلقت"
        assert findings == {}

    def test_a_role_drawn_backwards_is_turned_and_told(self, document: Document, trigger: Item, rockets: Item) -> None:
        read, findings = self.read(document, trigger, rockets, self.relation("p", "t_1-x", "Instrument"))
        assert [(a.role, a.text) for a in read.events[0].arguments] == [("Instrument", "خمسة صواريخ")]
        assert set(findings) == {"reversed"}

    def test_an_arrow_to_the_left_runs_from_its_end(self, document: Document, trigger: Item, rockets: Item) -> None:
        read, findings = self.read(
            document, trigger, rockets, self.relation("p", "t_1-x", "Instrument", direction="left")
        )
        assert len(read.events[0].arguments) == 1
        assert findings == {}

    def test_a_role_without_a_label_is_told(self, document: Document, trigger: Item, rockets: Item) -> None:
        read, findings = self.read(document, trigger, rockets, self.relation("t_1-x", "p"))
        assert read.events[0].arguments == ()
        assert "left out" in findings["unlabelled"]
        assert "belongs to nothing" in findings["unused"]

    def test_a_source_without_a_label_can_only_be_a_source(self, document: Document, cue: Item, source: Item) -> None:
        read, findings = self.read(document, cue, source, self.relation("c", "s"))
        assert [s.text for s in read.attributions[0].sources] == ["مصدران أمنيان"]
        assert "read as source" in findings["unlabelled"]

    def test_the_speaker_may_be_an_agent_without_a_second_region(
        self, document: Document, trigger: Item, source: Item
    ) -> None:
        read, findings = self.read(document, trigger, source, self.relation("t_1-x", "s", "Agent"))
        assert [a.role for a in read.events[0].arguments] == ["Agent"]
        assert findings == {}

    def test_without_a_cue_the_region_stands_on_the_source(self, document: Document, trigger: Item) -> None:
        alone = self.region(document, "n", "attribution", "NoCue", "مصدران أمنيان")
        read, findings = self.read(document, trigger, alone, self.relation("n", "t_1-x", "covers"))
        (attribution,) = read.attributions
        assert attribution.cue is None
        assert [s.text for s in attribution.sources] == ["مصدران أمنيان"]
        assert attribution.events == ("e1",)
        assert findings == {}

    def test_white_space_at_an_edge_is_cut_off_and_told(self, document: Document, trigger: Item) -> None:
        trigger["value"]["start"] -= 1
        trigger["value"]["end"] += 1
        read, findings = self.read(document, trigger)
        assert read.events[0].trigger.text == "أطلقت"
        assert set(findings) == {"white-space"}

    @pytest.mark.parametrize(
        ("change", "kind"),
        [
            ({"labels": []}, "unlabelled"),
            ({"labels": ["Picnic"]}, "unknown"),
            ({"start": 0, "end": 9999}, "range"),
            ({"start": -1}, "range"),
            ({"start": "2"}, "range"),
            ({"start": 3, "end": 4}, "white-space"),
            ({"labels": ["Attack", "Meet"]}, "labels"),
        ],
    )
    def test_an_odd_region_is_told(self, document: Document, trigger: Item, change: dict[str, Any], kind: str) -> None:
        trigger["value"] |= change
        _, findings = self.read(document, trigger)
        assert kind in findings

    def test_relations_that_join_nothing_or_cannot_be_are_told(
        self, document: Document, trigger: Item, cue: Item
    ) -> None:
        items = (self.relation("t_1-x", "gone", "Agent"), self.relation("c", "t_1-x", "Agent"))
        read, findings = self.read(document, trigger, cue, *items)
        assert set(findings) == {"dangling", "impossible"}
        assert read.attributions[0].events == ()

    def test_events_on_top_of_one_another_are_told_and_kept(self, document: Document, trigger: Item) -> None:
        other = self.region(document, "t2", "trigger", "Meet", "أطلقت")
        longer = self.region(document, "t3", "trigger", "Meet", "صواريخ أطلقت")
        read, findings = self.read(document, trigger, other, longer)
        assert len(read.events) == 3
        assert set(findings) == {"doubled", "overlap"}

    def test_joined_triggers_share_the_name_that_one_bears(self, document: Document, trigger: Item) -> None:
        second = self.region(document, "t2", "trigger", "Attack", "الهجوم")
        name = {"id": "t2", "from_name": "cluster", "type": "textarea", "value": {"text": ["zummar"]}}
        joined = self.relation("t_1-x", "t2", "same-event")
        assert {e.cluster for e in self.read(document, trigger, second, name, joined)[0].events} == {"zummar"}
        start = trigger["value"]["start"]
        assert {e.cluster for e in self.read(document, trigger, second, joined)[0].events} == {f"news-{start}"}

    def test_joined_triggers_of_two_names_are_told(self, document: Document, trigger: Item) -> None:
        second = self.region(document, "t2", "trigger", "Attack", "الهجوم")
        names = [
            {"id": id, "from_name": "cluster", "type": "textarea", "value": {"text": [name]}}
            for id, name in (("t_1-x", "one"), ("t2", "two"))
        ]
        read, findings = self.read(document, trigger, second, *names, self.relation("t_1-x", "t2", "same-event"))
        assert [e.cluster for e in read.events] == ["one", "two"]
        assert set(findings) == {"cluster"}


def test_the_less_sure_comes_first(document: Document) -> None:
    def scored(*scores: float) -> Document:
        events = (e.model_copy(update={"score": s}) for e, s in zip(document.events, scores, strict=True))
        return document.model_copy(update={"events": tuple(events), "attributions": ()})

    assert certainty(document.without_annotation()) == 0
    assert certainty(scored(0.5, 0.6, 0.7)) == pytest.approx(0.6)
    assert certainty(document) == 1
    assert prediction(scored(0.1, 0.2, 0.3), "m1", ONTOLOGY)["score"] == pytest.approx(0.2)


@given(documents())
def test_ids_of_regions_can_be_names_of_css_classes(document: Document) -> None:
    # With a colon or a dot in its id a region has no colour in the browser.
    ids = [str(item["id"]) for item in result_of(document, ONTOLOGY) if "id" in item]
    assert all(re.fullmatch(r"[\w·-]+", id) for id in ids)
