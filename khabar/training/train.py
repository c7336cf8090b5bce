"""Training: a recipe and documents in, a model folder out.

A run that was killed goes on where it stopped when the same command is given again; a finished one is left alone.
While it runs, its checkpoints stand in `checkpoints/` inside the model folder; at the end they are gone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from khabar.corpus.store import write_atomic
from khabar.corpus.supplement import is_authored
from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import Ontology
from khabar.training import lexicon
from khabar.training.card import model_card
from khabar.training.encoder import digest, find_encoder, licence, local_encoder
from khabar.training.processes import is_first, wait_for_all
from khabar.training.provenance import provenance, shareable
from khabar.training.recipe import LexiconRecipe, Recipe, TaggerRecipe, dump_recipe

_CONFIG = "config.json"
_CHECKPOINTS = "checkpoints"
_FIRST = "first"
_RUN = "run.json"
_LOG = "log.jsonl"
# All that may stand in a model folder: `--force` deletes no other file.
_OWN = frozenset(
    {
        *(_CONFIG, lexicon.FILE, "model.safetensors", "recipe.yaml", "README.md", _LOG, _CHECKPOINTS),
        *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
        *("vocab.txt", "vocab.json", "merges.txt", "chat_template.jinja"),
    }
)


def train(
    recipe: Recipe,
    documents: Sequence[Document],
    ontology: Ontology,
    out: Path,
    *,
    roots: Sequence[Path] = (Path(),),
    revision: str | None = None,
    force: bool = False,
    first: Path | None = None,
    advance: Callable[[int, int], object] | None = None,
    tell: Callable[[str], object] = lambda _: None,
    tracker: str | None = None,
) -> Path:
    """Trains what a recipe describes.

    Several processes may train one model together (`accelerate launch`): each takes its part of every batch, and the
    first one writes the model.

    Args:
        recipe: What and how.
        documents: Annotated documents; their order changes nothing.
        ontology: Their labels.
        out: The model folder; made if need be.
        roots: Where an encoder that is named by a relative path may stand.
        revision: Of the code, for the model card (see `provenance.revision_of`).
        force: Start over where a run has finished, or has stopped that was another one.
        first: Where the model of the first stage is kept, if the recipe has one, so that trainings on other articles
            can begin with it; among the checkpoints, and so gone at the end, if None.
        advance: Is told how many steps are done, and of how many.
        tell: Is told what a person should know, a line each.
        tracker: Also tell loss and rates to this experiment tracker (see `finetune.finetune`).

    Returns:
        `out`, which now holds a model that `predict.predictor` loads.

    Raises:
        InputError: If recipe, documents or encoder cannot be used, or `out` holds something else.
    """
    documents = _usable(documents)
    encoder = recipe.encoder if isinstance(recipe, TaggerRecipe) else None
    made_from = provenance_of(recipe, documents, ontology, roots, revision)
    if _is_finished(out, made_from["run"], force):
        tell(f"{out}: finished already; --force trains it again")
        return out
    if isinstance(recipe, LexiconRecipe):
        tagger = lexicon.LexiconTagger.fit(documents, ontology, recipe.threshold)
        _write_texts(out, recipe, made_from)
        tagger.save(out, made_from)
        tell(f"{len(tagger.triggers)} trigger stems, {len(tagger.cues)} cue stems")
        return out
    folder = find_encoder(encoder, roots) if encoder is not None else None

    from khabar.training.finetune import finetune, save  # imports torch

    checkpoints = out / _CHECKPOINTS
    write_atomic(checkpoints / _RUN, json.dumps({"run": made_from["run"]}))
    known, last = [d for d in documents if is_authored(d)], [d for d in documents if not is_authored(d)]
    start = None
    if recipe.supplement_epochs is None or not known or not last:
        known, last = [], documents
    else:
        same: dict[str, Any] = {"roots": roots, "revision": revision, "advance": advance, "tell": tell}
        start = train(recipe.first_stage(), known, ontology, first or checkpoints / _FIRST, **same, tracker=tracker)
        wait_for_all()  # until the first process has written it
    model, tokenizer, log = finetune(
        recipe, last, ontology, folder, checkpoints, advance, tell, tracker, known=known, start=start
    )
    wait_for_all()  # until every process has read what the first one is about to delete
    if not is_first():
        return out
    model.config.provenance = made_from
    whole = checkpoints / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    save(model, tokenizer, whole)
    _write_texts(out, recipe, made_from)
    write_atomic(out / _LOG, "".join(json.dumps(line) + "\n" for line in log))
    mode = (whole / _CONFIG).stat().st_mode
    # The configuration comes last: with it the model counts as finished.
    for file in sorted(whole.iterdir(), key=lambda file: file.name == _CONFIG):
        file.chmod(mode)  # safetensors lets nobody but the owner read the weights
        file.replace(out / file.name)
    shutil.rmtree(checkpoints)
    return out


def provenance_of(
    recipe: Recipe, documents: Sequence[Document], ontology: Ontology, roots: Sequence[Path], revision: str | None
) -> dict[str, Any]:
    """What a training of this writes into its model (see `provenance.provenance`), its encoder's folder looked up.

    Args:
        recipe: How it is trained.
        documents: On what.
        ontology: With which labels.
        roots: Where an encoder named by a relative path may stand.
        revision: Of the code.

    Raises:
        InputError: If the encoder's folder is there and holds no encoder.
    """
    encoder = recipe.encoder if isinstance(recipe, TaggerRecipe) else None
    folder = local_encoder(encoder, roots) if encoder is not None else None
    known, licensed = (digest(folder), licence(folder)) if folder is not None else (None, None)
    return provenance(recipe, documents, ontology, known, revision, licensed)


def is_model(folder: Path) -> bool:
    """Whether a folder holds a finished model."""
    weights = (folder / _CONFIG).is_file() and any(folder.glob("*.safetensors"))
    return weights or (folder / lexicon.FILE).is_file()


def model_type(folder: Path) -> str | None:
    """What kind of model `config.json` says that a folder holds; None where it says nothing."""
    return _recorded(folder / _CONFIG, key="model_type")


def _usable(documents: Sequence[Document]) -> list[Document]:
    if not documents:
        raise InputError("there are no documents to train on")
    if not any(document.events or document.attributions for document in documents):
        raise InputError(f"none of the {len(documents)} documents is annotated", documents[0].id)
    documents = sorted(documents, key=lambda document: document.id)
    for first, second in pairwise(documents):
        if first.id == second.id:
            raise InputError("two documents have this id", first.id)
    return documents


def _is_finished(out: Path, run: str, force: bool) -> bool:
    """Whether `out` holds this run, finished. Clears the folder if `force`.

    Raises:
        InputError: If it holds anything that is no part of this run.
    """
    if not out.exists():
        return False
    if not out.is_dir():
        raise InputError("is no folder; name another one with --out", out)
    if foreign := sorted(file.name for file in out.iterdir() if file.name not in _OWN):
        raise InputError(f"holds {foreign[0]}, which is no part of a model; name another folder with --out", out)
    if force:
        shutil.rmtree(out)
        return False
    if is_model(out):
        if _recorded(out / _CONFIG, "provenance") == run or _recorded(out / lexicon.FILE, "provenance") == run:
            shutil.rmtree(out / _CHECKPOINTS, ignore_errors=True)
            return True
        raise InputError("holds a model of another recipe, seed, encoder or corpus; --force replaces it", out)
    if (out / _CHECKPOINTS).exists() and _recorded(out / _CHECKPOINTS / _RUN) not in (run, None):
        raise InputError("holds an unfinished run of another recipe, seed, encoder or corpus; --force starts over", out)
    return False


def _recorded(file: Path, *keys: str, key: str = "run") -> str | None:
    """The `run`, or another key's value, that a JSON file tells of under these keys; None if it tells of none."""
    try:
        value: Any = json.loads(file.read_bytes())
        for name in (*keys, key):
            value = value[name]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(value)


def _write_texts(out: Path, recipe: Recipe, made_from: dict[str, Any]) -> None:
    write_atomic(out / "recipe.yaml", dump_recipe(shareable(recipe)))
    write_atomic(out / "README.md", model_card(recipe, made_from))
