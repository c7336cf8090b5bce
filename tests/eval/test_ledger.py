"""The ledger: lines are checked, only ever appended, and found again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.eval.ledger import Line, Metric, System, append, dumps, find, last_accepted, loads, read

PERFECT = Metric(precision=1, recall=1, f1=1, gold=2, predicted=2, correct=2, ci=(1, 1))


def line(benchmark: str = "stories", day: int = 1, accepted: bool = True) -> Line:
    return Line(
        time=datetime(2026, 1, day, tzinfo=UTC),
        benchmark=benchmark,
        accepted=accepted,
        revision="abc",
        corpus_version="0.1.0",
        corpus_sha256="def",
        documents=1,
        seeds=(1,),
        machine="test",
        systems={"model": System(recipe="default", scores={"TC": PERFECT})},
    )


def test_lines_are_only_appended_and_read_back_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "eval" / "ledger.jsonl"
    append(file, line(day=1))
    before = file.read_bytes()
    append(file, line(day=2))
    assert file.read_bytes().startswith(before)
    assert read(file) == [line(day=1), line(day=2)]
    assert loads(dumps(line())) == line()


def test_the_same_line_is_not_appended_twice(tmp_path: Path) -> None:
    append(tmp_path / "l", line())
    with pytest.raises(InputError, match="already"):
        append(tmp_path / "l", line())


def test_two_ledgers_merge_by_uniting_their_lines(tmp_path: Path) -> None:
    for name, day in (("a", 1), ("b", 2)):
        append(tmp_path / name, line(day=day))
    (tmp_path / "merged").write_bytes((tmp_path / "b").read_bytes() + (tmp_path / "a").read_bytes())
    assert {entry.id for entry in read(tmp_path / "merged")} == {line(day=1).id, line(day=2).id}
    assert last_accepted(tmp_path / "merged", "stories") == line(day=2)


def test_only_accepted_lines_of_the_benchmark_count(tmp_path: Path) -> None:
    assert last_accepted(tmp_path / "none", "stories") is None
    append(tmp_path / "l", line(day=1))
    append(tmp_path / "l", line(day=2, accepted=False))
    append(tmp_path / "l", line("annotators", day=3))
    assert last_accepted(tmp_path / "l", "stories") == line(day=1)


def test_a_line_is_found_by_its_id_or_as_the_newest_of_its_benchmark(tmp_path: Path) -> None:
    append(tmp_path / "l", line(day=1))
    append(tmp_path / "l", line(day=2))
    assert find(tmp_path / "l", line(day=1).id[:8]) == line(day=1)
    assert find(tmp_path / "l", "stories") == line(day=2)
    with pytest.raises(InputError, match="no line is 'zzz'"):
        find(tmp_path / "l", "zzz")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.update(documents=2), "changed by hand"),
        (lambda d: d.pop("seeds"), "seeds: Field required"),
        (lambda d: d.update(mood="good"), "mood: Extra inputs"),
        (lambda d: d["systems"]["model"]["scores"]["TC"].update(f1=1.5), "f1: Input should be less than or equal"),
    ],
)
def test_a_line_that_breaks_the_schema_is_told_with_its_number(change, reason: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(dumps(line()))
    change(data)
    (tmp_path / "l").write_text(dumps(line()) + "\n" + json.dumps(data) + "\n")
    with pytest.raises(InputError, match=rf"l:2: .*{reason}"):
        read(tmp_path / "l")


def test_the_committed_ledger_is_sound(project: Project) -> None:
    lines = read(project.ledger)
    assert lines
    assert len({entry.id for entry in lines}) == len(lines)
