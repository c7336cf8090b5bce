"""A pre-training recipe: which text is kept, what the encoder looks like, and how long it learns from the text."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from khabar.training.recipe import BaseRecipe, Frozen, Rate, Share, read_recipe


class TextPlan(Frozen):
    """What is kept of the raw text and how it is cut into pieces.

    Attributes:
        vocabulary: Word pieces at most.
        near_duplicate: Estimated Jaccard similarity of word shingles from which a document is left out, because an
            earlier one is its like.
        shortest: Words (punctuation included) that a document must have.
        held_out: Share of the documents that is never trained on.
    """

    vocabulary: int = Field(default=16_000, ge=300, le=65_000)
    near_duplicate: float = Field(default=0.7, ge=0.1, le=0.95)
    shortest: int = Field(default=10, ge=1)
    held_out: float = Field(default=0.005, gt=0, lt=0.5)


class Shape(Frozen):
    """What the encoder looks like.

    Attributes:
        family: `bert` (`BertModel`: post-norm, learned positions) or `modernbert` (`ModernBertModel`: pre-norm, rotary
            positions, gated feed-forward, attention over the whole sequence in every layer).
        layers: Transformer layers.
        hidden: Width of a layer; a multiple of `heads`.
        heads: Attention heads in a layer.
        intermediate: Width of a layer's feed-forward part.
        positions: Word pieces that the encoder can read at once.
    """

    family: Literal["bert", "modernbert"] = "bert"
    layers: int = Field(ge=1, le=48)
    hidden: int = Field(ge=8, le=4096)
    heads: int = Field(ge=1, le=64)
    intermediate: int = Field(ge=8, le=16384)
    positions: int = Field(default=256, ge=16, le=8192)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.hidden % (2 * self.heads):
            raise ValueError(f"hidden ({self.hidden}) is no multiple of twice the heads ({self.heads})")
        return self


class SkipGram(Frozen):
    """Stage one: skip-gram with negative sampling over word pieces (Mikolov et al. 2013), into the embedding matrix.

    Attributes:
        window: Pieces to either side that are predicted.
        negative: Pieces drawn against each.
        epochs: Passes over the text.
        deviation: Standard deviation that the vectors are scaled to.
    """

    window: int = Field(default=5, ge=1, le=50)
    negative: int = Field(default=5, ge=1, le=50)
    epochs: int = Field(default=2, ge=1, le=100)
    deviation: float = Field(default=0.05, gt=0, le=1)


class Masking(Frozen):
    """Stage two: masked-language-model training with whole-word masking.

    Attributes:
        steps: Optimiser steps.
        batch_size: Sequences a step.
        length: Word pieces a sequence; all are full, there is no padding.
        masked: Share of the words that is masked.
        learning_rate: AdamW's highest; reached after the warm-up, falls to 0 in a straight line.
        warmup: Share of the steps over which the rate rises.
        weight_decay: AdamW's, on all weights but biases and layer norms.
        clip: Largest norm of the gradient.
        dropout: In the encoder.
        embeddings_frozen: Share of the steps over which the word embeddings stay as they are.
        embeddings_rate: Their learning rate from then on, as a share of `learning_rate`.
        precision: `bf16`, `fp32`, or `auto` for bf16 where the processor computes in it.
        evaluate_steps: Steps between two lines of the log, each with loss and accuracy on held-out text.
        checkpoint_seconds: A checkpoint is written when the last one is so old.
        snapshots: Encoders saved on the way, evenly spaced, to see what the steps are worth.
    """

    steps: int = Field(ge=1)
    batch_size: int = Field(ge=1, le=65_536)
    length: int = Field(default=128, ge=8, le=8192)
    masked: float = Field(default=0.2, gt=0, lt=1)
    learning_rate: Rate
    warmup: Share = 0.05
    weight_decay: Share = 0.01
    clip: float = Field(default=1.0, gt=0)
    dropout: Share = 0.0
    embeddings_frozen: float = Field(default=0.0, ge=0, le=1)
    embeddings_rate: float = Field(default=1.0, ge=0, le=1)
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    evaluate_steps: int = Field(default=500, ge=1)
    checkpoint_seconds: float = Field(default=120, ge=0)
    snapshots: int = Field(default=0, ge=0, le=100)


class PretrainingRecipe(BaseRecipe):
    """How an encoder is pre-trained.

    Attributes:
        text: What is kept of the raw text.
        architecture: What the encoder looks like.
        skipgram: Stage one; left out if None.
        masking: Stage two; left out if None.
        threads: CPU threads, as many as torch likes if None; the same number gives the same weights.
        device: `cpu`, or `auto` for a GPU where there is one.
    """

    kind: Literal["encoder"] = "encoder"
    text: TextPlan = TextPlan()
    architecture: Shape
    skipgram: SkipGram | None = None
    masking: Masking | None = None
    threads: int | None = Field(default=None, ge=1, le=256)
    device: Literal["cpu", "auto"] = "auto"

    @model_validator(mode="after")
    def _sequences_fit(self) -> Self:
        if self.masking is not None and self.masking.length > self.architecture.positions:
            length, positions = self.masking.length, self.architecture.positions
            raise ValueError(f"masking.length ({length}) is more than architecture.positions ({positions})")
        return self


def load_pretraining_recipe(path: Path) -> PretrainingRecipe:
    """Reads a pre-training recipe file.

    Raises:
        InputError: If it cannot be read or describes no pre-training; names the file and the key.
    """
    return read_recipe(path, {"encoder": PretrainingRecipe}, "encoder")
