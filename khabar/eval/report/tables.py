"""The tables of scores: by metric with every system beside the others, by story, and by label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khabar.document import Document
from khabar.eval.breakdown import breakdown
from khabar.eval.comparison import caption
from khabar.eval.counts import Counts
from khabar.eval.ledger import WATCHED, Line
from khabar.eval.report.history import in_order, percent

LAYERS: dict[str, dict[str, str]] = {
    "Events": {
        "TI": "trigger",
        "TC": "trigger, type",
        "polarity": "trigger, polarity",
        "realis": "trigger, realis",
    },
    "Arguments": {
        "AI": "type, span",
        "AC": "type, span, role",
        "AI+": "trigger, type, span",
        "AC+": "trigger, type, span, role",
    },
    "Attribution": {
        "cue": "cue",
        "source": "source's span",
        "channel": "channel's span",
        "source_link": "cue, source",
        "event_link": "cue, trigger covered",
        "stance": "cue, stance",
    },
    "Tags (seqeval, strict IOB2)": {
        "tags.trigger": "chunk",
        "tags.argument": "chunk, for each event",
        "tags.attribution": "chunk",
    },
}
"""Metrics by layer, and what has to be right together; metrics that a line has beyond these are shown last."""


@dataclass(frozen=True)
class Scored:
    """One system's score on one metric; shares from 0 to 1, `sd` in points of F1."""

    precision: str
    recall: str
    f1: float
    low: float
    high: float
    sd: str
    gold: int

    @property
    def shown(self) -> str:
        """F1 in percent."""
        return percent(self.f1)

    @property
    def interval(self) -> str:
        """The interval in percent."""
        return f"{percent(self.low)}–{percent(self.high)}"


@dataclass(frozen=True)
class MetricRow:
    """A metric: its name, what it counts, a score for each system (None where one has none)."""

    metric: str
    counts: str
    scores: tuple[Scored | None, ...]


@dataclass(frozen=True)
class ScoreTable:
    """A line of the ledger as tables.

    Attributes:
        caption: What was measured.
        systems: Role, and recipe with encoder, of each column.
        layers: Rows by layer.
        part_metrics: The metrics shown by story.
        parts: Story, and for each metric F1 in percent of every system.
    """

    caption: str
    systems: tuple[tuple[str, str], ...]
    layers: tuple[tuple[str, tuple[MetricRow, ...]], ...]
    part_metrics: tuple[str, ...]
    parts: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]


@dataclass(frozen=True)
class LabelRow:
    """How well one label is found."""

    label: str
    counts: Counts


def score_table(line: Line) -> ScoreTable:
    """The scores of one line, by layer and by part."""
    known = [metric for rows in LAYERS.values() for metric in rows]
    there = list(dict.fromkeys(metric for system in line.systems.values() for metric in system.scores))
    other = {"Other": {metric: "" for metric in there if metric not in known}}
    layers = tuple(
        (layer, tuple(_row(line, metric, counts) for metric, counts in rows.items() if metric in there))
        for layer, rows in {**LAYERS, **other}.items()
    )
    ordered = in_order(line)
    with_parts = [system for _, system in ordered if system.parts]
    parts = tuple(
        (part, tuple(tuple(_percent(s.parts.get(part, {}).get(metric)) for s in with_parts) for metric in WATCHED))
        for part in (with_parts[0].parts if with_parts else ())
    )
    systems = tuple(
        (role, system.recipe + (f", {system.encoder}" if system.encoder else "")) for role, system in ordered
    )
    return ScoreTable(caption(line).replace("`", ""), systems, tuple(x for x in layers if x[1]), WATCHED, parts)


BY_LABEL = (
    ("Triggers by type", "type", "TC"),
    ("Arguments by role", "role", "AC+"),
    ("Attributions by stance", "stance", "stance"),
    ("Arguments by length in tokens", "length", "AC+"),
    ("Sources named at the cue, or dropped there", "source", "source_link"),
)
"""Tables by label: title, what scores are taken apart by (see `khabar.eval.breakdown`), the metric."""


def label_tables(pairs: Sequence[tuple[Document, Document]]) -> list[tuple[str, str, list[LabelRow]]]:
    """How well each label is found.

    Args:
        pairs: Gold documents, each with a prediction on its text.

    Returns:
        Title, metric, and a row a label; labels of the ontology with the most frequent in gold first.
    """
    gold, predicted = [one for one, _ in pairs], [other for _, other in pairs]
    tables = []
    for title, by, metric in BY_LABEL:
        table = breakdown(gold, predicted, by)
        rows = [LabelRow(label, counts[metric]) for label, counts in table.items() if metric in counts]
        if by != "length":
            rows.sort(key=lambda row: (-row.counts.gold, -row.counts.predicted, row.label))
        tables.append((title, metric, rows))
    return tables


def _row(line: Line, metric: str, counts: str) -> MetricRow:
    scores = []
    for _, system in in_order(line):
        score = system.scores.get(metric)
        scores.append(
            None
            if score is None
            else Scored(
                percent(score.precision),
                percent(score.recall),
                score.f1,
                *score.ci,
                percent(score.seed_sd) if len(line.seeds) > 1 and score.seed_sd else "",
                score.gold,
            )
        )
    return MetricRow(metric, counts, tuple(scores))


def _percent(share: float | None) -> str:
    return "—" if share is None else percent(share)
