"""Comparing two lines, and the gate: only a difference that is more than chance is told as one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.eval import ledger
from khabar.eval.benchmark import Stories, load_benchmark
from khabar.eval.compare import Side, compare, compare_rows
from khabar.eval.gate import LEAST, failures
from khabar.eval.ledger import WATCHED, Line, Metric, System
from tests.eval.test_benchmark import copy as copy  # the corpus in a folder of its own

PLAN = Stories(name="stories", kind="stories", recipe="r", floor="f", seeds=(1,))


def system(correct: int, sentences: int = 40, seeds: int = 1, sd: float = 0.0) -> System:
    """One gold and one predicted item a sentence, right in the first `correct` sentences."""
    rows = [(seeds, seeds, seeds if i < correct else 0) for i in range(sentences)]
    f1 = correct / sentences
    score = Metric(
        precision=f1, recall=f1, f1=f1, gold=seeds * sentences, predicted=seeds * sentences,
        correct=seeds * correct, ci=(f1, f1), seed_sd=sd,
    )  # fmt: skip
    return System(
        recipe="default",
        scores=dict.fromkeys(WATCHED, score),
        parts={"north": dict.fromkeys(WATCHED, f1)},
        sentences=dict.fromkeys(WATCHED, rows),
    )


def line(model: System, day: int = 1, corpus: str = "abc") -> Line:
    return Line(
        time=datetime(2026, 1, day, tzinfo=UTC),
        benchmark="stories",
        accepted=True,
        corpus_version="0.1.0",
        corpus_sha256=corpus,
        documents=1,
        seeds=(1,),
        machine="test",
        systems={"model": model},
    )


def side(model: System, day: int = 1, corpus: str = "abc") -> Side:
    return Side(line(model, day, corpus), "model")


class TestCompare:
    def test_a_line_does_not_differ_from_itself(self) -> None:
        tests = compare(side(system(20)), side(system(20), day=2))
        assert {(t.difference, t.p) for t in tests.values()} == {(0.0, 1.0)}

    def test_a_large_difference_is_told_as_one_and_a_small_one_is_not(self) -> None:
        _, large = compare_rows(side(system(38)), side(system(10)))
        _, small = compare_rows(side(system(21)), side(system(20)))
        assert {row[5] for row in large} == {"higher"}
        assert {row[5] for row in small} == {"not significant"}

    def test_the_difference_in_every_story_stands_beside_it(self) -> None:
        header, rows = compare_rows(side(system(30)), side(system(20)))
        assert header[-1] == "north"
        assert rows[0][-1] == "+25.0"

    def test_other_numbers_of_seeds_change_nothing(self) -> None:
        once = compare(side(system(30)), side(system(20)))
        thrice = compare(side(system(30, seeds=3)), side(system(20)))
        assert {m: t.difference for m, t in once.items()} == pytest.approx({m: t.difference for m, t in thrice.items()})

    def test_other_documents_cannot_be_paired(self) -> None:
        with pytest.raises(InputError, match="different documents"):
            compare(side(system(20)), side(system(20), corpus="def"))
        with pytest.raises(InputError, match="keep no counts of the same sentences"):
            compare(side(system(20)), side(system(20, sentences=41)))


class TestGate:
    def test_the_same_scores_pass(self) -> None:
        assert failures(line(system(20), 2), PLAN, line(system(20))) == []

    def test_better_scores_pass(self) -> None:
        assert failures(line(system(30), 2), PLAN, line(system(20))) == []

    def test_a_fall_beyond_the_tolerance_fails_every_metric_that_fell(self) -> None:
        found = failures(line(system(20), 2), PLAN, line(system(30)))
        assert len(found) == len(WATCHED)
        assert found[0] == "TC fell from 75.0 to 50.0, more than the tolerance of 1.0"

    def test_the_tolerance_is_two_spreads_over_seeds_and_never_less_than_a_point(self) -> None:
        assert LEAST == 0.01
        assert failures(line(system(19), 2), PLAN, line(system(20, sd=0.02))) == []
        assert failures(line(system(19), 2), PLAN, line(system(20, sd=0.001)))

    def test_a_significant_fall_within_the_tolerance_fails_too(self) -> None:
        found = failures(line(system(500, 1000), 2), PLAN, line(system(508, 1000)))
        assert found
        assert "significantly (p = 0.0" in found[0]

    def test_on_another_corpus_only_the_tolerance_counts(self) -> None:
        assert failures(line(system(500, 1000), 2, "new"), PLAN, line(system(508, 1000))) == []

    def test_what_the_benchmark_expects_is_held_against_the_line(self) -> None:
        plan = PLAN.model_copy(update={"expect": {"TC": 0.6}, "tolerance": 0.05})
        assert failures(line(system(23)), plan, None) == []
        assert failures(line(system(20)), plan, None) == ["TC is 50.0, expected 60.0 within 5.0"]


class TestCommand:
    @pytest.fixture
    def base(self, copy: Project) -> list[str]:
        return ["--project", str(copy.root), "benchmark"]

    LEXICON = ("--recipe", "training/recipes/lexicon.yaml")

    def test_a_worsened_model_fails_the_gate_and_its_line_is_kept(self, copy: Project, base, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main([*base, "stories", *self.LEXICON, "--gate"]) == 2
        assert "run it once with --accept" in capsys.readouterr().err
        assert main([*base, "stories", *self.LEXICON, "--accept"]) == 0
        assert main([*base, "stories", *self.LEXICON, "--gate"]) == 0
        untrained = ("--recipe", "training/recipes/tiny.yaml", "--seeds", "1")
        assert main([*base, "stories", *untrained, "--gate"]) == 1
        assert "gate: TC fell from 62.3 to" in capsys.readouterr().err
        assert len(ledger.read(copy.ledger)) == 3

    def test_two_systems_of_the_ledger_are_compared(self, base, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main([*base, "stories", *self.LEXICON]) == 0
        capsys.readouterr()
        assert main([*base, "--compare", "stories:model", "stories:floor"]) == 0
        told = capsys.readouterr().out
        assert [line.partition(" (line ")[0][6:] for line in told.splitlines()[:2]] == [
            ":model is `lexicon`",
            ":floor is `lexicon`",
        ]
        assert "not significant" in told
        assert main([*base, "--compare", "stories:model", "stories:floor", "--json"]) == 0
        tests = json.loads(capsys.readouterr().out)["tests"]
        assert tests["TC"] == {"difference": 0.0, "p": 1.0}
        assert main([*base, "--compare", "stories:model", "stories:ceiling"]) == 2
        assert "it has floor, model" in capsys.readouterr().err

    def test_a_line_from_elsewhere_is_checked_and_marked(self, copy: Project, base, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
        file = tmp_path / "line.json"
        file.write_text(ledger.dumps(line(system(20))) + "\n")
        assert main([*base, "--submit", str(file)]) == 0
        (submitted,) = ledger.read(copy.ledger)
        assert (submitted.submitted, submitted.accepted) == (True, False)
        assert main([*base, "--submit", str(file)]) == 2
        assert "already" in capsys.readouterr().err
        assert main([*base, "--submit", str(copy.ledger)]) == 2  # what was submitted is not new either
        assert main([*base, "--submit", str(tmp_path / "none.json")]) == 2
        assert "none.json: does not exist" in capsys.readouterr().err
        file.write_text(file.read_text().replace('"documents": 1', '"documents": 2'))
        assert main([*base, "--submit", str(file)]) == 2
        assert "changed by hand" in capsys.readouterr().err

    def test_exactly_one_thing_is_asked_for(self, base, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main(base) == 2
        assert main([*base, "stories", "--submit", "x"]) == 2
        assert "give a benchmark's NAME, or" in capsys.readouterr().err


def test_smoke_reaches_what_it_reached_before(copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
    plan = load_benchmark(copy, "smoke")
    assert isinstance(plan, Stories)
    assert plan.expect
    assert main(["--project", str(copy.root), "benchmark", "smoke", "--gate"]) == 0, capsys.readouterr().err
