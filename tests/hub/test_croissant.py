"""The Croissant description: valid, and its own reader finds every record in the files beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from khabar.cli.main import main
from khabar.corpus.convert.features import read_parquet
from khabar.corpus.store import Project
from khabar.hub.croissant import FILE, VERSION
from tests.conftest import ROOT


@pytest.fixture(scope="module", params=["full", "standoff"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("croissant") / "dataset"
    words = ["publish", "dataset", "--to", str(out), "--text", request.param]
    assert main(["--project", str(ROOT), *words]) == 0
    return out


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Any:
    return mlcroissant.Dataset(jsonld=folder / FILE)


def records(dataset: Any, name: str) -> list[dict[str, Any]]:
    return [{key.partition("/")[2]: value for key, value in row.items()} for row in dataset.records(name)]


def test_it_is_valid_and_of_version_1_1(dataset: Any) -> None:
    assert list(dataset.metadata.ctx.issues.errors) == []
    assert VERSION in json.loads(json.dumps(dataset.metadata.to_json()))["conformsTo"]


def test_every_file_has_a_record_set_with_all_its_rows(dataset: Any, folder: Path) -> None:
    files = {f"{f.parent.name}-{f.name.partition('-')[0]}": f for f in folder.rglob("*.parquet")}
    assert {one.id for one in dataset.metadata.record_sets} == set(files)
    for name, file in files.items():
        assert len(records(dataset, name)) == len(read_parquet(file.read_bytes()))


def test_records_are_the_corpus_nested_ones_too(dataset: Any, project: Project) -> None:
    gold = {document.id: document for document in project.gold_documents()}
    types = list(project.ontology.types)
    for row in records(dataset, "documents-train"):
        document = gold[row["id"].decode()]
        assert [id.decode() for id in row["events.id"]] == [event.id for event in document.events]
        assert [types[number] for number in row["events.type"]] == [event.type for event in document.events]
        assert row["events.trigger.start"] == [event.trigger.start for event in document.events]
    roles = list(project.ontology.roles)
    for row in records(dataset, "events-test"):
        event = next(e for e in gold[row["document"].decode()].events if e.id == row["id"].decode())
        assert [roles[number] for number in row["arguments.role"]] == [a.role for a in event.arguments]


def test_it_says_how_the_data_was_made_and_what_it_is_not_for(folder: Path) -> None:
    told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    assert "No Arabic speaker" in told["rai:dataAnnotationProtocol"][0]
    assert "Must not be used" in told["rai:dataUseCases"][0]
    assert told["rai:dataLimitations"]
    assert told["rai:personalSensitiveInformation"]


def test_class_labels_are_named_where_they_are_numbers(dataset: Any, project: Project) -> None:
    told = {field.name: field.description for one in dataset.metadata.record_sets for field in one.fields}
    assert str(told["event_type"]).startswith(f"0 {next(iter(project.ontology.types))}; 1 ")
