"""A recipe: everything that decides what comes out of training, in one YAML file.

One recipe describes one run. It is saved beside what it made, so that the run can be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from khabar.corpus.supplement import Kind
from khabar.document import json_path
from khabar.errors import InputError
from khabar.yaml_file import first_wrong, parse_yaml, read_text

Name = Annotated[str, Field(pattern=r"^[\w-][\w.-]*$", max_length=100)]
Share = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, le=1)]


class Frozen(BaseModel):
    """A part of a recipe: never changed, no unknown keys."""

    # Not strict: YAML reads `5e-4` as text.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Architecture(Frozen):
    """A small BERT whose weights start at random.

    Attributes:
        layers: Transformer layers.
        hidden: Width of a layer; a multiple of `heads`.
        heads: Attention heads in a layer.
        intermediate: Width of a layer's feed-forward part.
        vocabulary: Word pieces at most; the vocabulary is learned from the training documents.
    """

    layers: int = Field(ge=1, le=48)
    hidden: int = Field(ge=8, le=4096)
    heads: int = Field(ge=1, le=64)
    intermediate: int = Field(ge=8, le=16384)
    vocabulary: int = Field(ge=200, le=500_000)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.hidden % self.heads:
            raise ValueError(f"hidden ({self.hidden}) is no multiple of heads ({self.heads})")
        return self


class LearningRate(Frozen):
    """The highest learning rate (AdamW), which is reached after the warm-up and falls to 0 in a straight line.

    Attributes:
        encoder: For the encoder.
        heads: For the classification heads, which always start at random.
    """

    encoder: Rate
    heads: Rate


class Conditional(Frozen):
    """How the one-pass tagger is built; see `khabar.training.conditional`.

    Attributes:
        block: Consecutive sentences that are read together in training, so that links between them are learned.
        units: Width of the hidden layers between the encoder and the decisions.
        lexical: Whether what the training documents say of a word is a feature (see `khabar.training.lexical`).
        neighbours: How many words on either side join each word's representation.
        static: Whether the pieces' rows of the embedding matrix join the encoder's output.
        names: Whether a word near an event type's name in Arabic counts for that type, learned or not.
        context: What each window begins with: nothing, the `previous` sentence, or the `headline`.
        freeze: What of the encoder stays as it was before: nothing, or its `embeddings`, so that words that the
            training documents lack stay near those that they hold.
        links: Weight of the losses of links.
        values: Weight of the losses of polarity, realis and stance.
    """

    block: int = Field(default=4, ge=1, le=4096)
    units: int = Field(default=128, ge=1, le=8192)
    lexical: bool = False
    neighbours: int = Field(default=0, ge=0, le=8)
    static: bool = False
    names: bool = False
    context: Literal["none", "previous", "headline"] = "none"
    freeze: Literal["none", "embeddings"] = "none"
    links: float = Field(default=1.0, ge=0, le=100)
    values: float = Field(default=1.0, ge=0, le=100)


class BaseRecipe(Frozen):
    """What every recipe has.

    Attributes:
        name: Name of the recipe; part of the folder's name in `runs/`.
        seed: Seed of everything that is drawn at random.
    """

    name: Name
    seed: int = Field(default=1, ge=0, lt=2**32)

    def changed(self, **changes: Any) -> Self:
        """The recipe with some values replaced.

        Raises:
            InputError: If a value is out of its range, or this kind of recipe has no such key.
        """
        return _validated(type(self), self.model_dump() | changes, f"recipe {self.name}")


class TrainingRecipe(BaseRecipe):
    """What every recipe of a tagger has.

    Attributes:
        supplement: Part of the documents of `corpus/authored` that is trained on beside the gold, 0 to 1.
        supplement_of: Which of its documents that is a part of (see `khabar.corpus.supplement.Kind`).
    """

    supplement: float = Field(default=0.0, ge=0, le=1)
    supplement_of: Kind = "all"


class TaggerRecipe(TrainingRecipe):
    """How a token classifier is trained.

    Attributes:
        encoder: Folder or Hub id of a pretrained encoder; None for one that starts at random.
        architecture: What the encoder looks like that starts at random; None with a pretrained one.
        epochs: Passes over the training sentences.
        supplement_epochs: Train on the supplement alone first, with so many passes, and then `epochs` on the rest; None
            to train on both together. Without documents of the supplement there is one stage.
        mixing: How far the weights go from where the first stage left them to where the last one took them, above 0;
            1 is all the way. Halfway keeps half of what the one taught and the other overwrote (Wortsman et al., 2022,
            "Robust fine-tuning of zero-shot models"). Without a first stage it means nothing.
        batch_size: Windows a step, about; those of a step are of like length, and all steps have about as many pieces.
        learning_rate: How fast.
        warmup: Share of the steps over which the learning rate rises.
        weight_decay: AdamW's, on all weights but biases and layer norms.
        dropout: Before the heads and, unless `encoder_dropout` says otherwise, in the encoder.
        encoder_dropout: In the encoder; None for the same as `dropout`.
        max_length: Word pieces a window, special ones included.
        stride: Word pieces by which two windows of a long sentence overlap.
        pooling: What stands for a word: its `first` or `last` piece, or the `mean` or `max` of all.
        design: `flat`, the baseline (see `khabar.training.model`), or `conditional`, the one-pass tagger (see
            `khabar.training.conditional`), for which alone the keys of `conditional` are.
        conditional: How the one-pass tagger is built.
        threads: CPU threads, as many as torch likes if None; the same number gives the same weights.
        device: `cpu`, or `auto` for a GPU where there is one.
        precision: `fp32`, `bf16`, or `auto` for bf16 on hardware that computes in it; weights are kept in fp32.
        checkpoint_seconds: A checkpoint is written at the end of an epoch when the last one is so old; 0: always.
    """

    kind: Literal["tagger"] = "tagger"
    encoder: str | None = None
    architecture: Architecture | None = None
    epochs: int = Field(ge=1, le=10_000)
    supplement_epochs: int | None = Field(default=None, ge=1, le=10_000)
    mixing: float = Field(default=1.0, gt=0, le=1)
    batch_size: int = Field(ge=1, le=4096)
    learning_rate: LearningRate
    warmup: Share = 0.1
    weight_decay: Share = 0.01
    dropout: Share = 0.1
    encoder_dropout: Share | None = None
    max_length: int = Field(default=256, ge=8, le=8192)
    stride: int = Field(default=64, ge=0)
    pooling: Literal["first", "last", "mean", "max"] = "first"
    design: Literal["flat", "conditional"] = "flat"
    conditional: Conditional | None = None
    threads: int | None = Field(default=None, ge=1, le=256)
    device: Literal["cpu", "auto"] = "cpu"
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    checkpoint_seconds: float = Field(default=5, ge=0)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if (self.encoder is None) == (self.architecture is None):
            raise ValueError("give either `encoder` (a folder or a Hub id) or `architecture` (to start at random)")
        if self.supplement_epochs is not None and self.encoder is None:
            raise ValueError("`supplement_epochs` needs an `encoder`: both stages share its vocabulary")
        if self.mixing < 1 and self.supplement_epochs is None:
            raise ValueError("`mixing` needs `supplement_epochs`: without a first stage there is nothing to mix with")
        if self.stride > self.max_length // 2:
            raise ValueError(f"stride ({self.stride}) is more than half of max_length ({self.max_length})")
        if self.design == "flat" and (self.conditional is not None or self.pooling != "first"):
            raise ValueError("`conditional` and another `pooling` than `first` are for `design: conditional`")
        return self

    @property
    def dropout_in_encoder(self) -> float:
        """`encoder_dropout`, or else `dropout`."""
        return self.dropout if self.encoder_dropout is None else self.encoder_dropout

    def first_stage(self) -> TaggerRecipe:
        """The recipe of the training on the supplement alone, which comes first where `supplement_epochs` is given."""
        return self.changed(epochs=self.supplement_epochs or self.epochs, supplement_epochs=None, mixing=1.0)


class LexiconRecipe(TrainingRecipe):
    """How the lexicon floor is made; nothing in it is drawn at random, so `seed` changes nothing.

    Attributes:
        threshold: A stem is a trigger (a cue) if it was one in at least this share of its occurrences.
    """

    kind: Literal["lexicon"] = "lexicon"
    threshold: float = Field(default=0.5, gt=0, le=1)


Recipe = TaggerRecipe | LexiconRecipe
AnyRecipe = TypeVar("AnyRecipe", TaggerRecipe, LexiconRecipe, Recipe)

R = TypeVar("R", bound=BaseRecipe)

_KINDS: Mapping[str, type[TaggerRecipe | LexiconRecipe]] = {"tagger": TaggerRecipe, "lexicon": LexiconRecipe}


def load_recipe(path: Path) -> Recipe:
    """Reads a tagger's recipe file.

    Raises:
        InputError: If it cannot be read or describes no run; names the file and the key.
    """
    return read_recipe(path, _KINDS, "tagger")


def parse_recipe(text: str, name: Path | str | None = None) -> Recipe:
    """Reads a tagger's recipe from YAML text.

    Args:
        text: The YAML.
        name: What to call it in an error.

    Raises:
        InputError: If it describes no run; names the key.
    """
    return _parsed(text, _KINDS, "tagger", name)


def read_recipe(path: Path, kinds: Mapping[str, type[R]], usual: str) -> R:
    """Reads a recipe file of some family.

    Args:
        path: The file.
        kinds: What `kind` may be, and what it then is.
        usual: What it is where the file does not say.

    Raises:
        InputError: If it cannot be read or describes no run; names the file and the key.
    """
    return _parsed(read_text(path), kinds, usual, path)


def _parsed(text: str, kinds: Mapping[str, type[R]], usual: str, name: Path | str | None) -> R:
    data = parse_yaml(text, name)
    if not isinstance(data, dict):
        raise InputError("is no recipe: it should be a mapping with `name`, `kind`, …", name)
    kind = data.get("kind", usual)
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(f"{kind!r} is no kind of recipe here; there are {', '.join(kinds)}", name, "kind")
    return _validated(kinds[kind], data, name)


def dump_recipe(recipe: BaseRecipe) -> str:
    """The recipe as YAML that `parse_recipe` reads back, every key written out."""
    return yaml.safe_dump(recipe.model_dump(), sort_keys=False, allow_unicode=True)


def _validated(kind: type[R], data: Any, name: Path | str | None) -> R:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = first_wrong(error)
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            part = _part(kind, first["loc"][:-1])
            whole = "this kind of recipe" if part is kind else "this part of a recipe"
            reason = f"is no key of {whole}; its keys are {', '.join(part.model_fields)}"
        raise InputError(reason, name, json_path(first["loc"])) from None


def _part(kind: type[BaseModel], place: Sequence[int | str]) -> type[BaseModel]:
    """The kind of the part of a recipe that stands at a place."""
    for key in place:
        annotation = kind.model_fields[str(key)].annotation
        kind = next(one for one in (annotation, *get_args(annotation)) if isinstance(one, type) and one is not NoneType)
    return kind
