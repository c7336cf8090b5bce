"""Batches for masked-language-model training: full sequences of packed text, whole words masked.

Everything drawn at random follows from the seed and the number of the step, so that a run that goes on after a kill
sees what it would have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from khabar.errors import InputError
from khabar.training.pretraining.packed import PackedText, Pieces
from khabar.training.vocabulary import SPECIAL

_HELD_OUT = 2**32 - 1  # in place of a step: what is drawn for the held-out text


class Batch(NamedTuple):
    """What one step learns from.

    Attributes:
        inputs: (sequences, length) pieces, of which some are masked.
        places: Places of the masked pieces in `inputs`, flattened, in order.
        targets: What stood there.
    """

    inputs: NDArray[np.int64]
    places: NDArray[np.int64]
    targets: NDArray[np.int64]


@dataclass(frozen=True)
class Batches:
    """Draws batches.

    Attributes:
        pieces: Packed text.
        vocabulary: Its word pieces.
        batch_size: Sequences a step.
        length: Pieces a sequence, the [CLS] at its head included.
        masked: Share of the words that is masked.
        seed: Of everything drawn at random.
    """

    pieces: Pieces
    vocabulary: tuple[str, ...]
    batch_size: int
    length: int
    masked: float
    seed: int

    @classmethod
    def training(cls, packed: PackedText, batch_size: int, length: int, masked: float, seed: int) -> Batches:
        """Batches of the text that is trained on.

        Raises:
            InputError: If the text does not fill one sequence.
        """
        batches = cls(packed.training, tuple(packed.vocabulary), batch_size, length, masked, seed)
        if batches.sequences < 1:
            raise InputError(f"has {len(packed.training)} pieces: no sequence of {length}", packed.folder)
        return batches

    @property
    def sequences(self) -> int:
        """Sequences in a pass over the text."""
        return max(0, len(self.pieces) // (self.length - 1) - 1)

    def __getitem__(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""
        chosen = range(step * self.batch_size, (step + 1) * self.batch_size)
        rows = np.stack([self._stretch(*divmod(number, self.sequences)) for number in chosen])
        return self._mask(self._with_head(rows), np.random.default_rng([self.seed, 1, step]))

    def held_out(self, most: int) -> list[Batch]:
        """Batches of the whole text in order, or its first `most` sequences: the same words masked every time.

        Every chosen piece is hidden: one that is left as it is would be copied, not predicted.
        """
        width = self.length - 1
        count = min(most, len(self.pieces) // width)
        rows = self._with_head(self.pieces[: count * width].reshape(count, width))
        random = np.random.default_rng([self.seed, 1, _HELD_OUT])
        return [
            self._mask(rows[at : at + self.batch_size], random, hidden=1.0) for at in range(0, count, self.batch_size)
        ]

    def _stretch(self, epoch: int, number: int) -> Pieces:
        """A stretch of the text: every epoch has its own order, and cuts the text at its own places."""
        offset, order = _order(self.seed, epoch, self.sequences, self.length - 1)
        start = offset + int(order[number]) * (self.length - 1)
        return self.pieces[start : start + self.length - 1]

    def _with_head(self, rows: Pieces) -> NDArray[np.int64]:
        head = np.full((len(rows), 1), self._tables.first)
        whole: NDArray[np.int64] = np.concatenate([head, rows], axis=1, dtype=np.int64)
        return whole

    @cached_property
    def _tables(self) -> _Tables:
        """By piece: whether it begins a word, whether it is special; and the numbers of those that are not."""
        pieces = self.vocabulary
        begins = np.array([not piece.startswith("##") for piece in pieces])
        special = np.array([piece in SPECIAL for piece in pieces])
        return _Tables(begins, special, np.flatnonzero(~special), pieces.index("[CLS]"), pieces.index("[MASK]"))

    def _mask(self, rows: NDArray[np.int64], random: np.random.Generator, hidden: float = 0.8) -> Batch:
        """Masks whole words: of the pieces in them, 80 % [MASK], 10 % any piece, 10 % as they are (BERT's shares)."""
        tables = self._tables
        words = np.cumsum(tables.begins[rows], axis=1, dtype=np.int64)
        drawn = random.random((len(rows), self.length + 1))
        lots = np.where(tables.special[rows], 1.0, np.take_along_axis(drawn, words, axis=1))
        # There is always a word to learn from.
        places = np.flatnonzero(lots <= max(self.masked, lots.min()))
        targets = rows.ravel()[places]
        fate = random.random(len(places))
        anything = tables.usual[random.integers(len(tables.usual), size=len(places))]
        inputs = rows.ravel().copy()
        inputs[places] = np.where(fate < hidden, tables.mask, np.where(fate < (1 + hidden) / 2, anything, targets))
        return Batch(inputs.reshape(rows.shape), places, targets)


class _Tables(NamedTuple):
    begins: NDArray[np.bool_]
    special: NDArray[np.bool_]
    usual: NDArray[np.int64]
    first: int
    mask: int


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, sequences: int, width: int) -> tuple[int, NDArray[np.int64]]:
    """Where an epoch begins to cut the text, and the order of its sequences."""
    random = np.random.default_rng([seed, 0, epoch])
    return int(random.integers(width)), random.permutation(sequences)
