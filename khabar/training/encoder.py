"""Where an encoder comes from: a folder, the local cache of the Hugging Face Hub, or the Hub itself.

Whoever has no network is told so within seconds, not after a minute of retries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import yaml

from khabar.errors import InputError
from khabar.training.remote import fetched, hub_id

# These read text that Farasa has segmented, a Java program licensed for research only
# (github.com/aub-mind/arabert, table of models).
_SEGMENTED = frozenset(
    {"aubmindlab/bert-base-arabert", "aubmindlab/bert-base-arabertv2", "aubmindlab/bert-large-arabertv2"}
)
_FILES = (
    "config.json",
    "model.safetensors*",
    "model-*.safetensors",
    "tokenizer*",
    "vocab.*",
    "merges.txt",
    "*.model",
    "special_tokens_map.json",
)


def local_encoder(name: str, roots: Sequence[Path] = (Path(),)) -> Path | None:
    """The folder of an encoder that is named by its path; None if no such folder exists.

    Args:
        name: An absolute path, or one relative to a root.
        roots: Where to look, in this order.

    Raises:
        InputError: If the folder is there and holds no encoder.
    """
    for folder in (root / name for root in roots):
        if folder.is_dir():
            if not (folder / "config.json").is_file():
                raise InputError("holds no encoder (no config.json)", folder)
            return folder
    return None


def licence(encoder: Path) -> str | None:
    """What the card of an encoder folder says of its licence; None where it says nothing."""
    from huggingface_hub.repocard import metadata_load

    try:
        told = metadata_load(encoder / "README.md")
    except (OSError, ValueError, yaml.YAMLError):
        return None
    named = (told or {}).get("license")
    return named if isinstance(named, str) else None


def digest(encoder: Path) -> str:
    """SHA-256 over an encoder folder's files: what tells whether it has changed."""
    found = hashlib.sha256()
    for file in sorted(encoder.iterdir()):
        if file.is_file():
            found.update(file.name.encode() + b"\0")
            with file.open("rb") as content:
                found.update(hashlib.file_digest(content, "sha256").digest())
    return found.hexdigest()


def find_encoder(name: str, roots: Sequence[Path] = (Path(),)) -> Path:
    """The folder of an encoder, downloaded if need be.

    Args:
        name: A folder, or an id on the Hugging Face Hub (`aubmindlab/bert-base-arabertv02`), perhaps with a revision
            (`owner/name@revision`). A folder wins, then what the local cache holds.
        roots: Where relative folders may stand.

    Returns:
        A local folder that `AutoModel` and `AutoTokenizer` can load.

    Raises:
        InputError: If there is no such encoder, khabar cannot use it, or the Hub cannot be reached (which is told
            within a second).
    """
    if (folder := local_encoder(name, roots)) is not None:
        return folder
    which = hub_id(name)
    if which is None:
        raise InputError("no such folder, and no id on the Hugging Face Hub (owner/name)", f"encoder {name}")
    if which.repository in _SEGMENTED:
        reason = "reads text segmented by Farasa, which khabar does not do; take aubmindlab/bert-base-arabertv02"
        raise InputError(reason, f"encoder {name}")
    remedy = (
        f"download it where there is a network (`hf download {which.repository}`) and name the folder with "
        "--encoder DIR, or use a recipe without it (training/recipes/random.yaml)"
    )
    return fetched(which, _FILES, _is_whole, f"encoder {which}", remedy, fresh=False)


def _is_whole(names: Collection[str]) -> bool:
    return "config.json" in names and any(name.endswith(".safetensors") for name in names)
