"""A ledger line as a table: the model beside its floor, with interval, spread and every story."""

from __future__ import annotations

from typing import Any

from khabar.eval.score import KEYS

STORY_METRICS = ("TC", "AC+", "cue", "source_link", "event_link")
"""What is shown story by story."""


def comparison_rows(line: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: F1 of every metric in percent, of the model (with interval and spread) and of the floor."""
    model, floor = line["systems"]["model"]["scores"], line["systems"]["floor"]["scores"]
    header = ["metric", "floor F1", "model P", "model R", "model F1", "95 % CI", "seed SD", "gold"]
    rows = [
        [
            key,
            _percent(floor[key]["f1"]),
            _percent(model[key]["precision"]),
            _percent(model[key]["recall"]),
            _percent(model[key]["f1"]),
            f"{_percent(model[key]['ci'][0])}-{_percent(model[key]['ci'][1])}",
            _percent(model[key]["seed_sd"]),
            str(floor[key]["gold"]),
        ]
        for key in KEYS
    ]
    return header, rows


def story_rows(line: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Header and rows: F1 of `STORY_METRICS` in every held-out story, in percent, floor and model."""
    model, floor = line["systems"]["model"]["stories"], line["systems"]["floor"]["stories"]
    header = ["story held out", *STORY_METRICS]
    rows = [
        [story, *(f"{_percent(floor[story][key])} → {_percent(model[story][key])}" for key in STORY_METRICS)]
        for story in model
    ]
    return header, rows


def caption(line: dict[str, Any]) -> str:
    """What was measured, in a sentence or two."""
    model = line["systems"]["model"]
    encoder = "an encoder that starts at random" if model["encoder"] == "random" else f"the encoder {model['encoder']}"
    seeds = len(line["seeds"])
    return (
        f"Leave one story out over {line['documents']} documents, {seeds} {'seed' if seeds == 1 else 'seeds'}, recipe "
        f"`{model['recipe']['name']}` with {encoder}; floor: the lexicon. F1 in percent, pooled over stories and "
        f"seeds; interval by bootstrap over documents and seeds; SD over seeds. Revision "
        f"`{(line['revision'] or 'none')[:12]}`, corpus `{line['corpus_sha256'][:12]}`."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
