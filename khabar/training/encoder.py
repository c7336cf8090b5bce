"""Where an encoder comes from: a folder, the local cache of the Hugging Face Hub, or the Hub itself.

Whoever has no network is told so within seconds, not after a minute of retries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import TypeVar

from khabar.errors import InputError

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
_SECONDS_TO_ANSWER = 2.0

T = TypeVar("T")


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
        name: A folder, or an id on the Hugging Face Hub (`aubmindlab/bert-base-arabertv02`).
        roots: Where relative folders may stand.

    Returns:
        A local folder that `AutoModel` and `AutoTokenizer` can load.

    Raises:
        InputError: If there is no such encoder, khabar cannot use it, or the Hub cannot be reached (which is told
            after about two seconds).
    """
    if (folder := local_encoder(name, roots)) is not None:
        return folder
    if not _is_hub_id(name):
        raise InputError("no such folder, and no id on the Hugging Face Hub (owner/name)", f"encoder {name}")
    if name in _SEGMENTED:
        reason = "reads text segmented by Farasa, which khabar does not do; take aubmindlab/bert-base-arabertv02"
        raise InputError(reason, f"encoder {name}")
    return _cached(name) or _downloaded(name)


def _is_hub_id(name: str) -> bool:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return "/" in name


def _cached(name: str) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name, allow_patterns=list(_FILES), local_files_only=True))
    except OSError:
        return None
    complete = (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))
    return folder if complete else None


def _downloaded(name: str) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError

    remedy = (
        f"download it where there is a network (`hf download {name}`) and name the folder with --encoder DIR, "
        "or use a recipe without it (training/recipes/random.yaml)"
    )
    try:
        info = _within(2 * _SECONDS_TO_ANSWER, lambda: HfApi().model_info(name, timeout=_SECONDS_TO_ANSWER))
    except RepositoryNotFoundError:
        raise InputError("is not on the Hugging Face Hub, or is private (`hf auth login`)", f"encoder {name}") from None
    except Exception:  # what stands between here and the Hub fails in every way
        raise InputError(
            f"is not here, and the Hugging Face Hub cannot be reached: {remedy}", f"encoder {name}"
        ) from None
    if not any(file.rfilename.endswith(".safetensors") for file in info.siblings or ()):
        raise InputError("has no model.safetensors; khabar loads no pickled weights", f"encoder {name}")
    try:
        return Path(snapshot_download(name, allow_patterns=list(_FILES)))
    except Exception as error:
        raise InputError(f"could not be downloaded ({' '.join(str(error).split())[:200]}): {remedy}", name) from None


def _within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` gives; TimeoutError if it takes longer, which a name server that does not answer makes it do."""
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:
            outcome.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result
