"""Benchmarks: what is trained on what and scored on what, read from `eval/benchmarks/NAME.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.training.recipe import LexiconRecipe, Recipe, load_recipe
from khabar.yaml_file import read_yaml


class _Benchmark(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str


class Trained(_Benchmark):
    """A benchmark that trains.

    Attributes:
        recipe: What is measured, relative to the project.
        floor: What is scored beside it, relative to the project.
        seeds: One training of every part a seed; the floor draws nothing at random and runs once.
        elsewhere: Whether it trains on all of the gold and scores documents from elsewhere, whose folder is given when
            it is run (`--data`), in place of the stories.
    """

    recipe: str
    floor: str
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    elsewhere: bool = False


class Stories(Trained):
    """Leave one story out.

    Attributes:
        stories: The stories held out, one after another; all of the folds if None.
        expect: F1 (0 to 1) of the model by metric, which a run must reach but for `tolerance`.
        tolerance: How far below an expectation a run may stay, in F1 (0 to 1).
    """

    kind: Literal["stories"]
    stories: tuple[str, ...] | None = None
    expect: dict[str, float] = Field(default_factory=dict)
    tolerance: float = Field(default=0.0, ge=0, le=1)


class LearningCurve(Trained):
    """Leave one story out, training on a part of what there is.

    Attributes:
        of: What the parts are of: the `gold`'s training sentences, drawn at random by seed, or the documents of the
            `supplement`, beside all of the gold.
        shares: The parts, 0 to 1; of the gold, at least something.
        without: What is trained where the share of the supplement is 0, relative to the project; the recipe itself if
            None. A recipe for two stages has few passes left for the articles alone.
    """

    kind: Literal["learning-curve"]
    of: Literal["gold", "supplement"] = "gold"
    shares: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1)]
    without: str | None = None

    @model_validator(mode="after")
    def _something_is_learned_from(self) -> Self:
        if self.of == "gold" and 0 in self.shares:
            raise ValueError("a share of 0 leaves nothing of the gold to train on")
        if self.of == "gold" and self.without is not None:
            raise ValueError("`without` is what is trained without the supplement")
        return self


Role = Annotated[str, Field(pattern=r"^\w[\w ,.%-]*$", max_length=60)]
"""A system's name: also a folder's, and half of `LINE:ROLE`."""


class Ablation(Trained):
    """The recipe beside itself with some keys changed, same folds, same seeds: what each choice is worth.

    Attributes:
        changes: By name, the keys that are changed; keys of a part by `part.key`.
    """

    kind: Literal["ablation"]
    changes: Annotated[dict[Role, dict[str, Any]], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        if taken := {"model", "floor"} & set(self.changes):
            raise ValueError(f"changes: {min(taken)!r} is the name of what they are compared with")
        return self


class Transfer(Trained):
    """Train on all of the gold, score documents from elsewhere."""

    kind: Literal["transfer"]
    elsewhere: Literal[True] = True


class Annotators(_Benchmark):
    """Each annotator's pass against the gold: how well annotators do what a tagger is asked to do.

    Attributes:
        round: Name of the folder in `annotation/rounds/`.
    """

    kind: Literal["annotators"]
    round: str


class ExternalNer(_Benchmark):
    """Plain fine-tuning on named entities in CoNLL files, given when it is run: what an encoder is worth elsewhere.

    Attributes:
        recipe: Whose encoder and learning rates are taken, relative to the project.
        seeds: One training each.
        epochs: Passes over the training file, in place of the recipe's.
        batch_size: Windows a step, in place of the recipe's.
    """

    kind: Literal["external-ner"]
    recipe: str
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)


AnyBenchmark = Stories | LearningCurve | Ablation | Transfer | Annotators | ExternalNer
_ADAPTER: TypeAdapter[AnyBenchmark] = TypeAdapter(Annotated[AnyBenchmark, Field(discriminator="kind")])


def load_benchmark(project: Project, name: str) -> AnyBenchmark:
    """Reads `eval/benchmarks/NAME.yaml`.

    Raises:
        InputError: If there is none, or it has a wrong shape; names what there is.
    """
    folder = project.root / "eval" / "benchmarks"
    path = folder / f"{name}.yaml"
    if not path.is_file():
        there = ", ".join(sorted(p.stem for p in folder.glob("*.yaml"))) or "none"
        raise InputError(f"there is no benchmark {name!r} in eval/benchmarks; there are: {there}")
    return read_yaml(path, _ADAPTER)


def load_benchmark_recipe(project: Project, path: str | Path, encoder: str | None = None) -> Recipe:
    """A recipe named relative to the project, or by a path of its own; with another encoder, if one is given.

    Raises:
        InputError: If it cannot be read, or an encoder is given for a recipe that has none.
    """
    inside = project.root / path
    recipe = load_recipe(inside if inside.is_file() else Path(path))
    if encoder is None:
        return recipe
    if isinstance(recipe, LexiconRecipe):
        raise InputError("a lexicon has no encoder", path)
    return recipe.changed(encoder=encoder, architecture=None)
