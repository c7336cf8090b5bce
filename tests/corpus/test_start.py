"""`khabar init`: a whole project or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.folds import load_folds
from khabar.corpus.ingest import load_manifest
from khabar.corpus.store import Project, find_project
from khabar.errors import InputError
from khabar.eval.benchmark import Stories, load_benchmark, load_benchmark_recipe
from khabar.hub.dataset_card import CardTexts
from khabar.training.recipe import LexiconRecipe, TaggerRecipe
from khabar.yaml_file import read_yaml
from tests.conftest import ROOT

Out = pytest.CaptureFixture[str]


@pytest.fixture
def started(tmp_path: Path) -> Project:
    assert main(["init", str(tmp_path / "far" / "away")]) == 0
    return find_project(tmp_path / "far" / "away")


def test_every_file_is_read_as_any_projects(started: Project) -> None:
    assert started.root.name == "away"
    assert len(started.ontology.types) == 2
    assert started.corpus_version == "0.1.0"
    assert load_manifest(started.manifest) == []
    assert load_folds(started.folds).folds == ()
    stories = load_benchmark(started, "stories")
    assert isinstance(stories, Stories)
    recipe = load_benchmark_recipe(started, stories.recipe)
    assert isinstance(recipe, TaggerRecipe)
    assert recipe.encoder is None
    assert isinstance(load_benchmark_recipe(started, stories.floor), LexiconRecipe)
    assert load_benchmark(started, "annotators").name == "annotators"
    assert started.gold.is_dir()
    assert started.rounds.is_dir()


def test_it_is_empty_and_says_so(started: Project, capsys: Out) -> None:
    for verb in ("check", "stats", "report"):
        assert main(["--project", str(started.root), verb]) == 2
        assert "corpus/gold: holds no documents" in capsys.readouterr().err.replace(os.sep, "/")


def test_the_card_asks_for_what_only_a_person_knows(started: Project) -> None:
    with pytest.raises(InputError, match=r"card\.yaml: pretty_name: "):
        read_yaml(started.root / "corpus" / "card.yaml", CardTexts)


def test_the_page_names_only_verbs_and_files_that_there_are(started: Project) -> None:
    page = (started.root / "README.md").read_text(encoding="utf-8")
    for line in page.split("```")[1].splitlines():
        if line.startswith("khabar "):
            with pytest.raises(SystemExit) as caught:
                main([*line.split()[1 : 3 if "studio" in line else 2], "--help"])
            assert caught.value.code == 0
    assert (started.root / "training" / "recipes" / "small.yaml").is_file()


def test_an_empty_folder_will_do_even_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "."]) == 0
    assert find_project().root == tmp_path.resolve()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".khabar")] == []


@pytest.mark.parametrize("name", ["full", "full/note.txt", "full/note.txt/deeper"])
def test_a_folder_that_holds_something_is_refused_and_left_as_it_is(name: str, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine", encoding="utf-8")
    assert main(["init", str(tmp_path / name)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"khabar init: {tmp_path / name}: ")
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "note.txt"]


def test_what_cannot_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file sizes are limited on POSIX alone")
    there = tmp_path / "there"
    there.mkdir()
    for folder in (there, tmp_path / "new" / "one"):
        done = subprocess.run(
            [sys.executable, "-m", "khabar.cli.main", "init", str(folder)],
            cwd=ROOT, capture_output=True, text=True, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600)),
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr == f"khabar init: {folder}: cannot be written (File too large)\n"
    assert list(tmp_path.rglob("*")) == [there]
