"""The tables of scores."""

from __future__ import annotations

from khabar.eval.report.tables import LAYERS, label_tables, score_table
from tests.conftest import annotated
from tests.eval.report.lines import METRICS, line, metric


def test_every_metric_of_the_ledger_stands_in_a_layer() -> None:
    assert sorted(METRICS) == sorted(name for rows in LAYERS.values() for name in rows)
    assert [layer for layer, _ in score_table(line(1, 0.7)).layers] == list(LAYERS)


def test_scores_stand_below_their_own_system() -> None:
    table = score_table(line(1, 0.7, floor=0.5))
    row = table.layers[0][1][0]
    assert [role for role, _ in table.systems] == ["model", "floor"]
    assert [score.shown for score in row.scores if score] == ["70.0", "50.0"]
    assert table.parts[0] == ("zummar", tuple(("70.0", "50.0") for _ in table.part_metrics))
    assert [score.interval for score in row.scores if score] == ["60.0–80.0", "40.0–60.0"]


def test_a_metric_that_nobody_foresaw_is_shown_last() -> None:
    entry = line(1, 0.7)
    systems = {r: s.model_copy(update={"scores": {**s.scores, "joy": metric(0.1)}}) for r, s in entry.systems.items()}
    layer, rows = score_table(entry.model_copy(update={"systems": systems})).layers[-1]
    assert (layer, [row.metric for row in rows]) == ("Other", ["joy"])


def test_labels_are_counted_over_all_documents_the_most_frequent_first() -> None:
    gold = annotated()
    missed = gold.model_copy(update={"events": gold.events[:1], "attributions": gold.attributions[:1]})
    tables = {
        title: rows
        for title, _, rows in label_tables(
            [(gold, gold), (annotated("other"), missed.model_copy(update={"id": "other"}))]
        )
    }
    types = [(r.label, r.counts.gold, r.counts.predicted, r.counts.correct) for r in tables["Triggers by type"]]
    assert types == [("Attack", 4, 3, 3), ("Injure", 2, 1, 1)]
    assert [r.label for r in tables["Arguments by role"]] == ["Instrument", "Origin", "Time"]
    assert [(r.label, r.counts.gold, r.counts.correct) for r in tables["Attributions by stance"]] == [("Asserts", 4, 3)]
    lengths = tables["Arguments by length in tokens"]
    assert [(r.label, r.counts.gold) for r in lengths] == [("1", 2), ("2", 4)]
    sources = tables["Sources named at the cue, or dropped there"]
    assert [(r.label, r.counts.gold, r.counts.correct) for r in sources] == [("explicit", 2, 2), ("dropped", 2, 1)]
