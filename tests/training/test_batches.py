"""Batches of like length: everything once an epoch, in steps of about as much to read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from hypothesis import given
from hypothesis import strategies as st

from khabar.training.batches import TokenBatches
from khabar.training.finetune import fit
from tests.training.encoders import TINY, tokenizer

SHAPES = st.lists(st.tuples(st.integers(1, 4), st.integers(3, 60)), min_size=1, max_size=60)


def news(count: int = 400) -> list[tuple[int, int]]:
    """Sentences of the lengths that news has."""
    draw = random.Random(1)
    return [(1, round(draw.gammavariate(3, 12)) + 3) for _ in range(count)]


def area(shapes: list[tuple[int, int]], step: list[int]) -> int:
    """What a step is to the encoder: its windows, padded to the longest."""
    return sum(shapes[item][0] for item in step) * max(shapes[item][1] for item in step)


@given(SHAPES, st.integers(1, 9), st.integers(0, 3), st.integers(1, 3))
def test_every_item_is_seen_once_an_epoch_and_every_process_has_something_to_do(
    shapes: list[tuple[int, int]], items: int, epoch: int, processes: int
) -> None:
    parts = []
    for process in range(processes):
        batches = TokenBatches(shapes, items, 7, process, processes)
        batches.set_epoch(epoch)
        parts.append(list(batches))
        assert len(parts[-1]) == len(batches)
        assert all(parts[-1])
    seen = sorted(item for part in parts for step in part for item in step)
    if len(shapes) >= processes:
        assert seen == list(range(len(shapes)))
    else:
        assert set(seen) == set(range(len(shapes)))


def test_the_same_seed_and_epoch_give_the_same_batches_and_others_give_others() -> None:
    one, same, other = (TokenBatches(news(), 8, seed) for seed in (1, 1, 2))
    assert list(one) == list(same) != list(other)
    first = list(one)
    one.set_epoch(1)
    assert list(one) != first
    assert {frozenset(step) for step in one} != {frozenset(step) for step in first}  # not only in another order


def test_less_than_a_tenth_is_padding_where_batches_at_random_waste_a_third() -> None:
    shapes = news()
    pieces = sum(longest for _, longest in shapes)
    order = random.Random(1).sample(range(len(shapes)), len(shapes))
    at_random = [order[start : start + 8] for start in range(0, len(order), 8)]
    assert pieces / sum(area(shapes, step) for step in TokenBatches(shapes, 8, 1)) > 0.9
    assert pieces / sum(area(shapes, step) for step in at_random) < 0.7


def test_steps_have_as_much_to_read_whether_their_sentences_are_long_or_short() -> None:
    shapes = news()
    areas = sorted(sum(shapes[item][1] for item in step) for step in TokenBatches(shapes, 8, 1))
    assert areas[-3] < 1.5 * areas[2]
    lengths = sorted(len(step) for step in TokenBatches(shapes, 8, 1))
    assert lengths[-1] > 2 * lengths[0]


class Item(NamedTuple):
    """Something to learn from."""

    number: int

    @property
    def shape(self) -> tuple[int, int]:
        return 1, 5 + self.number


class Line(torch.nn.Module):
    """A model with an encoder and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = torch.nn.Linear(1, 1)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"loss": self.encoder(x).pow(2).mean()}


def test_training_draws_other_batches_in_every_epoch(tmp_path: Path) -> None:
    seen: list[list[int]] = []

    def collate(batch: Sequence[Item]) -> dict[str, torch.Tensor]:
        seen.append([item.number for item in batch])
        return {"x": torch.tensor([[float(item.number)] for item in batch])}

    fit(Line(), [Item(n) for n in range(24)], collate, tokenizer(), TINY.changed(epochs=3, batch_size=4), tmp_path)
    epochs = [seen[start : start + 6] for start in range(0, 18, 6)]
    assert len(seen) == 18
    assert all(sorted(item for step in epoch for item in step) == list(range(24)) for epoch in epochs)
    assert len({frozenset(map(frozenset, epoch)) for epoch in epochs}) == 3
