"""`khabar pretrain`: an encoder out of raw text, by the command line alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.training.recipe import dump_recipe
from tests.training.pretraining.news import TINY, write_news

Out = pytest.CaptureFixture[str]


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A recipe and news beside it, outside any project; that is the working directory."""
    write_news(tmp_path / "news")
    (tmp_path / "tiny.yaml").write_text(dump_recipe(TINY), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return "tiny.yaml"


def test_raw_text_becomes_an_encoder_in_runs(recipe: str, capsys: Out) -> None:
    assert main(["pretrain", recipe, "--text", "news"]) == 0
    captured = capsys.readouterr()
    assert Path(captured.out.strip()) == Path("runs/tiny-1")
    assert Path("runs/tiny-1/model.safetensors").is_file()
    assert "600 documents" in captured.err
    assert "step 12 of 12" in captured.err


def test_text_packed_once_serves_every_seed(recipe: str, capsys: Out) -> None:
    assert main(["pretrain", recipe, "--text", "news", "--packed", "packed", "--pack-only"]) == 0
    assert capsys.readouterr().out == "packed\n"
    assert not Path("runs").exists()
    assert main(["pretrain", recipe, "--packed", "packed", "--seed", "3"]) == 0
    assert Path(capsys.readouterr().out.strip()) == Path("runs/tiny-3")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tiny.yaml"], "give the raw text with --text PATH"),
        (["none.yaml", "--text", "news"], "cannot be read"),
        (["tiny.yaml", "--text", "nowhere"], "nowhere: does not exist"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(recipe: str, capsys: Out, arguments: list[str], told: str) -> None:
    assert main(["pretrain", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
