"""Pre-training for real, at a size that takes a second: what comes out, and that it comes out the same again."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from khabar.errors import InputError
from khabar.training.pretraining.checkpoint import read_log
from khabar.training.pretraining.packed import PackedText
from khabar.training.pretraining.pretrain import packed_text, pretrain
from khabar.training.pretraining.recipe import PretrainingRecipe
from khabar.training.pretraining.skipgram import piece_vectors
from khabar.training.recipe import dump_recipe
from tests.conftest import ROOT
from tests.training.pretraining.news import TINY, write_news

FILES = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "recipe.yaml", "README.md"}


class Killed(BaseException):
    """What a run meets in the middle."""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> PackedText:
    """The made-up news, packed."""
    folder = tmp_path_factory.mktemp("secret")
    return packed_text(TINY, folder / "packed", [write_news(folder / "news")])


@pytest.fixture(scope="module")
def encoder(packed: PackedText, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder that went through both stages."""
    return pretrain(TINY, packed, tmp_path_factory.mktemp("runs") / "tiny")


def masking(recipe: PretrainingRecipe = TINY, **changes: Any) -> PretrainingRecipe:
    """The recipe with another stage two."""
    assert recipe.masking is not None
    return recipe.changed(masking=recipe.masking.model_dump() | changes)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for file in sorted(folder.glob("*.safetensors")) for name, tensor in load_file(file).items()}


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_any_program_can_load_the_folder(encoder: Path) -> None:
    model, tokenizer = AutoModel.from_pretrained(encoder, dtype=torch.float32), AutoTokenizer.from_pretrained(encoder)
    output = model(**tokenizer(["قال مصدر أمني", "في بغداد"], padding=True, return_tensors="pt")).last_hidden_state
    assert output.shape[0::2] == (2, 32)
    assert output.isfinite().all()


def test_the_folder_holds_what_tells_of_it_and_nothing_else(encoder: Path) -> None:
    assert names(encoder) == FILES | {"log.jsonl"}
    assert {tensor.dtype for tensor in weights(encoder).values()} == {torch.float16}
    assert len({file.stat().st_mode for file in encoder.iterdir()}) == 1


def test_the_folder_names_no_path_of_this_machine(encoder: Path, packed: PackedText) -> None:
    for file in encoder.iterdir():
        assert b"secret" not in file.read_bytes(), file
        assert str(ROOT).encode() not in file.read_bytes(), file


def test_the_card_tells_sources_licences_steps_and_losses(encoder: Path) -> None:
    card = (encoder / "README.md").read_text(encoding="utf-8")
    for told in (
        "cc-by-nc-sa-4.0",
        "| morning |",
        "some/where",
        "CC BY 4.0",
        "steps: 12",
        "held-out accuracy",
        "| 12 |",
    ):
        assert told in card, told


def test_the_log_tells_loss_and_accuracy_on_held_out_text(encoder: Path) -> None:
    log = read_log(encoder)
    assert [line["step"] for line in log] == [6, 12]
    assert 0 < log[-1]["held_out_loss"] < 6
    assert 0 < log[-1]["held_out_accuracy"] < 1
    assert log[-1]["pieces"] == 12 * 4 * 16


def test_the_same_recipe_gives_the_same_weights_and_another_seed_others(
    encoder: Path, packed: PackedText, tmp_path: Path
) -> None:
    assert same(weights(pretrain(TINY, packed, tmp_path / "again")), weights(encoder))
    assert not same(weights(pretrain(TINY.changed(seed=2), packed, tmp_path / "other")), weights(encoder))


@pytest.mark.parametrize("step", [1, 6, 7, 11])
def test_a_run_that_was_stopped_goes_on_as_if_nothing_had_been(
    encoder: Path, packed: PackedText, tmp_path: Path, step: int
) -> None:
    def stop(what: str, done: float, total: float) -> None:
        if what.startswith("loss") and done == step:
            raise Killed

    out = tmp_path / "out"
    with pytest.raises(Killed):
        pretrain(TINY, packed, out, advance=stop)
    assert not (out / "config.json").exists()
    told: list[str] = []
    pretrain(TINY, packed, out, tell=told.append)
    assert any(line.startswith("going on from step") for line in told) == (step > 1)
    assert same(weights(out), weights(encoder))
    kept = ("step", "loss", "held_out_loss", "held_out_accuracy")
    assert [[line[k] for k in kept] for line in read_log(out)] == [
        [line[k] for k in kept] for line in read_log(encoder)
    ]


KILLED = """
import os, signal, sys
from pathlib import Path
from khabar.training.pretraining.packed import PackedText
from khabar.training.pretraining.pretrain import pretrain
from khabar.training.pretraining.recipe import load_pretraining_recipe

def kill(what, done, total):
    if what.startswith("loss") and done == 8:
        os.kill(os.getpid(), signal.SIGKILL)

recipe, packed, out = map(Path, sys.argv[1:])
pretrain(load_pretraining_recipe(recipe), PackedText.load(packed), out, advance=kill)
"""


def test_a_run_that_was_killed_goes_on_as_if_nothing_had_been(
    encoder: Path, packed: PackedText, tmp_path: Path
) -> None:
    (tmp_path / "r.yaml").write_text(dump_recipe(TINY), encoding="utf-8")
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(tmp_path / "r.yaml"), str(packed.folder), str(out)]
    assert subprocess.run(command, cwd=ROOT).returncode == -signal.SIGKILL
    assert not (out / "config.json").exists()
    told: list[str] = []
    pretrain(TINY, packed, out, tell=told.append)
    assert "going on from step 7" in told
    assert same(weights(out), weights(encoder))


