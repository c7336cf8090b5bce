"""Pre-training: a recipe and raw (or packed) text in, an encoder's folder out.

While it runs, everything that is not finished stands in `work/` inside the folder; at the end it is gone. A run that
was killed goes on where it stopped when the same command is given again; a finished one is left alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

import khabar
from khabar.corpus.store import write_atomic
from khabar.errors import InputError
from khabar.training.pretraining.architecture import build_encoder, save_encoder
from khabar.training.pretraining.card import encoder_card
from khabar.training.pretraining.checkpoint import LOG, read_log, write_log
from khabar.training.pretraining.contextual import train_masked
from khabar.training.pretraining.pack import Advance, pack
from khabar.training.pretraining.packed import INDEX, PackedText
from khabar.training.pretraining.recipe import PretrainingRecipe
from khabar.training.pretraining.skipgram import piece_vectors
from khabar.training.pretraining.text import text_files
from khabar.training.recipe import dump_recipe
from khabar.training.repeatable import repeatable, threads

_CONFIG = "config.json"
_WORK = "work"
_RUN = "run.json"
_SNAPSHOTS = "snapshots"
# All that may stand in an encoder's folder: `--force` deletes no other file.
_OWN = ("config.json", "model*.safetensors*", "tokenizer*.json", "recipe.yaml", "README.md", LOG, _WORK, _SNAPSHOTS)

Tell = Callable[[str], object]


def packed_text(
    recipe: PretrainingRecipe,
    folder: Path,
    text: Sequence[Path] = (),
    advance: Advance = lambda *_: None,
    tell: Tell = lambda _: None,
) -> PackedText:
    """Packed text: what the folder holds, or else made from raw text.

    Args:
        recipe: Says what is kept of the text.
        folder: Where packed text is, or will be.
        text: Files and folders of raw text; not looked at where the folder holds packed text already.
        advance: Is told how much is read.
        tell: Is told what a person should know, a line each.

    Raises:
        InputError: If there is neither, or the packed text was made by another recipe from other files.
    """
    if (folder / INDEX).is_file():
        packed = PackedText.load(folder)
        if text and packed.index["text"] != recipe.text.model_dump():
            raise InputError("was packed by another recipe; name another folder with --packed, or delete it", folder)
    elif text:
        with threads(recipe.threads):
            packed = pack(text_files(text), recipe.text, folder, advance)
    else:
        raise InputError(f"holds no packed text ({INDEX}); give the raw text with --text PATH", folder)
    told = packed.index
    left_out = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in told["left_out"].items())
    tell(
        f"text: {told['documents']:,} documents, {told['words']:,} words, {told['pieces']:,} pieces of "
        f"{len(packed.vocabulary):,}; left out: {left_out}"
    )
    return packed


def pretrain(
    recipe: PretrainingRecipe,
    packed: PackedText,
    out: Path,
    *,
    revision: str | None = None,
    force: bool = False,
    advance: Advance = lambda *_: None,
    tell: Tell = lambda _: None,
) -> Path:
    """Pre-trains an encoder.

    Args:
        recipe: How.
        packed: On what.
        out: The encoder's folder; made if need be.
        revision: Of the code, for the model card (see `provenance.revision_of`).
        force: Start over where a run has finished, or has stopped that was another one.
        advance: Is told what is being done, how much of it is done, and of how much.
        tell: Is told what a person should know, a line each.

    Returns:
        `out`, which `AutoModel` and `AutoTokenizer` load, with `recipe.yaml`, `README.md` and, after stage two,
        `log.jsonl`.

    Raises:
        InputError: If there is too little text, or `out` holds something else.
    """
    if _is_finished(out, recipe, packed, force):
        tell(f"{out}: finished already; --force trains it again")
        return out
    work = out / _WORK
    write_atomic(work / _RUN, json.dumps({"run": _digest(recipe, packed)}))
    device = torch.device("cuda" if recipe.device == "auto" and torch.cuda.is_available() else "cpu")
    tokenizer = packed.tokenizer()
    log: list[dict[str, Any]] = []
    with repeatable(recipe.threads):
        vectors = None
        if recipe.skipgram is not None:
            vectors = piece_vectors(packed, recipe.skipgram, recipe.architecture.hidden, recipe.seed, advance)
        torch.manual_seed(recipe.seed)
        dropout = recipe.masking.dropout if recipe.masking is not None else 0.0
        encoder = build_encoder(recipe.architecture, tokenizer, dropout, vectors)
        size = sum(parameter.numel() for parameter in encoder.parameters())
        tell(f"encoder: {size / 1e6:.1f} million parameters, on {device.type}")
        run = _digest(recipe, packed)
        made = {"khabar": khabar.__version__, "revision": revision, "parameters": size, "run": run}
        encoder.config.khabar = {key: made[key] for key in ("khabar", "revision", "run")} | {"recipe": recipe.name}
        if recipe.masking is not None:

            def snapshot(step: int) -> None:
                folder = out / _SNAPSHOTS / f"step-{step}"
                describe(folder, recipe, packed, made | {"step": step}, read_log(work, step))
                _save(encoder, tokenizer, folder, work)

            log = train_masked(encoder, packed, recipe.masking, recipe.seed, device, work, advance, tell, snapshot)
    describe(out, recipe, packed, made | {"step": recipe.masking.steps if recipe.masking is not None else 0}, log)
    _save(encoder, tokenizer, out, work)
    shutil.rmtree(work)
    return out


def describe(
    folder: Path, recipe: PretrainingRecipe, packed: PackedText, made: dict[str, Any], log: list[dict[str, Any]]
) -> None:
    """Writes what an encoder's folder says of it: recipe, card and log.

    Args:
        folder: The folder.
        recipe: How it was trained.
        packed: On what.
        made: `khabar`, `revision`, `parameters`, `step` (of stage two, that the folder holds).
        log: The lines of the training log up to the step that the folder holds; empty without stage two.
    """
    write_atomic(folder / "recipe.yaml", dump_recipe(recipe))
    write_atomic(folder / "README.md", encoder_card(recipe, packed.index, made, log))
    if log:
        write_log(folder, log)


def _save(encoder: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path, work: Path) -> None:
    """Saves an encoder; the configuration comes last: with it the folder counts as finished."""
    whole = work / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    save_encoder(encoder, tokenizer, whole)
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(whole.iterdir(), key=lambda file: file.name == _CONFIG):
        file.replace(folder / file.name)
    whole.rmdir()


def _digest(recipe: PretrainingRecipe, packed: PackedText) -> str:
    """What tells whether a run is the same one."""
    # When checkpoints are written changes nothing in the outcome.
    decisive = recipe.model_dump(exclude={"text": True, "masking": {"checkpoint_seconds"}})
    return hashlib.sha256(json.dumps([decisive, packed.digest], sort_keys=True).encode()).hexdigest()


def _is_finished(out: Path, recipe: PretrainingRecipe, packed: PackedText, force: bool) -> bool:
    """Whether `out` holds this run, finished. Clears the folder if `force`.

    Raises:
        InputError: If it holds anything that is no part of this run.
    """
    if not out.exists():
        return False
    if not out.is_dir():
        raise InputError("is no folder; name another one with --out", out)
    if foreign := sorted(file.name for file in out.iterdir() if not any(map(file.match, _OWN))):
        raise InputError(f"holds {foreign[0]}, which is no part of an encoder; name another folder with --out", out)
    finished, unfinished = _recorded(out / _CONFIG, "khabar", "run"), _recorded(out / _WORK / _RUN, "run")
    if not any(out.iterdir()):
        return False
    if finished is None and unfinished is None:
        raise InputError("holds something else than a pre-training; name another folder with --out", out)
    if force:
        shutil.rmtree(out)
        return False
    run = _digest(recipe, packed)
    if finished is not None and finished != run:
        raise InputError("holds an encoder of another recipe or text; --force replaces it", out)
    if finished is None and unfinished != run:
        raise InputError("holds an unfinished run of another recipe or text; --force starts over", out)
    if finished is not None:
        shutil.rmtree(out / _WORK, ignore_errors=True)
    return finished is not None


def _recorded(file: Path, *keys: str) -> str | None:
    """What a JSON file tells under these keys; None if it tells nothing."""
    try:
        value: Any = json.loads(file.read_bytes())
        for key in keys:
            value = value[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(value)
