# mypy: untyped_calls_exclude=transformers

"""Fitting a token classifier with `transformers.Trainer`: the tagger to documents, and any other of its kind."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch.utils.data import DataLoader
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    BertConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import Ontology
from khabar.training.batches import TokenBatches
from khabar.training.material import Model, conditional, flat
from khabar.training.precision import computes_bf16, device_of
from khabar.training.processes import processes, rank
from khabar.training.quiet import quiet
from khabar.training.recipe import Conditional, TaggerRecipe
from khabar.training.repeatable import repeatable
from khabar.training.vocabulary import learn_from_words, normal_words

Advance = Callable[[int, int], object]
"""Is told how many steps are done, and of how many."""
LogLine = dict[str, float]
"""What happened in an epoch; see `fit`."""


class Fitted(NamedTuple):
    """What training gave; fields as in `finetune`."""

    model: Model
    tokenizer: PreTrainedTokenizerBase
    log: list[LogLine]


def finetune(
    recipe: TaggerRecipe,
    documents: Sequence[Document],
    ontology: Ontology,
    encoder: Path | None,
    checkpoints: Path,
    advance: Advance | None = None,
    tell: Callable[[str], object] = lambda _: None,
    tracker: str | None = None,
    *,
    known: Sequence[Document] = (),
    start: Path | None = None,
) -> Fitted:
    """Trains a tagger.

    Args:
        recipe: How.
        documents: Annotated documents.
        ontology: Their labels.
        encoder: Folder of a pretrained encoder; None to start at random.
        checkpoints: Where checkpoints are written, and looked for: a run that was stopped goes on from the last one.
        advance: Is told of every step.
        tell: Is told what a person should know, a line each.
        tracker: Also tell loss and rates to this experiment tracker (`trackio`, a name that `Trainer` knows).
        known: Further documents whose words are known, but which are not trained on.
        start: Folder of a model of the same recipe to begin with.

    Returns:
        The trained model, its tokenizer, and the log.

    Raises:
        InputError: If the documents or the encoder cannot be used.
    """
    with quiet(), repeatable(recipe.threads):
        set_seed(recipe.seed)
        tokenizer, beginning = starting_encoder(recipe, normal_words(documents), encoder)
        build = flat if recipe.design == "flat" else conditional
        model, dataset, collator, windows, lost = build(recipe, documents, ontology, tokenizer, beginning, known)
        if start is not None:
            model.load_state_dict(load_file(start / "model.safetensors"))
        size = sum(parameter.numel() for parameter in model.parameters())
        tell(f"encoder: {_described(recipe, encoder)}; {size / 1e6:.1f} million parameters")
        tell(f"{len(documents)} documents, {windows} windows; {_told(lost)}")
        log = fit(model, dataset, collator, tokenizer, recipe, checkpoints, advance, tell, tracker)
        if start is not None and recipe.mixing < 1:
            _mix(model, load_file(start / "model.safetensors"), recipe.mixing)
    return Fitted(model, tokenizer, log)


@torch.no_grad()
def _mix(model: Model, first: Mapping[str, torch.Tensor], share: float) -> None:
    """Puts the weights between those of the first stage and their own: at 1 nothing changes."""
    for name, weight in model.state_dict().items():
        weight.copy_(first[name].to(weight).lerp(weight, share))


def fit(
    model: torch.nn.Module,
    dataset: Sequence[Any],
    collator: Callable[[Sequence[Any]], dict[str, Any]],
    tokenizer: PreTrainedTokenizerBase,
    recipe: TaggerRecipe,
    checkpoints: Path,
    advance: Advance | None = None,
    tell: Callable[[str], object] = lambda _: None,
    tracker: str | None = None,
) -> list[LogLine]:
    """Trains a token classifier in place; the caller sets seed and threads, before it makes the model.

    Args:
        model: Takes the collator's batches, gives a `loss`; its attribute
            `encoder` learns at the encoder's rate, all else at the heads'.
        dataset: What to learn: items that have a `shape`, see `batches.TokenBatches`.
        collator: Makes a padded batch of some of it.
        tokenizer: Kept with the checkpoints.
        recipe: How.
        checkpoints: As in `finetune`.
        advance: As in `finetune`.
        tell: As in `finetune`.
        tracker: As in `finetune`.

    Returns:
        A line an epoch: `epoch`, `step`, `loss` (mean over the epoch), `learning_rate` (the encoder's).

    Raises:
        InputError: If the tracker is not installed.
    """
    trainer = _Trainer(
        TokenBatches([item.shape for item in dataset], _items(recipe), recipe.seed, rank(), processes()),
        model=model,
        args=_arguments(recipe, checkpoints, tracker),
        train_dataset=dataset,
        data_collator=collator,
        processing_class=tokenizer,
        optimizers=(_optimizer(model, recipe), None),
        callbacks=[_Steps(recipe.checkpoint_seconds, advance)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    last = _last_checkpoint(checkpoints)
    if last is not None:
        tell(f"going on from {last.name}")
    with redirect_stdout(sys.stderr):  # where trackers greet
        trainer.train(resume_from_checkpoint=None if last is None else str(last))
    keys = ("epoch", "step", "loss", "learning_rate")
    return [{key: line[key] for key in keys} for line in trainer.state.log_history if "loss" in line]


def save(model: Model, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Writes configuration, weights and tokenizer into a folder, and no path of this machine."""
    tokenizer.name_or_path = ""
    model.config.encoder.name_or_path = ""
    with quiet():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def starting_encoder(
    recipe: TaggerRecipe, words: Iterable[str], folder: Path | None
) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """The tokenizer and the encoder before training.

    Args:
        recipe: Tells whether the encoder starts at random.
        words: The training text, normalised, for a vocabulary to be learned from; not looked at with a pretrained one.
        folder: Of the pretrained encoder; None to start at random.

    Raises:
        InputError: If the folder holds no encoder that can be used.
    """
    if recipe.architecture is not None:
        tokenizer = learn_from_words(words, recipe.architecture.vocabulary)
        config = BertConfig(
            vocab_size=len(tokenizer),
            num_hidden_layers=recipe.architecture.layers,
            hidden_size=recipe.architecture.hidden,
            num_attention_heads=recipe.architecture.heads,
            intermediate_size=recipe.architecture.intermediate,
            max_position_embeddings=recipe.max_length,
            hidden_dropout_prob=recipe.dropout_in_encoder,
            attention_probs_dropout_prob=recipe.dropout_in_encoder,
            pad_token_id=tokenizer.pad_token_id,
        )
        encoder = AutoModel.from_config(config)
    else:
        assert folder is not None  # the recipe's validator: an encoder or an architecture
        tokenizer, encoder = _pretrained(recipe, folder)
    if device_of(recipe.device) == "cpu" and recipe.max_length <= _PLAIN:
        # The gradient of the fused kind takes a processor several times as long (torch 2.13). A model is loaded with
        # the fused kind again.
        encoder.set_attn_implementation("eager")
    return tokenizer, encoder


def _pretrained(recipe: TaggerRecipe, folder: Path) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        for name in _DROPOUT:
            if hasattr(config, name):
                setattr(config, name, recipe.dropout_in_encoder)
        encoder = AutoModel.from_pretrained(
            folder, config=config, use_safetensors=True, dtype=torch.float32, local_files_only=True
        )
    except Exception as error:  # what transformers raises here is of every kind
        reason = " ".join(str(error).split())[:300]
        raise InputError(f"is no encoder that khabar can load: {reason}", folder) from error
    special = {name: getattr(tokenizer, f"{name}_token_id") for name in ("cls", "sep", "unk", "pad")}
    if missing := [name for name, number in special.items() if number is None]:
        raise InputError(f"the tokenizer has no {missing[0]} token; take an encoder of BERT's kind", folder)
    if len(tokenizer) > encoder.config.vocab_size:
        reason = f"the tokenizer has {len(tokenizer)} pieces and the encoder {encoder.config.vocab_size}"
        raise InputError(reason, folder)
    longest = getattr(encoder.config, "max_position_embeddings", recipe.max_length)
    if recipe.max_length > longest:
        raise InputError(f"max_length is {recipe.max_length}, and the encoder reads at most {longest}", recipe.name)
    return tokenizer, encoder


def _optimizer(model: torch.nn.Module, recipe: TaggerRecipe) -> torch.optim.Optimizer:
    """AdamW with a learning rate for the encoder and one for the heads; biases and layer norms do not decay."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = recipe.learning_rate.encoder if name.startswith("encoder.") else recipe.learning_rate.heads
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()], fused=True
    )


def _arguments(recipe: TaggerRecipe, checkpoints: Path, tracker: str | None) -> TrainingArguments:
    if tracker is not None and importlib.util.find_spec(tracker) is None:
        raise InputError(f"is not installed; pip install 'khabar[{tracker}]'", f"tracker {tracker}")
    device = device_of(recipe.device)
    return TrainingArguments(
        output_dir=str(checkpoints),
        seed=recipe.seed,
        num_train_epochs=recipe.epochs,
        warmup_steps=recipe.warmup,  # below 1 it is a share of all steps
        lr_scheduler_type="linear",
        use_cpu=device == "cpu",
        bf16=computes_bf16(recipe.precision, device),
        save_strategy="no",  # `_Steps` decides
        save_total_limit=1,
        logging_strategy="epoch",
        eval_strategy="no",
        report_to=tracker or "none",
        project="khabar",
        run_name=f"{recipe.name}-{recipe.seed}",
        # Not every batch has a cue, or a link: a head that is not asked has no gradient.
        ddp_find_unused_parameters=True if processes() > 1 else None,
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )


def _items(recipe: TaggerRecipe) -> float:
    """Items of the dataset a step: windows, or blocks of sentences."""
    block = (recipe.conditional or Conditional()).block if recipe.design == "conditional" else 1
    return max(1.0, recipe.batch_size / block)


class _Loader(DataLoader[Any]):
    """Tells its batch sampler which epoch it is."""

    def set_epoch(self, epoch: int) -> None:
        """Called by the Trainer."""
        self.batch_sampler.set_epoch(epoch)  # type: ignore[union-attr]


class _Trainer(Trainer):
    """The Trainer with batches of its own."""

    def __init__(self, batches: TokenBatches, **options: Any):
        super().__init__(**options)
        self.batches = batches

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Every process draws its own part of each batch, so there is nothing for accelerate to share out."""
        dataset: Any = self.train_dataset
        return _Loader(dataset, batch_sampler=self.batches, collate_fn=self.data_collator)


_PLAIN = 512  # word pieces a window up to which plain attention trains on a processor: its memory grows with the square

# What BERT and ModernBERT call the encoder's dropout.
_DROPOUT = (
    *("hidden_dropout_prob", "attention_probs_dropout_prob"),
    *("embedding_dropout", "attention_dropout", "mlp_dropout"),
)


class _Steps(TrainerCallback):
    """Tells of every step; asks for a checkpoint at the end of an epoch when the last one is old."""

    def __init__(self, seconds: float, advance: Advance | None):
        self.seconds, self.advance, self.saved = seconds, advance, time.monotonic()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.advance is not None:
            self.advance(state.global_step, state.max_steps)

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        # Clocks differ between processes, and all must save together.
        due = processes() > 1 or time.monotonic() - self.saved >= self.seconds
        if due and state.global_step < state.max_steps:
            control.should_save, self.saved = True, time.monotonic()


def _last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint; those that were being written when the run was killed are deleted."""
    whole = []
    for checkpoint in folder.glob("checkpoint-*"):
        try:
            # The Trainer writes this file last.
            whole.append((json.loads((checkpoint / "trainer_state.json").read_bytes())["global_step"], checkpoint))
        except (OSError, ValueError, KeyError):
            shutil.rmtree(checkpoint, ignore_errors=True)
    return max(whole)[1] if whole else None


def _described(recipe: TaggerRecipe, encoder: Path | None) -> str:
    if recipe.architecture is None:
        return str(encoder)
    a = recipe.architecture
    return f"random weights ({a.layers} layers of {a.hidden}), nothing pretrained"


def _told(lost: Counter[str]) -> str:
    if not lost.total():
        return "no mention lost to overlaps"
    return "lost to overlaps: " + ", ".join(f"{count} {layer}" for layer, count in lost.items() if count)
