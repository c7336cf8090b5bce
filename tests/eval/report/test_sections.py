"""What the other sections show: sentences with notes, predictions found, agreement, names in Arabic."""

from __future__ import annotations

import os
from pathlib import Path

from khabar.corpus.store import Project, write_document
from khabar.eval.report.annotators import rounds
from khabar.eval.report.labels import arabic_names
from khabar.eval.report.passages import passages
from khabar.eval.report.predictions import load_predictions
from khabar.ontology import default_ontology
from tests.conftest import annotated, blank
from tests.eval.report.projects import copied

ONTOLOGY = default_ontology()


def test_a_sentence_has_its_own_notes() -> None:
    first, second = passages(annotated(), ONTOLOGY)
    assert (first.number, second.number) == (1, 2)
    assert [(n.type, n.trigger, n.flags, n.stances) for n in first.events] == [("Attack", "أطلقت", (), ("Asserts",))]
    assert [(n.type, n.trigger, n.flags) for n in second.events] == [
        ("Attack", "الهجوم", ()),
        ("Injure", "إصابات", ("polarity: Negative",)),
    ]
    (statement,) = first.attributions
    assert (statement.cue, statement.sources, statement.channels) == ("قال", ("مصدران أمنيان",), ("لرويترز",))
    assert (statement.events, statement.roles) == ((("أطلقت", "Attack"),), ("Instrument", "Origin", "Time"))


def test_a_document_without_sentences_is_split() -> None:
    document = blank().model_copy(update={"sentences": ()})
    assert [document.text[slice(*p.extent)] for p in passages(document, ONTOLOGY)] == document.text.split("\n")


def written(folder: Path, seconds: int) -> Path:
    path = write_document(annotated(), folder)
    os.utime(path, (seconds, seconds))
    return folder


def test_the_newest_predictions_are_taken(tmp_path: Path) -> None:
    runs = tmp_path / "runs" / "stories"
    written(runs / "floor", 1000)
    written(runs / "model" / "seed-1", 3000)
    written(runs / "model" / "seed-2", 2000)
    found = load_predictions(Project(tmp_path), [annotated()])
    assert found is not None
    assert (found.name, len(found.pairs)) == ("runs/stories/model/seed-1", 1)


def test_named_predictions_win_and_none_are_needed(tmp_path: Path) -> None:
    assert load_predictions(Project(tmp_path), [annotated()]) is None
    written(tmp_path / "runs" / "stories" / "floor", 1000)
    found = load_predictions(Project(tmp_path), [annotated()], written(tmp_path / "mine", 1))
    assert found is not None
    assert found.name == "mine"


def test_agreement_is_that_of_the_two_passes_and_of_each_with_the_gold(tmp_path: Path) -> None:
    gold = annotated()
    fewer = gold.model_copy(update={"events": gold.events[:1], "attributions": ()})
    write_document(gold, tmp_path / "annotation" / "rounds" / "1" / "a")
    write_document(fewer, tmp_path / "annotation" / "rounds" / "1" / "b")
    (only,) = rounds(Project(tmp_path), [gold, annotated("not-annotated-twice")])
    assert (only.documents, only.decisions, only.pairs) == (1, 0, ("A and B", "A and gold", "B and gold"))
    found = dict(only.found)
    assert [m.shown for m in found["trigger"]] == ["50.0", "100.0", "50.0"]
    assert found["trigger"][0].detail == "3 and 1, 1 the same"
    assert [m.shown for m in dict(only.chosen)["stance"]] == ["—", "—", "—"]
    assert dict(only.by_document)["news"][0].shown == "50.0"


def test_without_rounds_there_is_no_agreement(tmp_path: Path) -> None:
    assert rounds(Project(tmp_path), [annotated()]) == []


def test_labels_have_arabic_names_where_the_project_gives_them(tmp_path: Path) -> None:
    project = copied(tmp_path)
    assert {label: arabic_names(project)[label] for label in ("Attack", "Agent", "Denies")} == {
        "Attack": "هجوم",
        "Agent": "الفاعل",
        "Denies": "نفي",
    }
    (project.root / "annotation" / "examples.yaml").unlink()
    assert "Agent" not in arabic_names(project)
