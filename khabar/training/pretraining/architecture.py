# mypy: untyped_calls_exclude=transformers

"""The encoder before pre-training, and how it is saved: what `AutoModel` and `AutoTokenizer` load."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModel,
    BertConfig,
    BertModel,
    ModernBertConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from khabar.training.pretraining.recipe import Shape
from khabar.training.pretraining.skipgram import Vectors
from khabar.training.quiet import quiet

_SHARD = "14MB"
"""Bytes of weights a file: many places refuse or mishandle larger ones. One matrix is never divided."""


def build_encoder(
    shape: Shape, tokenizer: PreTrainedTokenizerBase, dropout: float, vectors: Vectors | None = None
) -> PreTrainedModel:
    """An encoder with random weights (torch's generator decides), and word embeddings where they are given.

    Args:
        shape: What it looks like.
        tokenizer: Whose pieces it reads.
        dropout: In embeddings, attention and feed-forward parts.
        vectors: (pieces, hidden), or None for random ones.
    """
    with quiet():
        if shape.family == "bert":
            encoder: PreTrainedModel = BertModel(_bert(shape, tokenizer, dropout), add_pooling_layer=False)
        else:
            encoder = AutoModel.from_config(_modernbert(shape, tokenizer, dropout))
    if vectors is not None:
        with torch.no_grad():
            word_embeddings(encoder).copy_(torch.from_numpy(vectors))
    return encoder


def word_embeddings(encoder: PreTrainedModel) -> torch.nn.Parameter:
    """The matrix (pieces, hidden) of an encoder's word embeddings."""
    weight = encoder.get_input_embeddings().weight
    assert isinstance(weight, torch.nn.Parameter)
    return weight


def save_encoder(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Writes configuration, weights in half precision (in parts of at most 14 MB) and tokenizer, no machine's path."""
    saved: Any = copy.deepcopy(encoder)
    saved.to(device="cpu", dtype=torch.float16)
    saved.config.name_or_path = tokenizer.name_or_path = ""
    with quiet():
        saved.save_pretrained(folder, max_shard_size=_SHARD)
        tokenizer.save_pretrained(folder)
    mode = (folder / "config.json").stat().st_mode
    for file in folder.glob("*.safetensors"):
        file.chmod(mode)  # safetensors lets nobody but the owner read the weights


def _bert(shape: Shape, tokenizer: PreTrainedTokenizerBase, dropout: float) -> BertConfig:
    return BertConfig(
        vocab_size=len(tokenizer),
        num_hidden_layers=shape.layers,
        hidden_size=shape.hidden,
        num_attention_heads=shape.heads,
        intermediate_size=shape.intermediate,
        max_position_embeddings=shape.positions,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        pad_token_id=tokenizer.pad_token_id,
    )


def _modernbert(shape: Shape, tokenizer: PreTrainedTokenizerBase, dropout: float) -> ModernBertConfig:
    return ModernBertConfig(
        vocab_size=len(tokenizer),
        num_hidden_layers=shape.layers,
        hidden_size=shape.hidden,
        num_attention_heads=shape.heads,
        intermediate_size=shape.intermediate,
        max_position_embeddings=shape.positions,
        layer_types=["full_attention"] * shape.layers,
        attention_dropout=dropout,
        embedding_dropout=dropout,
        mlp_dropout=dropout,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )
