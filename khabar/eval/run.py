"""Runs a benchmark of any kind: results by role, and the line that the ledger remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from khabar.corpus.folds import Fold, Folds, load_folds
from khabar.corpus.store import Project, read_documents
from khabar.document import Document
from khabar.errors import InputError
from khabar.eval import ledger
from khabar.eval.benchmark import (
    Ablation,
    Annotators,
    AnyBenchmark,
    ExternalNer,
    LearningCurve,
    Stories,
    Trained,
    Transfer,
    load_benchmark_recipe,
)
from khabar.eval.conll import read_conll
from khabar.eval.ner import finetune_and_score, ner_system
from khabar.eval.protocol import Advance, Result, compare_pass, leave_out, trainings
from khabar.eval.unfinished import Unfinished
from khabar.training.encoder import find_encoder
from khabar.training.recipe import Recipe, TaggerRecipe

Progress = Callable[[str, int], AbstractContextManager[Advance]]


@dataclass(frozen=True)
class Options:
    """What the command line may change in a benchmark.

    Attributes:
        recipe: Another recipe's path.
        encoder: Another encoder, by path or name.
        seeds: Other seeds.
        data: Paths of documents or files from elsewhere.
        accepted: Whether the line is marked as accepted.
    """

    recipe: str | None = None
    encoder: str | None = None
    seeds: tuple[int, ...] = ()
    data: tuple[Path, ...] = ()
    accepted: bool = False


@dataclass(frozen=True)
class Plan:
    """One system to be measured.

    Attributes:
        recipe: What is trained.
        share: Part of the training sentences.
        changes: What was changed in the recipe, by key.
    """

    recipe: Recipe
    share: float = 1.0
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a run gave.

    Attributes:
        line: For the ledger.
        results: By role.
    """

    line: ledger.Line
    results: Mapping[str, Result] = field(default_factory=dict)


def run(plan: AnyBenchmark, project: Project, options: Options, progress: Progress) -> Outcome:
    """Runs a benchmark of any kind.

    Raises:
        InputError: If recipe, encoder, folds or data cannot be used.
    """
    if isinstance(plan, Annotators):
        return _run_annotators(plan, project, options)
    if isinstance(plan, ExternalNer):
        return _run_ner(plan, project, options, progress)
    return _run_trained(plan, project, options, progress)


def _run_annotators(plan: Annotators, project: Project, options: Options) -> Outcome:
    """Scores every pass of a round against the gold."""
    folder = project.rounds / plan.round
    gold = project.gold_documents()
    passes = project.passes(plan.round)
    if not passes:
        raise InputError("holds no annotator's pass", folder)
    results = {path.name: compare_pass(gold, read_documents([path])) for path in passes}
    parts = _parts(load_folds(project.folds).folds)
    systems = {name: ledger.system(name, result, parts) for name, result in results.items()}
    return Outcome(ledger.line(plan.name, systems, (), gold, project, options.accepted), results)


def _run_ner(plan: ExternalNer, project: Project, options: Options, progress: Progress) -> Outcome:
    """Fine-tunes an encoder on one file of named entities, and scores it on another."""
    if len(options.data) != 2:
        raise InputError("needs two CoNLL files: --data TRAIN TEST", plan.name)
    path = options.recipe or plan.recipe
    recipe = load_benchmark_recipe(project, path, options.encoder)
    if not isinstance(recipe, TaggerRecipe):
        raise InputError("has no encoder to fine-tune; name a recipe of a tagger", path)
    recipe = recipe.changed(epochs=plan.epochs, batch_size=plan.batch_size)
    seeds = options.seeds or plan.seeds
    train, test = map(read_conll, options.data)
    roots = (Path(), project.root)
    encoder = find_encoder(recipe.encoder, roots) if recipe.encoder is not None else None
    with progress("fine-tuning", len(seeds) * recipe.epochs) as advance:
        result = finetune_and_score(recipe, seeds, train, test, encoder, advance)
    scored = ledger.Scored(test.name, test.sha256, len(test.sentences), "sentences")
    systems = {"model": ner_system(result)}
    return Outcome(ledger.line_on(scored, plan.name, systems, seeds, project, options.accepted))


