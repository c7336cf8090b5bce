"""Counting: every number is one that a person could count."""

from __future__ import annotations

import json

from khabar.cli.main import main
from khabar.corpus.stats import stats
from khabar.corpus.store import Project
from tests.conftest import annotated, blank


def test_two_sentences_counted_by_hand(project: Project) -> None:
    counted = stats([annotated("a", "x"), blank("b", "خبر قصير.", "y")], project.ontology)
    assert counted["total"] == {
        "documents": 2,
        "sentences": 3,
        "words": 12 + 7 + 2,
        "characters": len(annotated().text) + 9,
        "events": 3,
        "arguments": 3,
        "attributions": 2,
        "sources": 2,
        "channels": 2,
        "covered_events": 3,
    }
    assert counted["story"]["y"]["words"] == 2
    assert counted["type"] == dict.fromkeys(project.ontology.types, 0) | {"Attack": 2, "Injure": 1}
    assert counted["role"]["Origin"] == 1
    assert counted["polarity"] == {"Positive": 2, "Negative": 1}
    assert counted["cue"] == {"word": 2, "none": 0}
    assert (counted["clusters"], counted["clusters_across_stories"]) == (1, 0)


def test_stories_add_up_to_the_total(project: Project) -> None:
    counted = stats(project.gold_documents(), project.ontology)
    for key, value in counted["total"].items():
        assert sum(story[key] for story in counted["story"].values()) == value
        assert sum(document[key] for document in counted["document"].values()) == value
    assert sum(counted["type"].values()) == counted["total"]["events"]
    assert sum(counted["role"].values()) == counted["total"]["arguments"]


def test_the_command_counts_the_gold(project: Project, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["--project", str(project.root), "stats", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["documents"] == 7
    assert main(["--project", str(project.root), "stats"]) == 0
    assert "zummar" in capsys.readouterr().out


def test_the_plot_draws_a_bar_for_every_label_to_scale(project: Project, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["--project", str(project.root), "stats", "--plot"]) == 0
    bars = {line.split()[0]: line.count("█") for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    counted = stats(project.gold_documents(), project.ontology)["type"]
    most = max(counted.values())
    assert {label: bars[label] for label in counted} == {label: round(40 * n / most) for label, n in counted.items()}
