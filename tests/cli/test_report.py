"""`khabar report`."""

from __future__ import annotations

from pathlib import Path

import pytest

from khabar.cli.main import main
from tests.eval.report.projects import copied, full


def test_the_page_is_written_where_it_is_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = full(tmp_path / "project")
    out = tmp_path / "deep" / "page.html"
    assert main(["--project", str(project.root), "report", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert "runs/stories/model/seed-1" in out.read_text(encoding="utf-8")


def test_the_page_is_left_among_the_runs_otherwise(tmp_path: Path) -> None:
    project = copied(tmp_path)
    assert main(["--project", str(project.root), "report"]) == 0
    assert (tmp_path / "runs" / "report.html").is_file()


def test_open_opens_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    project = copied(tmp_path)
    assert main(["--project", str(project.root), "report", "--open"]) == 0
    assert opened == [(tmp_path / "runs" / "report.html").resolve().as_uri()]


@pytest.mark.parametrize(("wrong", "reason"), [("nowhere", "does not exist"), ("", "holds no documents")])
def test_predictions_that_are_not_there_are_bad_input(
    wrong: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = copied(tmp_path / "project")
    folder = tmp_path / "empty" / wrong
    (tmp_path / "empty").mkdir()
    assert main(["--project", str(project.root), "report", "--predictions", str(folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert not (project.root / "runs").exists()
