"""Batches: full sequences, whole words masked, and the same batch for the same step whatever came before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.training.pretraining.masking import Batch, Batches

VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "قال", "وزير", "##ان", "##ة", "في", ".")
BEGINS, CLS, SEP, MASK = {5, 6, 9, 10}, 2, 3, 4


def text(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(5, len(VOCABULARY), size=size).astype(np.uint16)


def batches(pieces: np.ndarray, masked: float = 0.3, seed: int = 1, length: int = 16) -> Batches:
    return Batches(pieces, VOCABULARY, batch_size=4, length=length, masked=masked, seed=seed)


def restored(batch: Batch) -> np.ndarray:
    """The inputs without the mask."""
    whole = batch.inputs.ravel().copy()
    whole[batch.places] = batch.targets
    return whole.reshape(batch.inputs.shape)


def test_sequences_are_stretches_of_the_text_behind_a_cls() -> None:
    pieces = text(1000)
    for row in restored(batches(pieces)[3]):
        assert row[0] == CLS
        stretch = row[1:].astype(np.uint16).tobytes()
        assert stretch in pieces.tobytes()


def test_an_epoch_reads_every_stretch_once_and_the_next_in_another_order_and_cut() -> None:
    some = Batches(np.arange(1000) % 6 + 5, VOCABULARY, 1, 16, 0.3, 1)
    starts = [
        some._stretch(epoch, n)[:1].__array_interface__["data"][0] for epoch in (0, 1) for n in range(some.sequences)
    ]
    first, second = starts[: some.sequences], starts[some.sequences :]
    assert len(set(first)) == len(set(second)) == some.sequences
    assert set(first).isdisjoint(second)
    assert sorted(first) != first


def test_only_masked_places_change() -> None:
    batch = batches(text(1000))[0]
    changed = np.flatnonzero((batch.inputs != restored(batch)).ravel())
    assert set(changed) <= set(batch.places)


@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_words_are_masked_whole(step: int, masked: float) -> None:
    batch = batches(text(2000), masked)[step]
    whole, places = restored(batch), set(batch.places.tolist())
    width = whole.shape[1]
    for at in places:
        row, column = divmod(at, width)
        if column + 1 < width and whole[row, column + 1] not in BEGINS and whole[row, column + 1] > MASK:
            assert at + 1 in places
        if whole[row, column] not in BEGINS and column > 1:
            assert at - 1 in places


def test_special_pieces_are_never_predicted() -> None:
    pieces = text(1000)
    pieces[::7] = SEP
    for step in range(20):
        assert batches(pieces)[step].targets.min() > MASK


def test_of_the_masked_pieces_eight_in_ten_are_hidden_and_one_is_left() -> None:
    some = Batches(text(100_000), VOCABULARY, 64, 128, 0.2, 1)
    batch = some[0]
    hidden = np.mean(batch.inputs.ravel()[batch.places] == MASK)
    left = np.mean(batch.inputs.ravel()[batch.places] == batch.targets)
    assert hidden == pytest.approx(0.8, abs=0.04)
    assert left == pytest.approx(0.1 + 0.1 / 6, abs=0.04)
    assert len(batch.places) / batch.inputs.size == pytest.approx(0.2, abs=0.03)


def test_a_step_gives_the_same_batch_whenever_it_is_asked_for() -> None:
    pieces = text(1000)
    fresh, used = batches(pieces), batches(pieces)
    for step in range(7):
        used[step]
    for first, second in zip(fresh[7], used[7], strict=True):
        assert np.array_equal(first, second)


def test_another_seed_or_step_gives_another_batch() -> None:
    pieces = text(1000)
    first = batches(pieces)[0].inputs
    assert not np.array_equal(first, batches(pieces)[1].inputs)
    assert not np.array_equal(first, batches(pieces, seed=2)[0].inputs)


def test_there_is_always_something_to_learn() -> None:
    assert 1 <= len(batches(text(1000), masked=1e-12)[0].places) < 16


def test_held_out_text_is_masked_the_same_way_every_time() -> None:
    pieces = text(1000)
    first, second = batches(pieces).held_out(10), batches(pieces).held_out(10)
    assert sum(len(batch.inputs) for batch in first) == 10
    assert all((batch.inputs.ravel()[batch.places] == MASK).all() for batch in first)
    assert all(np.array_equal(a.places, b.places) for a, b in zip(first, second, strict=True))
    assert np.concatenate([restored(batch)[:, 1:] for batch in first]).ravel().tolist() == pieces[:150].tolist()
