"""`khabar check`: one line an incident; exit 0, 1 when a check fails, 2 for input that cannot be checked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.checks import CHECKS
from khabar.corpus.store import write_document
from tests.conftest import annotated

FIXTURES = Path(__file__).parent.parent / "fixtures" / "checks"
VALID = FIXTURES / "ontology.role" / "valid-licensed.json"
INVALID = FIXTURES / "ontology.role" / "invalid-victim-of-attack.json"
WARNING = FIXTURES / "links.source" / "invalid-cue-alone.json"
ONTOLOGY = Path(__file__).parent.parent.parent / "khabar" / "ontology.yaml"


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that belongs to no project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that is a project, with a corpus of two documents."""
    shutil.copytree(FIXTURES / "corpus.folds" / "valid-each-tested-once", tmp_path / "corpus")
    shutil.copy(ONTOLOGY, tmp_path / "corpus" / "ontology.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_valid_document_prints_nothing_and_exits_0(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(VALID)]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "checked up to level 4: errors 0, warnings 0\n"


def test_an_error_prints_its_line_and_exits_1(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(INVALID)]) == 1
    line = "ontology.role 3 invalid-victim-of-attack 11 Attack e1 takes no Victim: 'جنودا'\n"
    assert capsys.readouterr().out == line


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--strict"], 1)], ids=["told", "strict"])
def test_a_warning_fails_only_when_asked_to(outside: Path, options: list[str], code: int) -> None:
    assert main(["check", str(WARNING), *options]) == code


def test_an_info_never_fails(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = FIXTURES / "corpus.cluster_stories" / "invalid-one-war-in-two-stories" / "gold"
    assert main(["check", str(folder), "--level", "5", "--strict"]) == 0
    assert capsys.readouterr().out.startswith("corpus.cluster_stories 5 visit 24 info: ")


def test_json_is_one_list_of_incidents(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(INVALID), str(VALID), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "check": "ontology.role",
            "level": 3,
            "severity": "error",
            "document": "invalid-victim-of-attack",
            "file": str(INVALID),
            "offset": 11,
            "message": "Attack e1 takes no Victim: 'جنودا'",
        }
    ]


def test_json_without_incidents_is_an_empty_list(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(VALID), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_level_bounds_the_checks(outside: Path) -> None:
    assert main(["check", str(INVALID), "--level", "2"]) == 0
    assert main(["check", str(INVALID), "--level", "3"]) == 1


def test_a_path_that_does_not_exist_exits_2_in_one_line(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nowhere"]) == 2
    assert capsys.readouterr().err == "khabar check: nowhere: does not exist\n"


def test_without_a_path_there_must_be_a_project(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 2
    assert "no khabar project" in capsys.readouterr().err


def test_a_level_that_there_is_not_exits_2(outside: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(VALID), "--level", "7"])
    assert stopped.value.code == 2


@pytest.mark.parametrize("paths", [[], ["corpus/gold"]], ids=["by default", "by name"])
def test_the_gold_of_a_project_is_checked_as_a_corpus(
    small_project: Path, paths: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *paths]) == 0
    assert capsys.readouterr().err == "checked up to level 5: errors 0, warnings 0\n"
    (small_project / "corpus" / "folds.yaml").unlink()
    assert main(["check", *paths]) == 1
    assert capsys.readouterr().out.startswith("corpus.files 5 - - ")


def test_a_project_named_is_checked_from_anywhere(
    small_project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert main(["--project", str(small_project), "check"]) == 0


def test_the_projects_own_ontology_decides(small_project: Path) -> None:
    ontology = small_project / "corpus" / "ontology.yaml"
    assert main(["check", str(INVALID)]) == 1
    labels = ontology.read_text(encoding="utf-8")
    ontology.write_text(labels.replace("roles: [Agent, Target, Inst", "roles: [Victim, Agent, Target, Inst"), "utf-8")
    assert main(["check", str(INVALID)]) == 0


def test_list_prints_every_check_with_its_rule(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHECKS)
    for line, check in zip(lines, CHECKS, strict=True):
        assert line.split()[:3] == [str(check.level), check.id, check.severity]
        assert line.endswith(check.doc)


def test_list_as_json_is_one_object_a_check(outside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [check["id"] for check in listed] == [check.id for check in CHECKS]
    assert set(listed[0]) == {"id", "level", "severity", "in_corpus", "doc"}


def test_text_from_elsewhere_is_compared_without_being_part_of_the_corpus(
    outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_document(annotated(), tmp_path / "documents")
    (tmp_path / "news.txt").write_text(f"خبر آخر.\n\nأمس {annotated().text.splitlines()[0]}\n", encoding="utf-8")
    assert main(["check", str(tmp_path / "documents"), "--against", str(tmp_path / "news.txt")]) == 0
    printed = capsys.readouterr()
    assert "corpus.copied 5 news - warning: “قال مصدران أمنيان" in printed.out
    assert "stands in news.txt" in printed.out


def test_a_broken_file_of_the_supplement_is_told_like_any_other(
    small_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small_project / "corpus" / "authored").mkdir()
    (small_project / "corpus" / "authored" / "broken.json").write_text("{", encoding="utf-8")
    assert main(["check"]) == 1
    assert "file.json 1 - - " in capsys.readouterr().out
