"""Scores as a table that a terminal, a pipe and a file all show alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from khabar.eval import tags
from khabar.eval.score import Score, Scores

_WIDTH = 200  # wider than the table: a narrow terminal then wraps lines, and no number is ever cut off
_LAST_OF_GROUP = ("AC+", "stance", "realis")


def score_table(scores: Scores, title: str | None = None) -> Table:
    """The table of scores: percent, the 95 % interval of F1, and counts; `-` where nothing is gold or predicted."""
    table = Table(title=title, title_justify="left", title_style="", box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("metric", no_wrap=True)
    for heading in ("P", "R", "F1", "95 % CI", "gold", "predicted", "correct", "lost"):
        table.add_column(heading, justify="right", no_wrap=True)
    for metric, score in scores.by_metric.items():
        lost = str(score.lost) if metric in tags.KEYS else ""
        table.add_row(
            *(metric, *_percentages(score), str(score.gold), str(score.predicted), str(score.correct), lost),
            end_section=metric in _LAST_OF_GROUP,
        )
    return table


def rows_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Any rows as a table: the first column to the left, the others to the right."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    for i, heading in enumerate(header):
        table.add_column(heading, justify="right" if i else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def print_table(table: Table, file: TextIO | None = None) -> None:
    """Prints a table at its own width, on standard output if `file` is None; without colour unless on a terminal."""
    Console(file=file, width=_WIDTH, highlight=False).print(table)


def _percentages(score: Score) -> tuple[str, str, str, str]:
    if not score.gold and not score.predicted:
        return "-", "-", "-", "-"
    low, high = score.ci
    return (
        f"{score.precision:.1%}"[:-1],
        f"{score.recall:.1%}"[:-1],
        f"{score.f1:.1%}"[:-1],
        f"{100 * low:.1f}-{100 * high:.1f}",
    )
