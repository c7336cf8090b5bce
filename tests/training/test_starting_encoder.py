"""How an encoder is made ready for training: its dropout, whatever its kind calls it, and its attention."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import ModernBertConfig, ModernBertModel

from khabar.ontology import default_ontology
from khabar.training.finetune import starting_encoder
from khabar.training.predict import predictor
from khabar.training.train import train
from tests.conftest import annotated
from tests.training.encoders import TINY, save_encoder, tokenizer


def save_modern(folder: Path) -> Path:
    words = tokenizer()
    special = {f"{name}_token_id": getattr(words, f"{name}_token_id") for name in ("pad", "cls", "sep")}
    config = ModernBertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        bos_token_id=words.cls_token_id, eos_token_id=words.sep_token_id, **special,
    )  # fmt: skip
    ModernBertModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("save", "names"),
    [
        (save_encoder, ["hidden_dropout_prob", "attention_probs_dropout_prob"]),
        (save_modern, ["embedding_dropout", "attention_dropout", "mlp_dropout"]),
    ],
)
def test_a_pretrained_encoder_drops_out_as_the_recipe_says(save, names: list[str], tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = save(tmp_path / "encoder")
    recipe = TINY.changed(encoder=str(folder), architecture=None, dropout=0.3)
    for changed, wanted in ((recipe, 0.3), (recipe.changed(encoder_dropout=0.0), 0.0)):
        _, encoder = starting_encoder(changed, (), folder)
        assert [getattr(encoder.config, name) for name in names] == [wanted] * len(names)


def test_an_encoder_that_starts_at_random_drops_out_as_the_recipe_says_and_the_heads_keep_theirs(
    tmp_path: Path,
) -> None:
    recipe = TINY.changed(dropout=0.3, encoder_dropout=0.1, epochs=1)
    config = json.loads((train(recipe, [annotated()], default_ontology(), tmp_path) / "config.json").read_text())
    assert config["dropout"] == 0.3
    assert config["encoder"]["hidden_dropout_prob"] == config["encoder"]["attention_probs_dropout_prob"] == 0.1


def test_an_encoder_trains_on_a_processor_with_plain_attention_unless_windows_are_long(tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "encoder", positions=1024)
    recipe = TINY.changed(encoder=str(folder), architecture=None, epochs=1)
    for changed, kind in ((recipe, "eager"), (recipe.changed(max_length=1024), "sdpa")):
        _, encoder = starting_encoder(changed, (), folder)
        assert encoder.config._attn_implementation == kind
    trained = train(recipe, [annotated()], default_ontology(), tmp_path / "out")
    assert predictor(trained).model.encoder.config._attn_implementation == "sdpa"  # type: ignore[attr-defined]
