"""Scores over time."""

from __future__ import annotations

from khabar.eval.report.chart import HEIGHT, Value, chart
from khabar.eval.report.history import CHARTED, histories, shown_line
from tests.eval.report.lines import line, system


def test_runs_stand_in_order_of_time_with_the_model_before_its_floor() -> None:
    (history,) = histories([line(3, 0.7), line(1, 0.6, accepted=True)])
    first = history.charts[0]
    assert (history.benchmark, history.runs, history.systems) == ("stories", 2, ("model", "floor"))
    assert [s.name for s in first.series] == ["model", "floor"]
    assert [p.told for p in first.series[0].points] == [
        "model, 2026-01-02: 60.0 (50.0–70.0)",
        "model, 2026-01-04: 70.0 (60.0–80.0)",
    ]
    assert [p.solid for p in first.series[0].points] == [True, False]
    assert [label for _, label in first.ticks] == ["02 Jan", "04 Jan"]


def test_the_table_has_the_newest_run_first_and_says_what_it_was() -> None:
    (history,) = histories([line(1, 0.6, accepted=True), line(3, 0.7)])
    assert [(r.day, r.role, r.system, r.marks) for r in history.rows] == [
        ("2026-01-04", "model", "default, random", ()),
        ("2026-01-04", "floor", "lexicon", ()),
        ("2026-01-02", "model", "default, random", ("accepted",)),
        ("2026-01-02", "floor", "lexicon", ("accepted",)),
    ]
    assert len(history.rows[0].cells) == len(CHARTED)
    assert (history.rows[0].cells[0].f1, history.rows[0].cells[0].interval) == ("70.0", "60.0–80.0")


def test_a_metric_that_a_run_does_not_have_is_left_out() -> None:
    entry = line(1, 0.6)
    bare = entry.systems["model"].model_copy(update={"scores": {"TC": entry.systems["model"].scores["TC"]}})
    (history,) = histories([entry.model_copy(update={"systems": {"model": bare}})])
    assert [len(c.series) for c in history.charts] == [1, 0, 0, 0, 0, 0]
    assert [cell.f1 for cell in history.rows[0].cells] == ["60.0", *["—"] * 5]


def test_a_benchmark_of_other_metrics_charts_what_it_measures() -> None:
    entry = line(1, 0.6)
    other = entry.systems["model"].model_copy(update={"scores": {"entity": entry.systems["model"].scores["TC"]}})
    (history,) = histories([entry.model_copy(update={"systems": {"model": other}})])
    assert (history.metrics, [c.title for c in history.charts]) == (("entity",), ["entity"])


def test_runs_on_different_corpora_are_told() -> None:
    (history,) = histories([line(1, 0.6), line(2, 0.6).model_copy(update={"corpus_sha256": "d" * 64})])
    assert history.corpora == 2


def test_a_learning_curve_runs_over_shares_not_over_runs() -> None:
    shares = {f"{role} {percent}%": system(percent / 200) for role in ("floor", "model") for percent in (25, 100)}
    (history,) = histories([line(1, 0.6, benchmark="learning-curve").model_copy(update={"systems": shares})])
    assert history.across == "training data"
    assert [label for _, label in history.charts[0].ticks] == ["25 %", "100 %"]
    assert [(s.name, len(s.points)) for s in history.charts[0].series] == [("model", 2), ("floor", 2)]


def test_the_stories_come_first() -> None:
    lines = [line(1, 0.6, benchmark="annotators"), line(1, 0.6)]
    assert [h.benchmark for h in histories(lines)] == ["stories", "annotators"]
    assert histories([]) == []


def test_the_newest_accepted_line_is_shown_else_the_newest() -> None:
    old, newer, newest = line(1, 0.5, accepted=True), line(2, 0.6, accepted=True), line(3, 0.7)
    assert shown_line([newest, newer, old], "stories") == newer
    assert shown_line([newest], "stories") == newest
    assert shown_line([newest], "transfer") is None


def test_a_chart_is_as_high_as_the_range_from_0_to_1() -> None:
    drawn = chart("TC", {"model": [Value(0, 0.0, 0.0, 1.0, True, "")]}, ["today"])
    (point,) = drawn.series[0].points
    heights = {label: y for y, label in drawn.grid}
    assert (point.y, point.low, point.high) == (heights["0"], heights["0"], heights["100"])
    assert 0 < heights["100"] < heights["50"] < heights["0"] < HEIGHT
    assert point.x == drawn.ticks[0][0] == (drawn.left + drawn.right) / 2
