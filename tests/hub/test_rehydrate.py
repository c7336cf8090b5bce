"""A dataset without text, and text again from a reader's own copies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from khabar.arabic import tokens
from khabar.cli.main import main
from khabar.corpus.store import Project
from tests.conftest import ROOT
from tests.hub.test_dataset import front, loaded

Out = pytest.CaptureFixture[str]
RUN = 4  # words in a row; fewer may be any text's


def publish(out: Path, text: str) -> Path:
    assert main(["--project", str(ROOT), "publish", "dataset", "--to", str(out), "--text", text]) == 0
    return out


@pytest.fixture(scope="module")
def standoff(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("standoff") / "dataset", "standoff")


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """The articles, in files that are called something else."""
    folder = tmp_path / "copies"
    folder.mkdir()
    for number, file in enumerate(sorted((ROOT / "corpus" / "articles").glob("*.txt"))):
        shutil.copy(file, folder / f"copy-{number}.txt")
    return folder


def rehydrate(dataset: Path, copies: Path, out: Path) -> int:
    return main(["rehydrate", str(dataset), "--articles", str(copies), "--to", str(out)])


def test_no_run_of_words_of_an_article_is_published(standoff: Path, project: Project) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = [text[t.start : t.end] for t in tokens(text)]
        words = [word for word in words if word[0].isalnum()]
        return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}

    of_articles = {run for document in project.gold_documents() for run in runs(document.text)}
    own = {run for document in project.authored_documents() for run in runs(document.text)}
    for file in standoff.rglob("*"):
        if file.is_file():
            text = file.read_bytes().decode(errors="replace")
            assert not (runs(text) & of_articles) - own, file


def test_its_configs_load_and_tokens_are_not_among_them(standoff: Path, tmp_path: Path) -> None:
    found = loaded(standoff, tmp_path, "{c: len(load_dataset(folder, c)) for c in get_dataset_config_names(folder)}")
    assert found == {"events": 3, "attributions": 3, "documents": 3, "authored": 1}
    assert front(standoff)["license"] == "cc-by-4.0"
    assert "khabar rehydrate" in (standoff / "README.md").read_text(encoding="utf-8")


def test_a_readers_copies_make_the_layout_with_text_byte_for_byte(standoff: Path, copies: Path, tmp_path: Path) -> None:
    full, out = publish(tmp_path / "full", "full"), tmp_path / "out"
    assert rehydrate(standoff, copies, out) == 0
    files = {p.relative_to(full) for p in full.rglob("*.parquet")}
    assert files == {p.relative_to(out) for p in out.rglob("*.parquet")}
    for file in files:
        assert (out / file).read_bytes() == (full / file).read_bytes()
    code = "{c: len(load_dataset(folder, c, split='train')) for c in get_dataset_config_names(folder)}"
    assert loaded(out, tmp_path / "cache", code) == loaded(full, tmp_path / "cache", code)
    assert rehydrate(standoff, copies, out) == 0  # again, over itself


def test_lines_around_an_article_are_no_part_of_it(standoff: Path, copies: Path, tmp_path: Path) -> None:
    copy = copies / "copy-4.txt"
    text = copy.read_text(encoding="utf-8")
    copy.write_text(f"عنوان من الموقع لا من المقال\n{text.strip()}\nشارك هذا الخبر مع من تحب\n", encoding="utf-8")
    assert rehydrate(standoff, copies, tmp_path / "out") == 0


class TestRefusals:
    def test_a_text_that_differs_is_told_with_document_file_and_place(
        self, standoff: Path, copies: Path, project: Project, tmp_path: Path, capsys: Out
    ) -> None:
        document = next(d for d in project.gold_documents() if d.id == "zummar-base-attack")
        number = document.sentence_at(document.text.index("سوريا"))
        assert number is not None
        start = document.sentences[number].start
        copy = copies / "copy-1.txt"
        text = copy.read_text(encoding="utf-8")
        copy.write_text(text.replace("سوريا", "سورية"), encoding="utf-8")
        assert "سوريا" in text
        assert rehydrate(standoff, copies, tmp_path / "out") == 2
        told = capsys.readouterr().err.splitlines()
        assert len(told) == 2
        assert told[0].startswith("zummar-base-attack: ")
        assert f"copy-1.txt differs from offset {start} (sentence {number + 1})" in told[0]
        assert "1 documents cannot be rebuilt; nothing was written" in told[1]
        assert not (tmp_path / "out").exists()

    def test_every_missing_article_is_told_with_the_file_that_it_stood_in(
        self, standoff: Path, tmp_path: Path, capsys: Out
    ) -> None:
        other = tmp_path / "other.txt"
        other.write_text("عنوان\n\nخبر آخر لا صلة له بما سبق.\n", encoding="utf-8")
        assert rehydrate(standoff, other, tmp_path / "out") == 2
        told = capsys.readouterr().err
        assert told.count("none of the copies holds it") == 7
        assert "000_a6b6abd92c233663.txt, sha256 cb55360d" in told

    def test_a_dataset_with_text_is_no_dataset_without(self, copies: Path, tmp_path: Path, capsys: Out) -> None:
        full = publish(tmp_path / "full", "full")
        assert rehydrate(full, copies, tmp_path / "out") == 2
        assert "holds no dataset without text" in capsys.readouterr().err

    def test_an_empty_folder_is_none_either(self, copies: Path, tmp_path: Path, capsys: Out) -> None:
        (tmp_path / "empty").mkdir()
        assert rehydrate(tmp_path / "empty", copies, tmp_path / "out") == 2
        assert "holds no dataset" in capsys.readouterr().err


def test_what_was_written_can_be_read_as_json(standoff: Path, copies: Path, tmp_path: Path, capsys: Out) -> None:
    out = tmp_path / "out"
    capsys.readouterr()
    assert main(["rehydrate", str(standoff), "--articles", str(copies), "--to", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {p.relative_to(out).as_posix(): p.stat().st_size for p in out.rglob("*") if p.is_file()}
