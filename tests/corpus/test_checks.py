"""Every check has its rule in a line, a fixture that keeps it and one that breaks it.

The fixtures of a check are `tests/fixtures/checks/<id>/valid-*` and `invalid-*`: a document file, a folder of
documents, or a corpus (a folder with `gold/` in it). All are named after what they show.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from khabar.corpus.checks import CHECKS, check_documents, check_paths
from khabar.corpus.incident import Check, Incident
from khabar.corpus.store import Project
from khabar.document import Document, load
from khabar.errors import InputError
from khabar.ontology import default_ontology, parse_ontology

FIXTURES = Path(__file__).parent.parent / "fixtures" / "checks"
ONTOLOGY = default_ontology()
LEVEL_NAMES = {1: "file", 2: "text", 3: "ontology", 4: "links", 5: "corpus", 6: "consistency"}


def fixtures(check: Check[Any], kind: str) -> list[Path]:
    return sorted((FIXTURES / check.id).glob(f"{kind}-*"))


def incidents(fixture: Path) -> list[Incident]:
    if (fixture / "gold").is_dir():
        return check_paths([fixture / "gold"], ONTOLOGY, level=5)
    return check_paths([fixture], ONTOLOGY, level=6 if fixture.parent.name.startswith("consistency") else 4)


def each_fixture(kind: str) -> list[Any]:
    return [pytest.param(c, f, id=f"{c.id}-{f.stem}") for c in CHECKS for f in fixtures(c, kind)]


def raised(documents: list[Document]) -> set[str]:
    return {incident.check for incident in check_documents(documents, ONTOLOGY)}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_has_a_line_of_documentation_and_both_fixtures(check: Check[Any]) -> None:
    assert check.doc.endswith(".")
    assert "\n" not in check.doc
    assert check.id.split(".")[0] == LEVEL_NAMES[check.level]
    assert fixtures(check, "valid"), f"no tests/fixtures/checks/{check.id}/valid-*"
    assert fixtures(check, "invalid"), f"no tests/fixtures/checks/{check.id}/invalid-*"


def test_no_two_checks_have_the_same_id_and_every_fixture_has_a_check() -> None:
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))
    assert {folder.name for folder in FIXTURES.iterdir()} == set(ids)
    named = [fixture for check in CHECKS for kind in ("valid", "invalid") for fixture in fixtures(check, kind)]
    assert sorted(named) == sorted(FIXTURES.glob("*/*"))


@pytest.mark.parametrize(("check", "fixture"), each_fixture("valid"))
def test_a_valid_fixture_raises_no_incident_of_its_check(check: Check[Any], fixture: Path) -> None:
    assert [incident for incident in incidents(fixture) if incident.check == check.id] == []


@pytest.mark.parametrize(("check", "fixture"), each_fixture("invalid"))
def test_an_invalid_fixture_raises_its_check_and_no_other(check: Check[Any], fixture: Path) -> None:
    found = {(incident.check, incident.level, incident.severity) for incident in incidents(fixture)}
    assert found == {(check.id, check.level, check.severity)}


def test_an_incident_names_the_check_the_level_the_document_and_the_place() -> None:
    path = FIXTURES / "ontology.role" / "invalid-victim-of-attack.json"
    (incident,) = check_paths([path], ONTOLOGY)
    assert incident == Incident(
        check="ontology.role",
        level=3,
        severity="error",
        document="invalid-victim-of-attack",
        file=str(path),
        offset=11,
        message="Attack e1 takes no Victim: 'جنودا'",
    )
    assert str(incident) == "ontology.role 3 invalid-victim-of-attack 11 Attack e1 takes no Victim: 'جنودا'"


def test_the_line_of_a_warning_says_so_and_has_a_dash_for_what_is_unknown() -> None:
    incident = Incident("text.language", 2, "warning", None, None, None, "only 4 of 25 letters are Arabic")
    assert str(incident) == "text.language 2 - - warning: only 4 of 25 letters are Arabic"


def test_checks_stop_after_the_level_asked_for() -> None:
    path = FIXTURES / "ontology.role" / "invalid-victim-of-attack.json"
    assert check_paths([path], ONTOLOGY, level=2) == []
    assert check_documents([load(path)], ONTOLOGY, level=2) == []
    assert len(check_paths([path], ONTOLOGY, level=3)) == 1


def test_a_file_that_holds_no_document_is_checked_no_further_and_the_others_are(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    shutil.copy(FIXTURES / "ontology.role" / "invalid-victim-of-attack.json", tmp_path)
    assert [i.check for i in check_paths([tmp_path], ONTOLOGY)] == ["file.json", "ontology.role"]


def test_how_a_file_is_written_hides_nothing_of_what_it_holds(tmp_path: Path) -> None:
    # Its only event breaks level 3, and its name level 1.
    shutil.copy(FIXTURES / "ontology.type" / "invalid-unknown.json", tmp_path / "misnamed.json")
    shutil.copy(FIXTURES / "ontology.role" / "invalid-victim-of-attack.json", tmp_path)
    assert [i.check for i in check_paths([tmp_path], ONTOLOGY)] == ["ontology.role", "file.name", "ontology.type"]


def test_a_file_nested_too_deeply_for_the_reader_is_told_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000 + "]" * 100_000)
    (incident,) = check_paths([tmp_path], ONTOLOGY)
    assert incident.level == 1


def test_incidents_of_a_jsonl_file_name_the_line(tmp_path: Path) -> None:
    (tmp_path / "documents.jsonl").write_text('\n{"scheme": 1}\n', encoding="utf-8")
    (incident,) = check_paths([tmp_path], ONTOLOGY)
    assert f"{tmp_path / 'documents.jsonl'}:2: " in incident.message


def test_documents_already_read_give_the_same_incidents_as_their_files_but_for_the_file() -> None:
    paths = sorted((FIXTURES / "links.cluster_single" / "invalid-two-spellings").iterdir())
    of_files = check_paths(paths, ONTOLOGY)
    of_documents = check_documents([load(path) for path in paths], ONTOLOGY)
    assert [str(i) for i in of_files] == [str(i) for i in of_documents]
    assert {i.file for i in of_documents} == {None}


def test_a_cluster_counts_its_mentions_over_all_documents_given() -> None:
    strike, denial = sorted((FIXTURES / "links.cluster_single" / "valid-across-documents").iterdir())
    assert raised([load(strike)]) == {"links.cluster_single"}
    assert raised([load(strike), load(denial)]) == set()


def test_incidents_of_a_document_come_by_level_and_then_by_place() -> None:
    document = load(FIXTURES / "ontology.type" / "valid-known.json")
    events = [e.model_copy(update={"type": "Bombing", "polarity": "Neutral"}) for e in document.events]
    broken = document.model_copy(update={"title": "عنوان آخر", "events": tuple(events)})
    places = [(i.level, i.offset) for i in check_documents([broken], ONTOLOGY)]
    assert places[0] == (2, 0)
    assert places == sorted(places)


def test_another_project_has_other_labels() -> None:
    ontology = parse_ontology(
        "{version: 1, roles: [Team], events: {Match: {arabic: مباراة, roles: [Team]}}, polarity: [Positive],"
        " realis: [Actual], attribution: {mentions: [Cue, Source, Channel], polarity: [Positive], stance: [Asserts]}}"
    )
    document = load(FIXTURES / "ontology.type" / "valid-known.json")
    assert {i.check for i in check_documents([document], ontology)} == {"ontology.type", "ontology.role"}


def test_an_attribution_without_a_source_is_an_error_in_a_corpus_only(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "corpus.folds" / "valid-each-tested-once", tmp_path / "corpus")
    shutil.copy(FIXTURES / "links.source" / "invalid-cue-alone.json", tmp_path / "corpus" / "gold")
    gold = tmp_path / "corpus" / "gold"
    assert [i.severity for i in check_paths([gold], ONTOLOGY, 4) if i.check == "links.source"] == ["warning"]
    assert [i.severity for i in check_paths([gold], ONTOLOGY, 5) if i.check == "links.source"] == ["error"]


def test_folders_side_by_side_are_one_corpus(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(FIXTURES / "corpus.folds" / "valid-each-tested-once", corpus)
    (corpus / "authored").mkdir()
    (corpus / "gold" / "visit.json").rename(corpus / "authored" / "visit.json")
    assert {i.check for i in check_paths([corpus / "gold"], ONTOLOGY, 5)} == {"corpus.folds_known"}
    assert check_paths([corpus / "gold", corpus / "authored"], ONTOLOGY, 5) == []


@pytest.mark.parametrize(
    "paths",
    [
        ["corpus.folds/valid-each-tested-once/gold/visit.json"],
        ["corpus.folds/valid-each-tested-once/gold", "corpus.splits/valid-each-in-one/gold"],
    ],
    ids=["a file", "two corpora"],
)
def test_level_5_is_for_one_corpus(paths: list[str]) -> None:
    with pytest.raises(InputError, match="level 5 checks"):
        check_paths([FIXTURES / path for path in paths], ONTOLOGY, level=5)


def test_the_gold_that_comes_with_khabar_breaks_no_rule(project: Project) -> None:
    found = check_paths([project.gold], project.ontology, level=5)
    assert [str(incident) for incident in found if incident.severity == "error"] == []


def test_a_path_that_does_not_exist_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        check_paths([tmp_path / "nowhere"], ONTOLOGY)
