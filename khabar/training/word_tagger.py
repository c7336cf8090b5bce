"""Plain fine-tuning: one encoder, one linear head, one tag a word, read at its first piece.

This is what `AutoModelForTokenClassification` is, on khabar's way of reading words: normalised, and a long sentence in
several windows. It judges an encoder on data that is none of khabar's; the tagger of events is `model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase, set_seed

from khabar.arabic import normalise
from khabar.document import Extent
from khabar.errors import InputError
from khabar.training.encode import IGNORED, Example, Windows, labels_of
from khabar.training.finetune import Advance, fit, starting_encoder
from khabar.training.material import Collator
from khabar.training.neural import in_batches, pad
from khabar.training.quiet import quiet
from khabar.training.recipe import TaggerRecipe
from khabar.training.repeatable import repeatable, threads


class WordClassifier(nn.Module):
    """An encoder and one linear layer.

    Args:
        encoder: The encoder.
        tags: How many tags there are.
        dropout: Before the linear layer.
    """

    def __init__(self, encoder: PreTrainedModel, tags: int, dropout: float):
        super().__init__()
        self.encoder = encoder
        if getattr(encoder, "pooler", None) is not None:
            # It reads whole sentences, and would never be trained.
            encoder.pooler = None  # type: ignore[assignment]
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, tags)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        """Tags windows.

        Args:
            input_ids: (windows, pieces).
            attention_mask: (windows, pieces), 0 on padding.
            labels: (windows, pieces, 1), `IGNORED` where nothing is scored.

        Returns:
            `logits` (windows, pieces, tags), and `loss` where there are labels.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        logits = self.head(self.dropout(hidden))
        if labels is None:
            return {"logits": logits}
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        return {"loss": loss, "logits": logits}


class WordTagger:
    """Tags the words of sentences, each word for itself: nothing makes the tags of a sentence fit each other.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        tags: What its outputs mean.
        recipe: How it was trained: windows, threads.
    """

    def __init__(
        self,
        model: WordClassifier,
        tokenizer: PreTrainedTokenizerBase,
        tags: Sequence[str],
        recipe: TaggerRecipe,
    ):
        self.model, self.tags, self.recipe = model, tuple(tags), recipe
        self.windows = Windows(tokenizer, recipe.max_length, recipe.stride)

    @classmethod
    def fit(
        cls,
        recipe: TaggerRecipe,
        sentences: Sequence[Sequence[str]],
        tags: Sequence[Sequence[str]],
        encoder: Path | None,
        advance: Advance | None = None,
    ) -> WordTagger:
        """Trains on tagged sentences.

        Args:
            recipe: How; the same recipe and sentences give the same weights.
            sentences: Their words.
            tags: One tag a word; those that occur are what can be predicted.
            encoder: Folder of a pretrained encoder; None to start at random.
            advance: Is told of every step.

        Raises:
            InputError: If the encoder cannot be used, or there is no sentence.
        """
        if not sentences:
            raise InputError("there are no sentences to train on")
        names = sorted({tag for sentence in tags for tag in sentence})
        index = {name: i for i, name in enumerate(names)}
        # No checkpoint is ever read: a run is minutes, and its weights are thrown away.
        recipe = recipe.changed(checkpoint_seconds=1e9)
        with quiet(), repeatable(recipe.threads), TemporaryDirectory(prefix="khabar-") as nothing:
            set_seed(recipe.seed)
            normal = (word for words in sentences for word in normalise(*_placed(words)) if word)
            tokenizer, start = starting_encoder(recipe, normal, encoder)
            tagger = cls(WordClassifier(start, len(names), recipe.dropout), tokenizer, names, recipe)
            dataset = []
            for words, gold in zip(sentences, tags, strict=True):
                numbers = [index[tag] for tag in gold]
                dataset += [
                    Example(window.pieces, labels_of(window, [numbers])) for window in tagger.windows(*_placed(words))
                ]
            fit(tagger.model, dataset, Collator(tokenizer.pad_token_id), tokenizer, recipe, Path(nothing), advance)
        return tagger

    @torch.inference_mode()
    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The tags of sentences: one a word."""
        device = self.model.head.weight.device
        tagged = [["O"] * len(words) for words in sentences]
        windows = [(i, window) for i, words in enumerate(sentences) for window in self.windows(*_placed(words))]
        self.model.eval()
        with threads(self.recipe.threads):
            for batch in in_batches(windows, lambda item: len(item[1].pieces), device):
                inputs = pad([window.pieces for _, window in batch], self.windows.tokenizer.pad_token_id)
                logits = self.model(**{name: tensor.to(device) for name, tensor in inputs.items()})["logits"]
                for (i, window), best in zip(batch, logits.argmax(-1).tolist(), strict=True):
                    for word, position in enumerate(window.positions, window.first):
                        tagged[i][word] = self.tags[best[position]]
        return tagged


def _placed(words: Sequence[str]) -> tuple[str, list[Extent]]:
    """Words as a text with spaces between them, and where they stand in it."""
    ends = accumulate((len(word) + 1 for word in words), initial=0)
    return " ".join(words), [Extent(start, start + len(word)) for start, word in zip(ends, words, strict=False)]
