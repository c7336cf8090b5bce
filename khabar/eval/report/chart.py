"""A small chart of scores: where its lines, points and ticks stand. The template draws it as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 340, 190
"""Units of the drawing; it scales with the page."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 12, 12, 26
_STEP = 0.25  # between the lines of the grid


@dataclass(frozen=True)
class Value:
    """One score to be drawn.

    Attributes:
        column: Its place from left to right, from 0.
        score: 0 to 1.
        low: Lower end of its interval.
        high: Upper end.
        solid: Whether it is drawn filled.
        told: What its tooltip says.
    """

    column: int
    score: float
    low: float
    high: float
    solid: bool
    told: str


@dataclass(frozen=True)
class Point:
    """A value, placed: x to the right, y downwards, in units of the drawing."""

    x: float
    y: float
    low: float
    high: float
    solid: bool
    told: str


@dataclass(frozen=True)
class Series:
    """The points of one system, from left to right, and the line through them."""

    name: str
    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        """For SVG's `points`."""
        return " ".join(f"{p.x},{p.y}" for p in self.points)


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        title: What it shows.
        series: One a system.
        grid: Height and label of each line of the grid.
        ticks: Place and label of each column.
        left: Where the plot begins.
        right: Where it ends.
    """

    title: str
    series: tuple[Series, ...]
    grid: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def chart(title: str, series: Mapping[str, Sequence[Value]], columns: Sequence[str]) -> Chart:
    """Places values on a plot whose height is the range from 0 to 1.

    Args:
        title: What it shows.
        series: Values by system; systems are set side by side in each column, so that intervals do not hide another.
        columns: A label for each column; an empty one gets no tick.
    """
    room = (WIDTH - _LEFT - _RIGHT) / max(len(columns), 1)
    shift = min(room / (len(series) + 1), 14.0) if series else 0.0

    def x(column: int, rank: int) -> float:
        return round(_LEFT + room * (column + 0.5) + shift * (rank - (len(series) - 1) / 2), 1)

    def y(score: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - score), 1)

    placed = tuple(
        Series(
            name,
            tuple(Point(x(v.column, rank), y(v.score), y(v.low), y(v.high), v.solid, v.told) for v in values),
        )
        for rank, (name, values) in enumerate(series.items())
    )
    steps = [i * _STEP for i in range(round(1 / _STEP) + 1)]
    ticks = tuple((round(_LEFT + room * (i + 0.5), 1), label) for i, label in enumerate(columns) if label)
    return Chart(title, placed, tuple((y(step), f"{100 * step:.0f}") for step in steps), ticks)
