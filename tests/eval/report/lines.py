"""Lines of a ledger, made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from khabar.eval.ledger import Line, Metric, System

METRICS = (
    *("TI", "TC", "AI", "AC", "AI+", "AC+", "cue", "source", "channel", "source_link", "event_link", "stance"),
    *("polarity", "realis", "tags.trigger", "tags.argument", "tags.attribution"),
)


def metric(f1: float) -> Metric:
    return Metric(
        precision=f1, recall=f1, f1=f1, gold=100, predicted=100, correct=round(100 * f1),
        ci=(max(0.0, f1 - 0.1), min(1.0, f1 + 0.1)), seed_sd=0.02,
    )  # fmt: skip


def system(f1: float, recipe: str = "default", encoder: str | None = "random") -> System:
    """Every metric with the same F1, in two parts."""
    scores = {name: metric(f1) for name in METRICS}
    parts = {part: dict.fromkeys(METRICS, f1) for part in ("zummar", "lebanon")}
    return System(recipe=recipe, encoder=encoder, scores=scores, parts=parts)


def line(day: int, model: float, floor: float = 0.5, accepted: bool = False, benchmark: str = "stories") -> Line:
    """A run on a day, with a model and its floor."""
    return Line(
        time=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day),
        benchmark=benchmark,
        accepted=accepted,
        revision="0123456789abcdef0123",
        corpus_version="1.0",
        corpus_sha256="c" * 64,
        documents=7,
        seeds=(1, 2, 3),
        machine="a machine",
        systems={"floor": system(floor, "lexicon", None), "model": system(model)},
    )