def _run_trained(
    plan: Stories | LearningCurve | Ablation | Transfer, project: Project, options: Options, progress: Progress
) -> Outcome:
    """Trains, tags and scores what the benchmark holds out, for the model and its floor."""
    recipe = load_benchmark_recipe(project, options.recipe or plan.recipe, options.encoder)
    floor = load_benchmark_recipe(project, plan.floor)
    # The floor sees what the model sees.
    floor = floor.changed(supplement=recipe.supplement, supplement_of=recipe.supplement_of)
    seeds = options.seeds or plan.seeds
    if len(set(seeds)) < len(seeds):
        raise InputError("a seed stands twice among --seeds; a second training with it would be the same", plan.name)
    documents, folds, scored = _material(plan, project, options)
    plans = {"floor": Plan(floor), "model": Plan(recipe)}
    if isinstance(plan, LearningCurve):
        own = plan.without if options.recipe is None else None  # another recipe is its own without
        without = load_benchmark_recipe(project, own, options.encoder) if own is not None else None
        plans = {
            f"{role} {share:.0%}": Plan(p.recipe, share) if plan.of == "gold" else Plan(_with(p.recipe, share, without))
            for role, p in plans.items()
            for share in plan.shares
        }
    if isinstance(plan, Ablation):
        plans |= {
            name: Plan(_undone(plan.name, recipe, name, keys), changes=keys) for name, keys in plan.changes.items()
        }
    roots = (Path(), project.root)
    for one in plans.values():
        if isinstance(one.recipe, TaggerRecipe) and one.recipe.encoder is not None:
            find_encoder(one.recipe.encoder, roots)  # a wrong name is told before anything is trained
    supplement = project.authored_documents()
    unfinished = Unfinished.of(project, plan.name)
    results = {}
    with progress("training and tagging", sum(trainings(p.recipe, seeds, folds) for p in plans.values())) as advance:
        for role, one in plans.items():
            results[role] = leave_out(
                *(one.recipe, seeds, documents, folds, project.ontology, roots, advance, one.share, supplement),
                unfinished=unfinished,
            )
    parts = _parts(folds)
    systems = {
        role: ledger.system(plans[role].recipe.name, result, parts, plans[role].changes)
        for role, result in results.items()
    }
    return Outcome(ledger.line(plan.name, systems, seeds, scored, project, options.accepted), results)


def _with(recipe: Recipe, share: float, without: Recipe | None) -> Recipe:
    """A point of a curve over the supplement; a tagger may have another recipe for none of it."""
    if share == 0 and without is not None and isinstance(recipe, TaggerRecipe):
        recipe = without
    return recipe.changed(supplement=share)


def _undone(benchmark: str, recipe: Recipe, name: str, keys: Mapping[str, Any]) -> Recipe:
    try:
        return _changed(recipe, keys)
    except InputError as error:
        raise InputError(error.reason, f"benchmark {benchmark}, change {name!r}", error.place) from None


def _changed(recipe: Recipe, keys: Mapping[str, Any]) -> Recipe:
    """The recipe with some keys changed, those of a part by `part.key`."""
    changes: dict[str, Any] = {}
    for key, value in keys.items():
        part, _, inner = key.partition(".")
        if not inner:
            changes[key] = value
        else:
            before = changes.get(part) or recipe.model_dump().get(part) or {}
            if not isinstance(before, Mapping):
                raise InputError(f"{part} has no parts", f"recipe {recipe.name}", key)
            changes[part] = {**before, inner: value}
    return recipe.changed(**changes)


def _material(
    plan: Trained, project: Project, options: Options
) -> tuple[list[Document], tuple[Fold, ...], list[Document]]:
    """Documents to train on and to score, the folds over them, and those that are scored."""
    gold = project.gold_documents()
    if options.data and not plan.elsewhere:
        raise InputError("scores the stories; for --data take a benchmark with `elsewhere: true`", plan.name)
    if plan.elsewhere:
        if not options.data:
            raise InputError("needs documents to score: --data FOLDER", plan.name)
        elsewhere = read_documents(options.data)
        trained_on = {d.id for d in (*gold, *project.authored_documents())}
        if same := trained_on & {d.id for d in elsewhere}:
            raise InputError("is a document of the gold or the supplement, which are trained on", min(same))
        fold = Fold("elsewhere", tuple(d.id for d in elsewhere), tuple(d.id for d in gold))
        return [*gold, *elsewhere], (fold,), elsewhere
    folds: Folds = load_folds(project.folds)
    if not folds.folds:
        raise InputError("names no story to hold out; write a fold for each under `folds`", project.folds)
    wanted = plan.stories if isinstance(plan, Stories) else None
    if wanted is None:
        return gold, folds.folds, gold
    chosen = tuple(fold for fold in folds.folds if fold.name in wanted)
    if missing := set(wanted) - {fold.name for fold in chosen}:
        raise InputError(f"names the story {min(missing)!r}, which folds.yaml does not have", plan.name)
    tested = {i for fold in chosen for i in fold.test}
    return gold, chosen, [d for d in gold if d.id in tested]


def _parts(folds: Sequence[Fold]) -> dict[str, Sequence[str]]:
    return {fold.name: fold.test for fold in folds}
