"""Tagging documents with whatever a model folder holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from khabar.document import Document
from khabar.errors import InputError
from khabar.training import lexicon
from khabar.training.model_folder import find_model
from khabar.training.train import is_model, model_type


class Tagger(Protocol):
    """Annotates documents: `Sequence[Document] -> list[Document]`, the shape that every other room takes."""

    def __call__(self, documents: Sequence[Document]) -> list[Document]:
        """The same documents with predicted events and attributions in place of their own, in the same order."""
        ...

    def stream(
        self, documents: Iterable[Document], advance: Callable[[str], object] | None = None
    ) -> Iterator[Document]:
        """The same, one by one, for more documents than fit in memory; `advance` is told each stretch of text done."""
        ...


def predictor(model: Path | str) -> Tagger:
    """The tagger in a model folder.

    Args:
        model: A folder that `khabar train` made, or an id on the Hugging Face Hub (`owner/name@revision`).

    Raises:
        InputError: If it is none, or damaged, or the Hub cannot be reached.
    """
    model = find_model(model)
    if (model / lexicon.FILE).is_file():
        return lexicon.LexiconTagger.load(model)
    if not is_model(model):
        raise InputError("is no model folder (no config.json and model.safetensors); `khabar train` makes one", model)
    from khabar.training.conditional import EventExtractionConfig  # imports torch
    from khabar.training.extractor import EventExtractor
    from khabar.training.model import EventTaggingConfig
    from khabar.training.neural import NeuralTagger

    held = model_type(model)
    if held == EventExtractionConfig.model_type:
        return EventExtractor.load(model)
    if held == EventTaggingConfig.model_type:
        return NeuralTagger.load(model)
    raise InputError(f"holds no tagger ({held or 'unknown'}); `khabar train --encoder` makes one of an encoder", model)


def documents_trained_on(model: Path) -> list[str]:
    """Ids of the documents that a model was trained on, as its folder tells; none where it does not."""
    for name in ("config.json", lexicon.FILE):
        file = model / name
        if file.is_file():
            return list(json.loads(file.read_bytes()).get("provenance", {}).get("documents", []))
    return []
