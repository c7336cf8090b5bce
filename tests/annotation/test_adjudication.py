"""Adjudication: differences are found whole, a log leads from two passes to the gold and to nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from khabar.annotation.adjudication import (
    ClusterDecision,
    Decision,
    differences,
    dumps_log,
    load_log,
    replay,
    write_log,
)
from khabar.annotation.units import assemble, clusters_of, units
from khabar.cli.main import main
from khabar.corpus.store import Project, read_documents
from khabar.document import Document, dumps
from khabar.errors import InputError
from tests.conftest import annotated, blank


@pytest.fixture
def a() -> Document:
    return annotated()


@pytest.fixture
def b() -> Document:
    """As A, but without the negated event, and with another stance on the second cue."""
    document = annotated()
    second = document.attributions[1].model_copy(update={"stance": "Claims", "events": ("e2",)})
    update = {"events": document.events[:2], "attributions": (document.attributions[0], second)}
    return document.model_copy(update=update)


class TestUnits:
    def test_a_document_put_together_from_its_units_is_the_same(self, a: Document) -> None:
        assert assemble(a, units(a), clusters_of([a])) == a

    def test_every_gold_document_survives(self, project: Project) -> None:
        for document in project.gold_documents():
            assert dumps(assemble(document, units(document), clusters_of([document]))) == dumps(document)

    def test_ids_and_clusters_make_no_difference(self, a: Document) -> None:
        other = a.model_copy(
            update={"events": tuple(e.model_copy(update={"id": f"x{e.id}", "cluster": "else"}) for e in a.events)}
        )
        renamed = other.model_copy(
            update={
                "attributions": tuple(
                    t.model_copy(update={"events": tuple(f"x{e}" for e in t.events)}) for t in a.attributions
                )
            }
        )
        assert units(renamed) == units(a)


class TestDifferences:
    def test_equal_passes_differ_nowhere(self, a: Document) -> None:
        assert differences([a], [a]) == []

    def test_a_difference_holds_what_each_has(self, a: Document, b: Document) -> None:
        first, second = differences([a], [b])
        assert (first.kind, first.text) == ("attribution", "وأضافا")
        assert [v["stance"] for v in first.a + first.b] == ["Asserts", "Claims"]
        assert (second.kind, second.text, second.b) == ("event", "إصابات", [])

    def test_passes_over_other_documents_are_refused(self, a: Document) -> None:
        with pytest.raises(InputError, match="stands in the first folder alone"):
            differences([a], [])
        with pytest.raises(InputError, match="stands in the second folder alone"):
            differences([], [a])
        with pytest.raises(InputError, match="not the same text"):
            differences([a], [blank(text="نص آخر.")])


class TestReplay:
    def test_the_log_leads_to_the_gold(self, a: Document, b: Document) -> None:
        log = write_log([a], [b], [b])
        assert [entry.rule for entry in log] == ["", "", ""]
        assert replay([a], [b], log) == [b]

    def test_a_decision_may_overrule_what_both_have(self, a: Document) -> None:
        first = a.events[0].model_copy(update={"realis": "Other"})
        gold = a.model_copy(update={"events": (first, *a.events[1:])})
        log = write_log([a], [a], [gold])
        assert [entry.kind for entry in log] == ["event", "cluster"]
        assert replay([a], [a], log) == [gold]

    def test_a_difference_without_a_decision_is_told(self, a: Document, b: Document) -> None:
        with pytest.raises(InputError, match="the log does not decide"):
            replay([a], [b], write_log([a], [b], [b])[1:])

    def test_a_log_for_other_passes_is_told(self, a: Document, b: Document) -> None:
        with pytest.raises(InputError, match="written for other passes"):
            replay([b], [a], write_log([a], [b], [b]))

    def test_a_place_decided_twice_is_told(self, a: Document, b: Document) -> None:
        log = write_log([a], [b], [b])
        with pytest.raises(InputError, match="decided twice"):
            replay([a], [b], [*log, log[0]])

    def test_an_attribution_of_an_event_that_was_not_kept_is_told(self, a: Document, b: Document) -> None:
        log = write_log([a], [b], [a])
        dropped = [
            e.model_copy(update={"gold": []}) if isinstance(e, Decision) and e.kind == "event" else e for e in log
        ]
        with pytest.raises(InputError, match="was not kept"):
            replay([a], [b], dropped)

    def test_rules_are_kept_when_the_log_is_written_again(self, a: Document, b: Document) -> None:
        ruled = [entry.model_copy(update={"rule": "E1"}) for entry in write_log([a], [b], [b])]
        assert write_log([a], [b], [b], ruled) == ruled

    def test_a_log_reads_back_as_it_was_written(self, a: Document, b: Document, tmp_path: Path) -> None:
        log = write_log([a], [b], [b])
        file = tmp_path / "log.jsonl"
        file.write_text(dumps_log(log), encoding="utf-8")
        assert load_log(file) == log
        file.write_text("{}\n")
        with pytest.raises(InputError, match=r"log\.jsonl:1: document: Field required"):
            load_log(file)


class TestTheCorpus:
    def test_replaying_the_log_over_the_two_passes_gives_the_gold_byte_for_byte(
        self, project: Project, tmp_path: Path
    ) -> None:
        first = project.rounds / "1"
        command = ["adjudicate", str(first / "a"), str(first / "b"), "--replay"]
        assert main([*command, "--log", str(first / "adjudication.jsonl"), "--out", str(tmp_path)]) == 0
        gold = {path.name: path.read_bytes() for path in project.gold.glob("*.json")}
        assert {path.name: path.read_bytes() for path in tmp_path.glob("*.json")} == gold
        assert len(gold) == 7

    def test_every_decision_names_a_rule_of_the_guidelines(self, project: Project) -> None:
        guidelines = (project.root / "annotation" / "guidelines.md").read_text(encoding="utf-8")
        for entry in load_log(project.rounds / "1" / "adjudication.jsonl"):
            number = entry.rule.split(":")[0]
            assert f"**{number} ·" in guidelines, entry

    def test_the_log_holds_every_cluster_of_the_gold(self, project: Project) -> None:
        log = load_log(project.rounds / "1" / "adjudication.jsonl")
        logged = {tuple(m): e.name for e in log if isinstance(e, ClusterDecision) for m in e.mentions}
        assert logged == clusters_of(read_documents([project.gold]))


def test_the_command_lists_the_differences(a: Document, b: Document, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    for name, document in (("a", a), ("b", b)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "news.json").write_text(dumps(document), encoding="utf-8")
    assert main(["adjudicate", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["وأضافا", "إصابات"]
    log = tmp_path / "log.jsonl"
    command = ["adjudicate", str(tmp_path / "a"), str(tmp_path / "b"), "--decided", str(tmp_path / "b")]
    assert main([*command, "--log", str(log)]) == 0
    assert "3 decisions, 3 of them without a rule" in capsys.readouterr().err
    assert main([*command]) == 2
