# mypy: untyped_calls_exclude="transformers,torch"

"""Stage two: masked-language-model training, on full sequences, with logits only where words are masked.

Devlin et al. 2019 (arXiv 1810.04805), without next-sentence prediction and padding; the output layer's weights are the
word embeddings, its bias starts at the log frequencies of the pieces.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from khabar.training.precision import computes_bf16
from khabar.training.pretraining.architecture import word_embeddings
from khabar.training.pretraining.checkpoint import load_checkpoint, read_log, save_checkpoint, write_log
from khabar.training.pretraining.masking import Batch, Batches
from khabar.training.pretraining.pack import Advance
from khabar.training.pretraining.packed import PackedText
from khabar.training.pretraining.recipe import Masking

_HELD_OUT_PIECES = 32_768  # looked at for a line of the log: a standard error of the loss of about 0.03


class MaskedLanguageModel(nn.Module):
    """An encoder and the head that predicts masked pieces.

    Args:
        encoder: Any encoder of `AutoModel`'s.
        counts: How often each piece stands in the text.
    """

    def __init__(self, encoder: PreTrainedModel, counts: Sequence[int]):
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        frequency = torch.tensor(counts, dtype=torch.float64) + 1
        self.bias = nn.Parameter((frequency / frequency.sum()).log().float())

    def forward(self, inputs: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Logits (masked places, pieces) of inputs (sequences, length)."""
        hidden = self.encoder(input_ids=inputs).last_hidden_state
        masked = self.transform(hidden.flatten(0, 1)[places])
        return nn.functional.linear(masked, word_embeddings(self.encoder)) + self.bias


