"""Agreement: worked examples by hand, and the committed report is the one that the code writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from khabar.annotation.agreement import CHOSEN, FOUND, Chosen, Found, agreement
from khabar.annotation.report import agreement_report
from khabar.cli.main import main
from khabar.corpus.store import Project, read_documents
from khabar.document import Document
from khabar.errors import InputError
from tests.conftest import annotated, blank


def test_a_pass_agrees_with_itself(document: Document) -> None:
    result = agreement([document], [document])
    assert {name: found.f1 for name, found in result.found.items()} == dict.fromkeys(FOUND, 1.0)
    assert {name: chosen.observed for name, chosen in result.chosen.items()} == dict.fromkeys(CHOSEN, 1.0)


def test_an_example_by_hand(document: Document) -> None:
    # B lacks the third of three events and its one link: TI = 2·2/(3+2). Its type of the second differs: TC = 2·1/5.
    # A has 3 arguments, B has the same 3 on the same trigger: 1. A links 3 events, B links 2 of them: 2·2/5.
    second = document.events[1].model_copy(update={"type": "Explosion"})
    link = document.attributions[1].model_copy(update={"events": ("e2",), "stance": "Hedges"})
    other = document.model_copy(
        update={"events": (document.events[0], second), "attributions": (document.attributions[0], link)}
    )
    result = agreement([document], [other])
    assert result.found["trigger"] == Found(3, 2, 2)
    assert result.found["trigger with type"] == Found(3, 2, 1)
    assert result.found["trigger"].f1 == pytest.approx(0.8)
    assert result.found["trigger with type"].f1 == pytest.approx(0.4)
    assert result.found["argument with role"].f1 == 1.0
    assert result.found["event link"] == Found(3, 2, 2)
    assert result.chosen["stance"].pairs == (("Asserts", "Asserts"), ("Asserts", "Hedges"))
    assert result.chosen["polarity"].pairs == (("Positive", "Positive"),) * 2


def test_kappa_is_cohens() -> None:
    # Cohen (1960)-style table: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: po = .7, pe = .5·.6 + .5·.4 = .5, k = .4.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert Chosen(tuple(pairs)).kappa == pytest.approx(0.4)
    assert Chosen((("y", "n"), ("n", "y"))).kappa == pytest.approx(-1.0)


def test_kappa_is_undefined_where_all_is_one_label() -> None:
    assert Chosen((("y", "y"),) * 5).kappa is None
    assert Chosen(()).kappa is None


def test_two_attributions_on_one_cue_are_one_choice(document: Document) -> None:
    twice = document.attributions[0].model_copy(update={"id": "a9", "stance": "Claims"})
    mixed = document.model_copy(update={"attributions": (*document.attributions, twice)})
    assert ("Asserts+Claims", "Asserts") in agreement([mixed], [document]).chosen["stance"].pairs


def test_other_documents_are_refused(document: Document) -> None:
    with pytest.raises(InputError, match="different documents"):
        agreement([document], [annotated("other")])
    with pytest.raises(InputError, match="not the same text"):
        agreement([document], [blank(text="نص آخر.")])


def test_the_committed_report_is_the_one_that_the_code_writes(project: Project) -> None:
    first = project.rounds / "1"
    a, b = read_documents([first / "a"]), read_documents([first / "b"])
    committed = (project.root / "annotation" / "agreement.md").read_text(encoding="utf-8")
    assert committed == agreement_report(a, b, project.gold_documents())


def test_the_command_prints_numbers_and_writes_the_report(project: Project, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    first = project.rounds / "1"
    report = tmp_path / "report.md"
    assert main(["agreement", str(first / "a"), str(first / "b"), "--json", "--report", str(report)]) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert set(numbers) == {*FOUND, *CHOSEN, "overlap", "alpha", "worst"}
    assert numbers["trigger with type"]["f1"] > 0.9
    assert "# Agreement" in report.read_text(encoding="utf-8")
