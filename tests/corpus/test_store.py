"""The store: projects are found from inside, files are written whole, ids are unique."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from khabar.corpus.store import (
    Project,
    document_files,
    find_project,
    read_documents,
    write_atomic,
    write_document,
    write_jsonl,
)
from khabar.errors import InputError
from tests.conftest import annotated, blank


def test_a_project_is_the_nearest_folder_with_an_ontology(project: Project) -> None:
    assert find_project(project.gold) == Project(project.root.resolve())


def test_outside_a_project_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--project DIR"):
        find_project(tmp_path)


def test_documents_come_from_files_folders_and_lines(tmp_path: Path) -> None:
    write_document(annotated("a"), tmp_path / "folder")
    write_jsonl([blank("b"), annotated("c")], tmp_path / "folder" / "more.jsonl")
    (tmp_path / "folder" / "notes.txt").write_text("no document")
    assert [d.id for d in read_documents([tmp_path / "folder"])] == ["a", "b", "c"]
    assert read_documents([tmp_path / "folder" / "a.json"]) == [annotated("a")]


def test_a_bad_line_is_told_with_its_number(tmp_path: Path) -> None:
    write_jsonl([blank("b")], tmp_path / "x.jsonl")
    with (tmp_path / "x.jsonl").open("a") as file:
        file.write("\n{\n")
    with pytest.raises(InputError, match=r"x\.jsonl:3: .*is not JSON"):
        read_documents([tmp_path / "x.jsonl"])


def test_an_id_that_stands_twice_is_told(tmp_path: Path) -> None:
    write_document(blank("a"), tmp_path / "one")
    write_document(blank("a"), tmp_path / "two")
    with pytest.raises(InputError, match="the document a stands in"):
        read_documents([tmp_path / "one", tmp_path / "two"])


def test_missing_and_empty_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no documents"):
        document_files([tmp_path])
    with pytest.raises(InputError, match="does not exist"):
        document_files([tmp_path / "none"])


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    write_atomic(file, "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space left"):
        write_atomic(file, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert file.read_text() == "old"


def test_a_written_file_has_the_usual_rights(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    write_atomic(tmp_path / "a.json", "x")
    assert (tmp_path / "a.json").stat().st_mode == plain.stat().st_mode
