"""A model's files as they are published, and its card: what the trainer wrote, with results from the ledger."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.eval.ledger import WATCHED, Line, System, read, recipe_digest
from khabar.hub.publications import refuse_private
from khabar.hub.vocabulary import check_metadata
from khabar.markdown import table
from khabar.training import lexicon
from khabar.training.card import model_card
from khabar.training.model_folder import CONFIG, FILES, RECIPE
from khabar.training.provenance import shareable
from khabar.training.recipe import Recipe, dump_recipe, load_recipe
from khabar.training.train import is_model

_PLACE = "DIR"


def model_files(model: Path, project: Project | None, name: str | None = None) -> dict[str, bytes | Path]:
    """All files of a published model: those that it is loaded from, and its card.

    Args:
        model: A folder that `khabar train` made.
        project: Whose ledger tells what its recipe reaches; None for no results.
        name: The repository that it goes to, for the card.

    Raises:
        InputError: If the folder holds no finished model, or a file that is published holds a token or a path.
    """
    if not is_model(model):
        raise InputError("is no model folder (no config.json and model.safetensors); `khabar train` makes one", model)
    recipe = load_recipe(model / RECIPE)
    files: dict[str, bytes | Path] = {
        file.name: file
        for file in sorted(model.iterdir())
        if file.is_file() and any(fnmatch(file.name, pattern) for pattern in FILES)
    }
    files[RECIPE] = dump_recipe(shareable(recipe)).encode()
    for settings in (CONFIG, "tokenizer_config.json"):
        if settings in files:
            files[settings] = _without_names((model / settings).read_bytes())
    files["README.md"] = card(recipe, _made_from(model), project, name).encode()
    refuse_private(files)
    return files


def card(recipe: Recipe, made_from: dict[str, Any], project: Project | None, name: str | None) -> str:
    """The card of a published model.

    Args:
        recipe: How it was trained.
        made_from: What `provenance.provenance` gave when it was.
        project: Whose ledger is looked into; None for no results.
        name: Of the repository; None for a folder.
    """
    found = result_of(recipe, project) if project is not None else None
    metadata = {} if found is None else {"model-index": model_index(name or recipe.name, *found)}
    results = "No result of this recipe stands in the ledger." if found is None else _results(*found)
    check_metadata(metadata)
    return model_card(recipe, made_from, name or _PLACE, metadata, f"## Results\n\n{results}\n\n")


def result_of(recipe: Recipe, project: Project) -> tuple[Line, System] | None:
    """What the ledger holds of a recipe, whatever the seed: the newest accepted line, or else the newest."""
    found = []
    for line in read(project.ledger):
        digests = {recipe_digest(recipe.changed(seed=seed)) for seed in (recipe.seed, *line.seeds)}
        found += [(line, system) for system in line.systems.values() if system.recipe_sha256 in digests]
    return max(found, key=lambda pair: (pair[0].accepted, pair[0].time), default=None)


def model_index(name: str, line: Line, system: System) -> list[dict[str, Any]]:
    """The card's `model-index`: F1, precision and recall of what is watched, from 0 to 1."""
    from huggingface_hub import EvalResult
    from huggingface_hub.repocard_data import eval_results_to_model_index

    results = [
        EvalResult(
            task_type="token-classification",
            task_name="Event and attribution extraction",
            dataset_type="khabar",
            dataset_name=f"khabar, benchmark {line.benchmark}",
            dataset_split="held-out stories",
            dataset_revision=line.corpus_version,
            metric_type=kind,
            metric_name=f"{metric} {kind}",
            metric_value=round(getattr(system.scores[metric], kind), 4),
        )
        for metric in system.watched
        for kind in ("f1", "precision", "recall")
    ]
    index: list[dict[str, Any]] = eval_results_to_model_index(name, results)
    return index


def _results(line: Line, system: System) -> str:
    rows = [
        [metric, *(f"{100 * value:.1f}" for value in (s.precision, s.recall, s.f1)), _interval(*s.ci)]
        for metric, s in system.scores.items()
    ]
    seeds = f"{len(line.seeds)} {'seed' if len(line.seeds) == 1 else 'seeds'}"
    standing = "accepted" if line.accepted else "not accepted as the reference"
    return (
        f"Of the recipe `{system.recipe}`, not of these weights: the benchmark `{line.benchmark}` trains it anew for "
        f"every story, on the others, and scores it on the one held out ({line.documents} {line.unit}, {seeds}, corpus "
        f"{line.corpus_version}, ledger line `{line.id}`, {standing}). Percent, with 95 % intervals by bootstrap over "
        f"{line.unit} and seeds; the metadata of this card holds {', '.join(m for m in WATCHED if m in system.scores)}."
        f"\n\n{table(['metric', 'precision', 'recall', 'F1', '95 % interval of F1'], rows)}"
    )


def _interval(low: float, high: float) -> str:
    return f"{100 * low:.1f}–{100 * high:.1f}"


def _made_from(model: Path) -> dict[str, Any]:
    file = model / (CONFIG if (model / CONFIG).is_file() else lexicon.FILE)
    try:
        made_from: dict[str, Any] = json.loads(file.read_bytes())["provenance"]
    except (ValueError, KeyError, TypeError):
        raise InputError("does not tell what the model was made from; train it again", file, "provenance") from None
    return made_from


def _without_names(settings: bytes) -> bytes:
    """Settings of transformers without where their encoder once stood, and without code from elsewhere."""

    def cleaned(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: cleaned(v) for k, v in value.items() if k not in ("_name_or_path", "name_or_path", "auto_map")}

    return (json.dumps(cleaned(json.loads(settings)), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
