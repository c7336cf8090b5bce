"""A few hundred made-up news items, a recipe that suits them, and the text packed."""

from __future__ import annotations

import itertools
from pathlib import Path

from khabar.training.pretraining.recipe import Masking, PretrainingRecipe, Shape, SkipGram, TextPlan

WHO = ("مصدر أمني", "وزير الدفاع", "قائد الجيش", "متحدث باسم الشرطة", "مسؤول محلي", "شاهد عيان")
SAID = ("قال", "أعلن", "أكد", "ذكر")
WHAT = ("صواريخ أطلقت", "انفجارا وقع", "قوات انسحبت", "طائرة أسقطت", "جنودا أصيبوا")
WHERE = ("في بغداد", "في زمار", "قرب الحدود", "في بيروت", "شمال المدينة")

TINY = PretrainingRecipe(
    name="tiny",
    text=TextPlan(vocabulary=400, near_duplicate=0.95, shortest=3, held_out=0.1),
    architecture=Shape(layers=1, hidden=32, heads=2, intermediate=64, positions=32),
    skipgram=SkipGram(epochs=1),
    masking=Masking(
        steps=12, batch_size=4, length=16, learning_rate=5e-3, evaluate_steps=6, checkpoint_seconds=0, dropout=0.1
    ),
    threads=1,
    device="cpu",
)
"""Learns next to nothing in a second."""


def items() -> list[str]:
    """600 different items of a sentence."""
    every = itertools.product(SAID, WHO, WHAT, WHERE)
    return [f"{said} {who} الأحد إن {what} {where}." for said, who, what, where in every]


def write_news(folder: Path) -> Path:
    """Two files of items and where they are from, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    half = len(items()) // 2
    (folder / "morning.txt").write_text("\n\n".join(items()[:half]), encoding="utf-8")
    (folder / "evening.txt").write_text("\n\n".join(items()[half:]), encoding="utf-8")
    table = "name\trepo\tlicence\nmorning\tsome/where\tCC BY 4.0\n"
    (folder / "SOURCES.tsv").write_text(table, encoding="utf-8")
    return folder
