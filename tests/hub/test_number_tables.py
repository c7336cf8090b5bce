"""Sentences about numbers: nothing is told as higher or lower that chance may have made."""

from __future__ import annotations

import pytest

from khabar.corpus.store import Project
from khabar.eval.ledger import Line, last_accepted
from khabar.hub.number_tables import standing, versus


@pytest.fixture
def line(project: Project) -> Line:
    accepted = last_accepted(project.ledger, "stories")
    assert accepted is not None
    return accepted


def seen_as(line: Line, model: str, floor: str) -> str:
    systems = {"model": line.systems[model], "floor": line.systems[floor]}
    return standing(line.model_copy(update={"systems": systems}))


def test_a_difference_beyond_chance_is_told_with_its_p(line: Line) -> None:
    told = seen_as(line, "model", "floor")
    assert "the model is above it in" in told
    assert "event_link (+" in told
    assert "p 0.0" in told
    assert told.endswith("Of AC+ and source_link the lexicon finds nothing.")


def test_where_the_model_is_worse_it_says_so(line: Line) -> None:
    assert "event_link (-" in seen_as(line, "floor", "model").partition("below it in")[2]


def test_equals_are_told_apart_in_nothing(line: Line) -> None:
    told = seen_as(line, "model", "model")
    assert "above" not in told
    assert "below" not in told
    assert "not shown to differ from it in TC (+0.0, p 1.0000)" in told


def test_a_recipe_that_was_not_measured_is_told_so(project: Project) -> None:
    assert versus(project, "weather") == "`weather` was not measured on the same documents."


def test_another_recipe_is_held_against_the_accepted_model(project: Project) -> None:
    told = versus(project, "flat")
    assert "`flat` with the encoder" in told
    assert "| TC |" in told
