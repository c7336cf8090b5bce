"""A benchmark that was killed goes on: what was trained is not trained again, and the scores are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.folds import load_folds
from khabar.corpus.store import Project
from khabar.document import Document
from khabar.eval import ledger, protocol
from khabar.eval.benchmark import load_benchmark_recipe
from khabar.eval.protocol import Result, leave_out
from khabar.eval.unfinished import Part, Unfinished, keep, kept
from tests.conftest import annotated
from tests.eval.test_benchmark import copy as copy  # the corpus in a folder of its own


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seed of each training that was made."""
    seeds: list[int] = []
    train = protocol.train

    def noted(recipe, *args, **options):  # type: ignore[no-untyped-def]
        seeds.append(recipe.seed)
        return train(recipe, *args, **options)

    monkeypatch.setattr(protocol, "train", noted)
    return seeds


def run(project: Project, unfinished: Unfinished, seeds: tuple[int, ...] = (1, 2), parts: int = 99) -> Result:
    """A benchmark of a tiny tagger on two stories, which is killed after so many parts."""
    recipe = load_benchmark_recipe(project, "training/recipes/tiny.yaml")
    folds = load_folds(project.folds).folds[:2]
    done: list[str] = []

    def advance(told: str) -> None:
        done.append(told)
        if len(done) == parts:
            raise KilledError

    return leave_out(
        recipe, seeds, project.gold_documents(), folds, project.ontology, advance=advance, unfinished=unfinished
    )


def test_it_goes_on_where_it_was_killed_and_ends_the_same(copy: Project, tmp_path: Path, trained: list[int]) -> None:
    whole = run(copy, Unfinished())
    trained.clear()
    unfinished = Unfinished(tmp_path / "kept", "abc")
    with pytest.raises(KilledError):
        run(copy, unfinished, parts=3)
    assert trained == [1, 1, 2]
    resumed = run(copy, unfinished)
    assert trained == [1, 1, 2, 2]
    assert resumed.predictions == whole.predictions
    assert resumed.scores == whole.scores
    assert resumed.training_seconds > 0


@pytest.mark.parametrize("other", [{"revision": "def"}, {"seeds": (3,)}])
def test_what_another_run_left_is_not_taken(
    copy: Project, tmp_path: Path, trained: list[int], other: dict[str, object]
) -> None:
    with pytest.raises(KilledError):
        run(copy, Unfinished(tmp_path / "kept", "abc"), (1,), parts=2)
    trained.clear()
    seeds: tuple[int, ...] = other.get("seeds", (1,))  # type: ignore[assignment]
    run(copy, Unfinished(tmp_path / "kept", str(other.get("revision", "abc"))), seeds)
    assert trained == [*seeds, *seeds]


def test_a_part_comes_back_whatever_its_text(tmp_path: Path) -> None:
    part = Part(1.5, 0.25, (annotated(), Document(id="odd", text="a\u2028b\u0085c\nd\re")))
    keep(tmp_path / "x" / "part.jsonl", part)
    assert kept(tmp_path / "x" / "part.jsonl") == part
    assert kept(tmp_path / "none.jsonl") is None


def test_the_command_forgets_them_when_its_line_is_written(copy: Project, trained: list[int]) -> None:
    command = ["--project", str(copy.root), "benchmark", "stories", "--recipe", "training/recipes/lexicon.yaml"]
    assert main(command) == 0
    made = len(trained)
    assert made == len(load_folds(copy.folds).folds)  # floor and model are the same here: once is enough
    assert not (copy.root / "runs" / "stories" / "unfinished").exists()
    assert main(command) == 0
    assert len(trained) == 2 * made
    assert len(ledger.read(copy.ledger)) == 2
