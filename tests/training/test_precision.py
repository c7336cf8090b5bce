"""bf16 where the hardware computes in it: the encoder alone, and a model that is as good."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from khabar.ontology import default_ontology
from khabar.training.precision import computes_bf16, device_of
from khabar.training.train import train
from tests.conftest import annotated
from tests.training.encoders import TINY

DOCUMENTS = [annotated("one"), annotated("two", story="other")]


def test_a_recipe_may_choose_and_auto_asks_the_hardware() -> None:
    assert computes_bf16("bf16", "cpu")
    assert not computes_bf16("fp32", "cuda")
    assert not computes_bf16("auto", "mps")
    assert device_of("cpu") == "cpu"
    assert device_of("auto") in ("cpu", "cuda", "mps")


def test_a_recipe_for_a_gpu_trains_where_there_is_none(tmp_path: Path) -> None:
    recipe = TINY.changed(epochs=1, device="auto", precision="auto")
    assert (train(recipe, DOCUMENTS, default_ontology(), tmp_path / "out") / "model.safetensors").is_file()


@pytest.mark.parametrize("design", ["flat", "conditional"])
def test_a_model_trained_in_bf16_has_fp32_weights_and_nearly_the_same_losses(design: str, tmp_path: Path) -> None:
    last = {}
    for precision in ("fp32", "bf16"):
        recipe = TINY.changed(epochs=20, design=design, precision=precision)
        out = train(recipe, DOCUMENTS, default_ontology(), tmp_path / precision)
        assert {weights.dtype for weights in load_file(out / "model.safetensors").values()} == {torch.float32}
        last[precision] = [float(line.split('"loss": ')[1].split(",")[0]) for line in (out / "log.jsonl").open()]
    assert last["bf16"] == pytest.approx(last["fp32"], rel=0.15)
    assert last["bf16"] != last["fp32"]
    assert last["bf16"][-1] < last["bf16"][0] / 2