def test_a_finished_run_is_left_alone_unless_forced(encoder: Path, packed: PackedText) -> None:
    before = (encoder / "config.json").stat().st_mtime_ns
    pretrain(TINY, packed, encoder)
    assert (encoder / "config.json").stat().st_mtime_ns == before
    with pytest.raises(InputError, match="another recipe or text"):
        pretrain(TINY.changed(seed=9), packed, encoder)


def test_a_folder_that_holds_something_else_is_never_touched(packed: PackedText, tmp_path: Path) -> None:
    (tmp_path / "thesis.md").touch()
    for force in (False, True):
        with pytest.raises(InputError, match=r"holds thesis\.md"):
            pretrain(TINY, packed, tmp_path, force=force)
    assert names(tmp_path) == {"thesis.md"}


def test_skip_gram_vectors_are_the_word_embeddings(packed: PackedText, tmp_path: Path) -> None:
    assert TINY.skipgram is not None
    out = pretrain(TINY.changed(masking=None), packed, tmp_path / "out")
    vectors = piece_vectors(packed, TINY.skipgram, 32, TINY.seed)
    assert vectors.std() == pytest.approx(TINY.skipgram.deviation, rel=1e-3)
    assert torch.equal(weights(out)["embeddings.word_embeddings.weight"], torch.from_numpy(vectors).half())
    assert names(out) == FILES


def test_frozen_word_embeddings_stay_as_they_are(packed: PackedText, tmp_path: Path) -> None:
    name = "embeddings.word_embeddings.weight"
    start = weights(pretrain(TINY.changed(masking=None), packed, tmp_path / "start"))[name]
    frozen = weights(pretrain(masking(embeddings_frozen=1.0), packed, tmp_path / "frozen"))[name]
    half = weights(pretrain(masking(embeddings_frozen=0.5), packed, tmp_path / "half"))[name]
    assert torch.equal(frozen, start)
    assert not torch.equal(half, start)


def test_what_is_learned_is_context(tmp_path: Path) -> None:
    # Every word has its place in a ring: its neighbours tell which it is, and nothing else does.
    letters = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
    ring = [first + second for first, second in zip(letters, letters[1:] + letters[0], strict=True)]
    runs = [" ".join(ring[(start + i) % 28] for i in range(size)) for start in range(28) for size in range(6, 22)]
    (tmp_path / "ring.txt").write_text("\n\n".join(runs), encoding="utf-8")
    recipe = TINY.changed(architecture=TINY.architecture.model_dump() | {"family": "modernbert"}, skipgram=None)
    recipe = masking(recipe, steps=200, batch_size=16, length=32, dropout=0, learning_rate=1e-2, evaluate_steps=200)
    recipe = masking(recipe, checkpoint_seconds=60)
    packed = packed_text(recipe, tmp_path / "packed", [tmp_path / "ring.txt"])
    assert read_log(pretrain(recipe, packed, tmp_path / "out"))[-1]["held_out_accuracy"] > 0.4


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_pre_norm_family_trains_and_loads_too(packed: PackedText, tmp_path: Path, precision: str) -> None:
    shape = TINY.architecture.model_dump() | {"family": "modernbert"}
    out = pretrain(masking(TINY.changed(architecture=shape), precision=precision), packed, tmp_path / "out")
    model = AutoModel.from_pretrained(out)
    assert type(model).__name__ == "ModernBertModel"
    assert read_log(out)[-1]["held_out_loss"] < 7


def test_snapshots_are_encoders_of_their_own(packed: PackedText, tmp_path: Path) -> None:
    out = pretrain(masking(snapshots=2), packed, tmp_path / "out")
    assert names(out / "snapshots") == {"step-6", "step-12"}
    assert same(weights(out / "snapshots" / "step-12"), weights(out))
    assert not same(weights(out / "snapshots" / "step-6"), weights(out))
    card = (out / "snapshots" / "step-6" / "README.md").read_text(encoding="utf-8")
    assert "| steps of stage two | 6 of the recipe's 12 |" in card
    assert "| steps of stage two | 12 of the recipe's 12 |" in (out / "README.md").read_text(encoding="utf-8")


def test_large_weights_are_written_in_parts(packed: PackedText, tmp_path: Path) -> None:
    shape = TINY.architecture.model_dump() | {"layers": 3, "hidden": 512, "intermediate": 2048}
    out = pretrain(TINY.changed(architecture=shape, skipgram=None, masking=None), packed, tmp_path / "out")
    parts = list(out.glob("model-*.safetensors"))
    assert len(parts) > 1
    assert max(part.stat().st_size for part in parts) < 15_000_000
    assert AutoModel.from_pretrained(out).config.hidden_size == 512


def test_packed_text_of_another_recipe_is_refused(packed: PackedText, tmp_path: Path) -> None:
    other = TINY.changed(text=TINY.text.model_dump() | {"vocabulary": 500})
    with pytest.raises(InputError, match="packed by another recipe"):
        packed_text(other, packed.folder, [tmp_path])
    with pytest.raises(InputError, match="--text PATH"):
        packed_text(TINY, tmp_path)
