"""Where a model comes from: what was trained on, with which recipe, at which revision of the code."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

import khabar
from khabar.document import Document, dumps
from khabar.ontology import Ontology
from khabar.training.recipe import AnyRecipe, Recipe, TaggerRecipe


def provenance(
    recipe: Recipe,
    documents: Sequence[Document],
    ontology: Ontology,
    encoder_digest: str | None,
    revision: str | None,
    encoder_licence: str | None = None,
) -> dict[str, Any]:
    """What is written into a model, and tells whether a run is the same one.

    Args:
        recipe: How it was trained.
        documents: On what.
        ontology: With which labels.
        encoder_digest: SHA-256 of the encoder's folder; None where it has no folder.
        revision: Of the code (see `revision_of`).
        encoder_licence: What the encoder's card says of its licence.

    Returns:
        JSON. `run` is the same for equal recipes, documents, labels and encoders, and for no others.
    """
    corpus = corpus_digest(documents)
    # When checkpoints are written changes nothing in the outcome.
    decisive = [recipe.model_dump(exclude={"checkpoint_seconds"}), corpus, ontology.model_dump(), encoder_digest]
    return {
        "khabar": khabar.__version__,
        "revision": revision,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "encoder": shareable(recipe).encoder if isinstance(recipe, TaggerRecipe) else None,
        "encoder_sha256": encoder_digest,
        "encoder_licence": encoder_licence,
        "documents": sorted(document.id for document in documents),
        "corpus_sha256": corpus,
        "run": hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest(),
    }


def corpus_digest(documents: Sequence[Document]) -> str:
    """SHA-256 over the documents' canonical JSON, in order of their ids."""
    found = hashlib.sha256()
    for document in sorted(documents, key=lambda document: document.id):
        found.update(dumps(document).encode())
    return found.hexdigest()


def shareable(recipe: AnyRecipe) -> AnyRecipe:
    """The recipe without a path that only makes sense on this machine: of an absolute one the last part remains."""
    if isinstance(recipe, TaggerRecipe) and recipe.encoder is not None and PurePath(recipe.encoder).is_absolute():
        return recipe.changed(encoder=PurePath(recipe.encoder).name)
    return recipe


def revision_of(folder: Path) -> str | None:
    """The git commit that a folder is at, with `-dirty` if tracked files have changed since; None outside git.

    The ledger does not count as a change: a benchmark appends to it, and would spoil the next one's revision.
    """
    git = ["git", "-C", str(folder)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10)
        code = [*git, "diff", "--quiet", "HEAD", "--", ":/", ":(exclude,top)eval/ledger.jsonl"]
        changed = subprocess.run(code, capture_output=True, check=False, timeout=10).returncode
    except (OSError, subprocess.SubprocessError):
        return None
    return head.stdout.strip() + ("-dirty" if changed else "")
