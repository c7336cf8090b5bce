"""What a model folder holds, and where one is found that is named by its path or by an id on the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from khabar.errors import InputError
from khabar.training import lexicon
from khabar.training.remote import fetched, hub_id

CONFIG = "config.json"
RECIPE = "recipe.yaml"
FILES = (
    *(CONFIG, RECIPE, lexicon.FILE),
    *("model.safetensors", "model-*.safetensors", "model.safetensors.index.json"),
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt"),
)
"""Patterns of all files that a model is loaded from: these are published and fetched, and no others."""


def find_model(name: str | Path, revision: str | None = None) -> Path:
    """The folder of a model, downloaded if need be.

    Args:
        name: A folder, or an id on the Hub (`owner/name`, `owner/name@revision`); a folder wins.
        revision: A tag, branch or commit of an id that names none itself.

    Raises:
        InputError: If there is no such model, or the Hub cannot be reached (which is told within a second).
    """
    if Path(name).exists() or isinstance(name, Path):
        return Path(name)
    which = hub_id(name if revision is None or "@" in name else f"{name}@{revision}")
    if which is None:
        raise InputError("no such folder, and no id on the Hugging Face Hub (owner/name)", f"model {name}")
    remedy = f"download it where there is a network (`hf download {which.repository}`), or name a folder"
    return fetched(which, FILES, _is_whole, f"model {which}", remedy, fresh=True)


def _is_whole(names: Collection[str]) -> bool:
    weights = CONFIG in names and any(name.endswith(".safetensors") for name in names)
    return weights or lexicon.FILE in names
