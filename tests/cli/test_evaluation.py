"""`khabar score`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.store import write_document, write_jsonl
from khabar.eval.breakdown import BY
from khabar.eval.score import score
from tests.eval.documents import GOLD, PREDICTED


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    write_document(GOLD, tmp_path / "gold")
    write_document(GOLD.model_copy(update={"id": "other"}), tmp_path / "gold")
    return tmp_path / "gold"


@pytest.fixture
def predicted(tmp_path: Path) -> Path:
    write_jsonl([GOLD.model_copy(update={"id": "other"}), PREDICTED], tmp_path / "predicted.jsonl")
    return tmp_path / "predicted.jsonl"


def test_json_is_one_object_with_the_scores(gold: Path, predicted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(gold), str(predicted), "--json"]) == 0
    other = GOLD.model_copy(update={"id": "other"})
    assert json.loads(capsys.readouterr().out) == score([GOLD, other], [PREDICTED, other]).to_json()


def test_the_table_says_how_many_documents_it_is_about(
    gold: Path, predicted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(gold), str(predicted)]) == 0
    out = capsys.readouterr().out
    assert "2 documents" in out
    assert "tags.argument" in out


def test_one_document_is_said_to_be_too_few_for_an_interval(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = str(gold / "other.json")
    assert main(["score", one, one]) == 0
    assert "1 document (too few for an interval)" in capsys.readouterr().out


def test_a_missing_prediction_is_bad_input(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(gold), str(gold / "other.json")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "khabar score: news: has no prediction; predict it too, or leave it out of gold\n"


def test_a_missing_folder_is_bad_input(gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(gold), str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err == f"khabar score: {tmp_path / 'nowhere'}: does not exist\n"


def test_it_runs_as_a_command_outside_any_project(gold: Path, predicted: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "khabar.cli.main", "score", str(gold), str(predicted), "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["TC"]["correct"] == 4


def test_errors_overlap_and_a_breakdown_come_beside_the_scores(
    gold: Path, predicted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(gold), str(predicted), "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert main(["score", str(gold), str(predicted), "--json", "--errors", "--overlap", "--by", "type"]) == 0
    full = json.loads(capsys.readouterr().out)
    assert {key: full[key] for key in plain} == plain
    assert list(full) == [*plain, "overlap", "errors", "by"]
    assert full["overlap"]["TC"] == {key: value for key, value in plain["TC"].items() if key != "ci"}
    assert full["errors"]["classes"]["argument"]["wrong_event"] == 1
    assert full["errors"]["confusion"]["trigger"]["Attack"]["Die"] == 1
    assert {error["document"] for error in full["errors"]["list"]} == {"news"}
    assert "correct" not in {error["class"] for error in full["errors"]["list"]}
    assert full["by"]["type"]["Attack"]["TC"]["gold"] == 4


def test_errors_overlap_and_a_breakdown_are_tables_on_a_terminal(
    gold: Path, predicted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(gold), str(predicted), "--errors", "--overlap", "--by", "story"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert not any("…" in line for line in lines)
    starts = [line.split()[0] for line in lines if line.strip()]
    for start in ("wrong_boundary", "overlap", "other"):
        assert start in starts


@pytest.mark.parametrize("by", BY)
def test_scores_are_taken_apart_in_every_way_there_is(
    gold: Path, predicted: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["score", str(gold), str(predicted), "--by", by, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["by"]) == [by]


def test_another_way_to_take_scores_apart_is_refused(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["score", str(gold), str(gold), "--by", "weather"])
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert all(by in told for by in BY)
