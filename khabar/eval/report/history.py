"""Scores over time: every benchmark's lines of the ledger, as charts and as a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from khabar.eval.ledger import Line, System
from khabar.eval.report.chart import Chart, Value, chart

CHARTED = ("TC", "AC+", "cue", "source_link", "event_link", "stance")
"""What is drawn; the table below the charts holds the same."""

_TICKS = 6  # labels that fit below a chart
_SHARE = re.compile(r"(?P<system>.+) (?P<percent>\d+)\s?%")  # roles of a learning curve: `model 25%`


@dataclass(frozen=True)
class Cell:
    """One score of one run: F1 in percent, with its interval, as text; dashes where the run has none."""

    f1: str
    interval: str


@dataclass(frozen=True)
class RunRow:
    """A system in one run, as a row of a table.

    Attributes:
        day: When, ISO 8601 date.
        line: The line's id.
        revision: Twelve digits of the commit, `-dirty` if it had changes.
        marks: `accepted`, `submitted`.
        role: `model`, `floor`, ….
        system: Recipe and encoder.
        cells: One for each of the history's metrics.
    """

    day: str
    line: str
    revision: str
    marks: tuple[str, ...]
    role: str
    system: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class History:
    """A benchmark's runs.

    Attributes:
        benchmark: Its name.
        runs: How many.
        across: What the columns of the charts are: `runs`, or `training data` for a learning curve.
        systems: Names of the series, in the order in which they are drawn.
        metrics: What is charted.
        charts: One for each of `metrics`.
        rows: Newest run first.
        corpora: How many different corpora were scored; scores compare only within one.
    """

    benchmark: str
    runs: int
    across: str
    systems: tuple[str, ...]
    metrics: tuple[str, ...]
    charts: tuple[Chart, ...]
    rows: tuple[RunRow, ...]
    corpora: int


def histories(lines: Sequence[Line]) -> list[History]:
    """One history a benchmark, `stories` first, then by name."""
    names = sorted({line.benchmark for line in lines}, key=lambda name: (name != "stories", name))
    return [_history(name, [line for line in lines if line.benchmark == name]) for name in names]


def shown_line(lines: Sequence[Line], benchmark: str) -> Line | None:
    """The line whose scores are shown: a benchmark's newest accepted one, else its newest; None if it has none."""
    ours = [line for line in lines if line.benchmark == benchmark]
    return max([line for line in ours if line.accepted] or ours, key=lambda line: line.time, default=None)


def in_order(line: Line) -> list[tuple[str, System]]:
    """Role and system, the floor last: the first series is what is measured, in charts and tables alike."""
    return sorted(line.systems.items(), key=lambda one: one[0] == "floor")


def percent(share: float) -> str:
    """A share (0 to 1) in percent, with one digit after the point."""
    return f"{100 * share:.1f}"


def revision(line: Line) -> str:
    """Twelve digits of the commit, `-dirty` if the code had changes; a dash outside git."""
    if line.revision is None:
        return "—"
    return line.revision[:12] + ("-dirty" if line.revision.endswith("-dirty") else "")


def _history(benchmark: str, lines: Sequence[Line]) -> History:
    ordered = sorted(lines, key=lambda line: line.time)
    curve = all(_SHARE.fullmatch(role) for role in ordered[-1].systems)
    if curve:
        series, columns = _by_share(ordered[-1])
    else:
        series, columns = _by_run(ordered)
    metrics = _metrics(ordered[-1])
    return History(
        benchmark=benchmark,
        runs=len(ordered),
        across="training data" if curve else "runs",
        systems=tuple(dict.fromkeys(system for _, system, _ in series)),
        metrics=metrics,
        charts=tuple(_chart(metric, series, columns) for metric in metrics),
        rows=tuple(row for line in reversed(ordered) for row in _rows(line, metrics)),
        corpora=len({line.corpus_sha256 for line in ordered}),
    )


Placed = tuple[int, str, tuple[Line, str]]
"""A column, the series' name, and the line and role whose scores stand there."""


def _by_run(lines: Sequence[Line]) -> tuple[list[Placed], list[str]]:
    roles = list(dict.fromkeys(role for line in reversed(lines) for role in line.systems))
    order = sorted(roles, key=lambda role: (role == "floor", roles.index(role)))
    placed = [(i, r, (line, r)) for r in order for i, line in enumerate(lines) if r in line.systems]
    every = -(-len(lines) // _TICKS)
    return placed, [f"{line.time:%d %b}" if i % every == 0 else "" for i, line in enumerate(lines)]


def _by_share(line: Line) -> tuple[list[Placed], list[str]]:
    found = [(match["system"], int(match["percent"]), role) for role in line.systems if (match := _SHARE.match(role))]
    shares = sorted({share for _, share, _ in found})
    found.sort(key=lambda one: (one[0] == "floor", one[0], one[1]))
    return [(shares.index(s), name, (line, role)) for name, s, role in found], [f"{share} %" for share in shares]


def _chart(metric: str, placed: Sequence[Placed], columns: Sequence[str]) -> Chart:
    series: dict[str, list[Value]] = {}
    for column, name, (line, role) in placed:
        if (score := line.systems[role].scores.get(metric)) is not None:
            told = f"{role}, {line.time:%Y-%m-%d}: {percent(score.f1)} ({percent(score.ci[0])}–{percent(score.ci[1])})"
            series.setdefault(name, []).append(Value(column, score.f1, *score.ci, solid=line.accepted, told=told))
    return chart(metric, series, columns)


def _metrics(line: Line) -> tuple[str, ...]:
    """`CHARTED`, or of a benchmark that measures none of them the first metrics that it has."""
    measured = list(dict.fromkeys(metric for system in line.systems.values() for metric in system.scores))
    return CHARTED if set(CHARTED) & set(measured) else tuple(measured[: len(CHARTED)])


def _rows(line: Line, metrics: Sequence[str]) -> list[RunRow]:
    marks = tuple(name for name in ("accepted", "submitted") if getattr(line, name))
    rows = []
    for role, system in in_order(line):
        scores = [system.scores.get(metric) for metric in metrics]
        cells = tuple(
            Cell(percent(s.f1), f"{percent(s.ci[0])}–{percent(s.ci[1])}") if s else Cell("—", "") for s in scores
        )
        name = system.recipe + (f", {system.encoder}" if system.encoder else "")
        rows.append(RunRow(f"{line.time:%Y-%m-%d}", line.id, revision(line), marks, role, name, cells))
    return rows
