"""Batches of like length: what stands together in a step needs little padding, and every step has as much to read."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

_MIXED = 1.3  # by which factor two lengths may differ, so that each epoch puts other items together


class TokenBatches:
    """Batches of a data set, other ones in every epoch, drawn by seed: a batch sampler of torch's `DataLoader`.

    Items are sorted by length, roughly, and cut into steps of about as many word pieces each; the steps are shuffled.
    Where several processes train together, each gets its part of every step.

    Args:
        shapes: Windows of each item of the data set, and pieces of the longest: what is padded to one block.
        items: Items a step on average, of all processes together.
        seed: Of the drawing.
        process: Which process this is.
        processes: How many train together.
    """

    def __init__(
        self, shapes: Sequence[tuple[int, int]], items: float, seed: int, process: int = 0, processes: int = 1
    ):
        self.shapes, self.seed, self.process, self.processes = shapes, seed, process, processes
        # Every process needs something to do in every step.
        self.steps = max(1, min(round(len(shapes) / items), len(shapes) // processes))
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose batches are drawn; the Trainer calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Steps an epoch, the same in all."""
        return self.steps

    def __iter__(self) -> Iterator[list[int]]:
        """The items of each step, by number."""
        draw = random.Random(f"{self.seed} {self.epoch}")
        order = list(range(len(self.shapes)))
        draw.shuffle(order)  # before sorting, so that items of one length are mixed
        order.sort(key=lambda item: self.shapes[item][1] * draw.uniform(1, _MIXED))
        steps = list(self._cut(order))
        draw.shuffle(steps)
        for step in steps:
            yield step[self.process :: self.processes] or step[:1]

    def _cut(self, order: Sequence[int]) -> Iterator[list[int]]:
        """Stretches of the order that hold about as many pieces each, and an item for each process at least."""
        ends = list(accumulate(windows * longest for windows, longest in (self.shapes[item] for item in order)))
        start = 0
        for step in range(1, self.steps + 1):
            end = bisect_left(ends, ends[-1] * step / self.steps) + 1
            end = min(max(end, start + self.processes), len(order) - (self.steps - step) * self.processes)
            yield list(order[start:end])
            start = end
