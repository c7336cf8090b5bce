"""The same training gives the same weights: threads never add up in an order of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from khabar.document import Document, Event
from khabar.ontology import default_ontology
from khabar.training.conditional import rows
from khabar.training.repeatable import repeatable, threads
from khabar.training.train import train
from tests.conftest import blank, spans
from tests.training.encoders import TINY

# As many as a step of a real training has; of a few, torch lets one thread add up all.
NUMBERS = torch.randint(200, (2000,), generator=torch.Generator().manual_seed(1))


def gradient(look_up: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> bytes:
    """Of a table whose rows are looked up again and again."""
    generator = torch.Generator().manual_seed(2)
    table = torch.randn(200, 128, generator=generator).requires_grad_()
    (look_up(table, NUMBERS) * torch.randn(2000, 128, generator=generator)).sum().backward()
    assert table.grad is not None
    return table.grad.numpy().tobytes()


def test_an_index_has_one_gradient_inside_whatever_it_has_outside() -> None:
    with repeatable(2):
        assert len({gradient(torch.Tensor.__getitem__) for _ in range(20)}) == 1


def test_rows_have_one_gradient_anywhere_and_the_right_one() -> None:
    with threads(2):
        assert len({gradient(rows) for _ in range(20)}) == 1
    with repeatable(1):
        right = torch.frombuffer(bytearray(gradient(torch.Tensor.__getitem__)), dtype=torch.float32)
    assert torch.allclose(torch.frombuffer(bytearray(gradient(rows)), dtype=torch.float32), right, atol=1e-4)


def test_what_torch_did_before_it_does_again() -> None:
    before = torch.get_num_threads()
    with repeatable(before + 1):
        assert torch.get_num_threads() == before + 1
        assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_num_threads() == before
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory


def crowded() -> Document:
    """A sentence of many events, about each of which every word is asked: where threads meet."""
    document = blank(text="قصف ثم هجوم على بلدة زمار و" * 30 + "انتهى.")
    triggers = [spans(document, "هجوم", occurrence) for occurrence in range(1, 31)]
    events = tuple(
        Event(id=f"e{i}", type="Attack", trigger=document.span(*place), polarity="Positive", realis="Actual")
        for i, place in enumerate(triggers)
    )
    return document.model_copy(update={"events": events})


def test_a_crowded_sentence_gives_the_same_weights_again(tmp_path: Path) -> None:
    recipe = TINY.changed(design="conditional", conditional={"block": 1}, epochs=3, threads=2, max_length=512)
    made = {
        (train(recipe, [crowded()], default_ontology(), tmp_path / name) / "model.safetensors").read_bytes()
        for name in "abcd"
    }
    assert len(made) == 1
