"""The table of scores, as a pipe shows it."""

from __future__ import annotations

import io

from khabar.eval.score import KEYS, score
from khabar.eval.table import print_table, score_table
from tests.eval.documents import GOLD, PREDICTED, document


def printed(*pairs: tuple) -> list[str]:
    stream = io.StringIO()
    gold, predicted = zip(*pairs, strict=True)
    print_table(score_table(score(gold, predicted)), stream)
    return stream.getvalue().splitlines()


def test_a_row_holds_percent_interval_and_counts() -> None:
    rows = {line.split()[0]: line.split()[1:] for line in printed((GOLD, PREDICTED)) if line.strip()}
    assert rows["metric"] == ["P", "R", "F1", "95", "%", "CI", "gold", "predicted", "correct", "lost"]
    assert rows["cue"] == ["66.7", "100.0", "80.0", "80.0-80.0", "2", "3", "2"]
    assert rows["tags.attribution"] == ["100.0", "100.0", "100.0", "100.0-100.0", "4", "4", "4", "1"]


def test_every_metric_has_its_row_in_order() -> None:
    first = [line.split()[0] for line in printed((GOLD, PREDICTED)) if line.strip()]
    assert [word for word in first if word in KEYS] == list(KEYS)


def test_where_nothing_is_gold_or_predicted_there_is_a_dash() -> None:
    rows = {line.split()[0]: line.split()[1:] for line in printed((document(), document())) if line.strip()}
    assert rows["AC+"] == ["-", "-", "-", "-", "0", "0", "0"]


def test_a_pipe_gets_short_plain_lines_without_colour() -> None:
    lines = printed((GOLD, GOLD))
    assert max(map(len, lines)) <= 80
    assert not any("\x1b" in line or "…" in line for line in lines)
