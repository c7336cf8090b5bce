"""What pages say of scores: nothing is told as higher or lower that chance may have made, or that is not comparable."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from khabar.corpus.store import Project
from khabar.eval.ledger import WATCHED, Line, Metric, System, append
from khabar.hub.score_tables import ablation_table, entities_table, standing, verdict, versus

SENTENCES = 40


def system(correct: int | Mapping[str, int], recipe: str = "default", **values: Any) -> System:
    """One gold and one predicted item a sentence and metric, right in the first `correct` sentences."""
    right = correct if isinstance(correct, Mapping) else dict.fromkeys(WATCHED, correct)
    scores = {
        metric: Metric(
            precision=n / SENTENCES, recall=n / SENTENCES, f1=n / SENTENCES, gold=SENTENCES, predicted=SENTENCES,
            correct=n, ci=(0, 1),
        )
        for metric, n in right.items()
    }  # fmt: skip
    rows = {metric: [(1, 1, int(i < n)) for i in range(SENTENCES)] for metric, n in right.items()}
    return System(recipe=recipe, encoder="small", scores=scores, sentences=rows, **values)


def line(
    day: int = 1,
    benchmark: str = "stories",
    corpus: str = "abc",
    accepted: bool = False,
    seeds: tuple[int, ...] = (1,),
    **by_role: System,
) -> Line:
    return Line(
        time=datetime(2026, 1, day, tzinfo=UTC), benchmark=benchmark, accepted=accepted, corpus_version="0.1.0",
        corpus_sha256=corpus, documents=1, seeds=seeds, machine="test", systems=by_role,
    )  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Project:
    """A project whose ledger holds an accepted line."""
    project = Project(tmp_path)
    append(project.ledger, line(accepted=True, floor=system(20, "lexicon"), model=system(30, supplement_sha256="much")))
    return project


class TestStanding:
    def test_a_difference_beyond_chance_is_told_with_its_p(self) -> None:
        told = standing(line(floor=system(20, "lexicon"), model=system(35)))
        assert told.startswith(
            "Against the lexicon, by a paired test over sentences, the model is above it in TC (+37.5, p 0"
        )
        assert "differ" not in told

    def test_one_that_chance_may_have_made_is_not_told_as_higher(self) -> None:
        told = standing(line(floor=system(30, "lexicon"), model=system(31)))
        assert "not shown to differ from it in TC (+2.5, p 1.0000)" in told
        assert "above" not in told

    def test_where_the_model_is_worse_it_says_so(self) -> None:
        assert "the model is below it in TC (-50.0" in standing(line(floor=system(40, "lexicon"), model=system(20)))

    def test_what_the_floor_cannot_find_is_no_bar(self) -> None:
        floor = system({"TC": 20, "AC+": 0}, "lexicon")
        told = standing(line(floor=floor, model=system({"TC": 35, "AC+": 1})))
        assert told.endswith(". Of AC+ the lexicon finds nothing.")
        assert "AC+ (" not in told

    def test_a_floor_that_finds_nothing_is_compared_with_nothing(self) -> None:
        assert standing(line(floor=system({"TC": 0}, "lexicon"), model=system({"TC": 9}))) == (
            "Of TC the lexicon finds nothing."
        )

    def test_without_an_accepted_line_there_is_none(self, tmp_path: Path) -> None:
        assert verdict(Project(tmp_path)) == "No result is accepted yet."


class TestVersus:
    def test_another_recipe_is_held_against_the_accepted_model(self, ledger: Project) -> None:
        append(ledger.ledger, line(2, model=system(20, "flat", supplement_sha256="much")))
        told = versus(ledger, "flat")
        assert "| TC | 75.0 | 50.0 | +25.0 |" in told
        assert "is `flat` (line `" in told

    @pytest.mark.parametrize(
        "other",
        [
            line(2, model=system(20, "weather", supplement_sha256="much")),
            line(2, model=system(20, "flat", supplement_sha256="little")),
            line(2, corpus="other", model=system(20, "flat", supplement_sha256="much")),
            line(2, benchmark="transfer", model=system(20, "flat", supplement_sha256="much")),
            line(2, benchmark="choices", model=system(20, "flat", supplement_sha256="much")),
            line(2, seeds=(1, 2), model=system(20, "flat", supplement_sha256="much")),
        ],
        ids=["another recipe", "another text", "other documents", "another benchmark", "choices", "other seeds"],
    )
    def test_what_was_measured_otherwise_is_not(self, ledger: Project, other: Line) -> None:
        append(ledger.ledger, other)
        assert versus(ledger, "flat") == "`flat` was not measured beside what is accepted."

    def test_another_text_may_be_what_is_compared(self, ledger: Project) -> None:
        append(ledger.ledger, line(2, model=system(20, "articles")))
        assert "+25.0" in versus(ledger, "articles", same_text=False)

    def test_the_recipe_of_the_designs_is_measured_on_the_same_stories(self, ledger: Project) -> None:
        append(ledger.ledger, line(2, benchmark="designs", model=system(20, "articles")))
        assert "of designs, revision" in versus(ledger, "articles", same_text=False)


class TestAblation:
    def test_each_change_is_held_against_the_recipe_as_it_is(self, ledger: Project) -> None:
        systems = {"floor": system(20, "lexicon"), "model": system(30), "worse": system(15), "alike": system(29)}
        append(ledger.ledger, line(benchmark="designs", accepted=True, **systems))
        _, *rows = (row.strip("| ").split(" | ") for row in ablation_table(ledger, "designs").splitlines()[3:])
        told = {role: first for role, first, *_ in rows}
        assert told["model"] == "75.0"
        assert told["alike"] == "72.5 (-2.5, p 1.0000)"
        difference, p = told["worse"].removesuffix(")").split(", p ")
        assert difference == "37.5 (-37.5"
        assert float(p) < 0.001

    def test_without_an_accepted_line_it_says_so(self, ledger: Project) -> None:
        assert ablation_table(ledger, "designs") == "No result is accepted yet."


class TestEntities:
    def test_there_is_a_row_for_each_encoder_on_the_newest_data(self, ledger: Project) -> None:
        assert entities_table(ledger) == "No encoder was measured on named entities."
        measured = ((1, "old", "small", 10), (2, "new", "small", 20), (3, "new", "large", 30), (4, "new", "small", 25))
        for day, corpus, encoder, right in measured:
            model = system({"entity": right, "entity.LOC": right}).model_copy(update={"encoder": encoder})
            append(ledger.ledger, line(day, "external-ner", corpus, model=model))
        rows = [row.strip("| ").split(" | ") for row in entities_table(ledger).splitlines()[2:]]
        assert [(name, f1) for name, _, f1, *_ in rows] == [("`small`", "62.5"), ("`large`", "75.0")]