def train_masked(
    encoder: PreTrainedModel,
    packed: PackedText,
    plan: Masking,
    seed: int,
    device: torch.device,
    folder: Path,
    advance: Advance = lambda *_: None,
    tell: Callable[[str], object] = lambda _: None,
    snapshot: Callable[[int], object] = lambda _: None,
) -> list[dict[str, Any]]:
    """Trains an encoder in place; goes on from the checkpoint in `folder` if there is one.

    Args:
        encoder: What is trained.
        packed: The text.
        plan: How.
        seed: Of everything drawn at random.
        device: Where.
        folder: For checkpoint and log.
        advance: Is told of every step.
        tell: Is told a line where the log gets one.
        snapshot: Is told of the steps at which the encoder should be saved.

    Returns:
        The lines of the log: `step`, `pieces`, `loss` (mean since the last line), `held_out_loss`, `held_out_accuracy`,
        `pieces_per_second`, `seconds` (all).

    Raises:
        InputError: If there is too little text.
    """
    batches = Batches.training(packed, plan.batch_size, plan.length, plan.masked, seed)
    held_out = Batches(packed.held_out, batches.vocabulary, plan.batch_size, plan.length, plan.masked, seed).held_out(
        max(1, _HELD_OUT_PIECES // plan.length)
    )
    model = MaskedLanguageModel(encoder, packed.counts.tolist()).to(device)
    run = _Run(model, plan, device)
    if (state := load_checkpoint(folder)) is not None:
        run.restore(state)
        tell(f"going on from step {run.step}")
    log = read_log(folder, run.step)
    snapshots = {round(plan.steps * (i + 1) / plan.snapshots) for i in range(plan.snapshots)}
    saved = logged = time.monotonic()
    since = run.step
    while run.step < plan.steps:
        loss = run.advance(batches[run.step], seed)
        rate = (run.step - since) * plan.batch_size * plan.length / (time.monotonic() - logged)
        advance(f"loss {loss:.2f}, {rate:,.0f} pieces/s", run.step, plan.steps)
        last = run.step == plan.steps
        if run.step % plan.evaluate_steps == 0 or last:
            mean = run.mean_loss()
            held_out_loss, accuracy = run.evaluate(held_out)
            log.append(
                {
                    "step": run.step,
                    "pieces": run.step * plan.batch_size * plan.length,
                    "loss": round(mean, 4),
                    "held_out_loss": round(held_out_loss, 4),
                    "held_out_accuracy": round(accuracy, 4),
                    "pieces_per_second": round(rate),
                    "seconds": round(run.seconds()),
                }
            )
            left = (plan.steps - run.step) * plan.batch_size * plan.length / rate
            tell(
                f"step {run.step:,} of {plan.steps:,}: loss {mean:.3f}, held out {held_out_loss:.3f} "
                f"({accuracy:.1%} right), {rate:,.0f} pieces/s, {left / 60:,.0f} minutes left"
            )
            write_log(folder, log)
            logged, since = time.monotonic(), run.step
        if run.step in snapshots:
            snapshot(run.step)
        if last or time.monotonic() - saved >= plan.checkpoint_seconds:
            save_checkpoint(folder, run.state())
            saved = time.monotonic()
    model.eval()
    return log


class _Run:
    """Model, optimiser and how far they are."""

    def __init__(self, model: MaskedLanguageModel, plan: Masking, device: torch.device):
        self.model, self.plan, self.device = model, plan, device
        self.embeddings = word_embeddings(model.encoder)
        self.optimizer = _optimizer(model, self.embeddings, plan)
        self.step = 0
        self.losses: list[float] = []
        self.before, self.started = 0.0, time.monotonic()

    def advance(self, batch: Batch, seed: int) -> float:
        """One step of the optimiser; gives the loss."""
        torch.manual_seed(int(np.random.SeedSequence([seed, 2, self.step]).generate_state(1)[0]))  # of the dropout
        self.model.train()
        self.embeddings.requires_grad_(self.step >= self.plan.embeddings_frozen * self.plan.steps)
        factor = _schedule(self.step, self.plan)
        for group in self.optimizer.param_groups:
            group["lr"] = group["highest"] * factor
        loss, _ = self._loss(batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        self.optimizer.step()
        self.step += 1
        self.losses.append(float(loss.detach()))
        return self.losses[-1]

    def mean_loss(self) -> float:
        """Over the steps since it was asked last."""
        mean = sum(self.losses) / len(self.losses)
        self.losses = []
        return mean

    @torch.inference_mode()
    def evaluate(self, batches: Sequence[Batch]) -> tuple[float, float]:
        """Loss and share of right pieces at the masked places of batches."""
        self.model.eval()
        loss = right = places = 0.0
        for batch in batches:
            batch_loss, logits = self._loss(batch)
            loss += float(batch_loss) * len(batch.places)
            right += int((logits.argmax(-1).cpu() == torch.from_numpy(batch.targets)).sum())
            places += len(batch.places)
        return loss / places, right / places

    def seconds(self) -> float:
        """Time spent on training, before an interruption and since."""
        return self.before + time.monotonic() - self.started

    def state(self) -> dict[str, Any]:
        """All that a run needs to go on as if nothing had been."""
        return {
            "step": self.step,
            "losses": self.losses,
            "seconds": self.seconds(),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Takes over what `state` gave."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.losses, self.before = state["step"], state["losses"], state["seconds"]

    def _loss(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        inputs, places, targets = (torch.from_numpy(array).to(self.device) for array in batch)
        with _autocast(self.device, self.plan.precision):
            logits = self.model(inputs, places)
        return nn.functional.cross_entropy(logits.float(), targets), logits


def _optimizer(model: MaskedLanguageModel, embeddings: nn.Parameter, plan: Masking) -> torch.optim.Optimizer:
    """AdamW; biases and layer norms do not decay, the word embeddings have their own rate."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in model.parameters():
        rate = plan.learning_rate * (plan.embeddings_rate if parameter is embeddings else 1)
        groups.setdefault((rate, plan.weight_decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "lr": rate, "highest": rate, "weight_decay": d} for (rate, d), group in groups.items()],
        betas=(0.9, 0.98),  # RoBERTa's (arXiv 1907.11692)
        eps=1e-6,
        fused=True,
    )


def _schedule(step: int, plan: Masking) -> float:
    """The learning rate of a step as a share of the highest: up in a straight line, then down to 0."""
    warmup = max(1, round(plan.warmup * plan.steps))
    return min((step + 1) / warmup, (plan.steps - step) / max(1, plan.steps - warmup + 1))


def _autocast(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=computes_bf16(precision, device.type))
