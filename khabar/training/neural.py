# mypy: untyped_calls_exclude=transformers

"""Tagging documents with a trained model, in batches, with memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from khabar.document import Document, Extent
from khabar.errors import InputError
from khabar.ontology import Ontology
from khabar.training.decode import Floats, mentions_of
from khabar.training.encode import Window, Windows, with_sentences, words_of
from khabar.training.layers import Layers, Mention, layers_of
from khabar.training.link import link
from khabar.training.model import KhabarForEventTagging
from khabar.training.quiet import quiet

M = TypeVar("M", bound=PreTrainedModel)
T = TypeVar("T")

# Word pieces that the encoder reads at once, padding included: on a processor so few that windows of like length stand
# together, elsewhere enough to keep a GPU busy.
_PIECES, _PIECES_ON_GPU = 768, 16_384
# Sentences that are looked at together: enough to sort them by length into batches with little padding.
_CHUNK = 512


class _Sentence(NamedTuple):
    text: str
    words: list[Extent]


def load_model(kind: type[M], folder: Path) -> tuple[M, PreTrainedTokenizerBase]:
    """Reads a model of a kind, and its tokenizer, from a model folder; nothing is fetched.

    Raises:
        InputError: If the folder's files do not make such a model.
    """
    if not (folder / "tokenizer.json").is_file():  # without it transformers would make up another one
        raise InputError("is missing: the model folder is not whole", folder / "tokenizer.json")
    try:
        with quiet():
            loaded: Any = kind.from_pretrained(
                folder,
                dtype=torch.float32,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,  # they are told below
            )
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # what transformers raises here is of every kind
        reason = " ".join(str(error).split())[:300]
        raise InputError(f"is no model that khabar can load: {reason}", folder) from error
    model, info = loaded
    # Otherwise transformers would go on without what it does not know, and with random weights for what it lacks.
    unfit = {*info["unexpected_keys"], *info["missing_keys"], *(name for name, *_ in info["mismatched_keys"])}
    if unfit:
        reason = f"has other weights than such a model, as {min(unfit)}: was it made with another version of khabar?"
        raise InputError(reason, folder / "model.safetensors")
    return model, tokenizer


class NeuralTagger:
    """Tags documents with a token classifier.

    Args:
        model: The model; it is put on a GPU where there is one.
        tokenizer: Its tokenizer.
    """

    def __init__(self, model: KhabarForEventTagging, tokenizer: PreTrainedTokenizerBase):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.eval()  # type: ignore[no-untyped-call]
        self.model.to(self.device)
        self.ontology: Ontology = model.config.labels
        self.layers = layers_of(self.ontology)
        self.windows = Windows(tokenizer, model.config.window, model.config.stride)

    @classmethod
    def load(cls, folder: Path) -> NeuralTagger:
        """Reads a model folder.

        Raises:
            InputError: If its files do not make a model.
        """
        return cls(*load_model(KhabarForEventTagging, folder))

    def __call__(self, documents: Sequence[Document]) -> list[Document]:
        """Tags documents; see `stream`."""
        return list(self.stream(documents))

    def stream(
        self, documents: Iterable[Document], advance: Callable[[str], object] | None = None
    ) -> Iterator[Document]:
        """Tags documents, several at once where they are short.

        Args:
            documents: Any documents; their own annotation is left out.
            advance: Called with each stretch of text that is done.
        """
        for group in in_groups(map(with_sentences, documents)):
            yield from self._tag(group, advance)

    def _tag(self, documents: Sequence[Document], advance: Callable[[str], object] | None) -> Iterator[Document]:
        sentences = [_Sentence(document.text, words) for document in documents for words in words_of(document)]
        mentions: list[Layers[list[Mention]]] = []
        for start in range(0, len(sentences), _CHUNK):
            mentions += self._mentions(sentences[start : start + _CHUNK], advance)
        first = 0
        for document in documents:
            last = first + len(document.sentences)
            yield link(document, mentions[first:last], self.ontology)
            first = last

    def _mentions(
        self, sentences: Sequence[_Sentence], advance: Callable[[str], object] | None
    ) -> Iterator[Layers[list[Mention]]]:
        """The mentions of each sentence, in code points of its document's text."""
        logits = [Layers(*self._empty(len(words))) for _, words in sentences]
        windows = [(i, window) for i, (text, words) in enumerate(sentences) for window in self.windows(text, words)]
        for batch in in_batches(windows, lambda item: len(item[1].pieces), self.device):
            read = self._read([window for _, window in batch])
            for row, (i, window) in enumerate(batch):
                scored = slice(window.first, window.first + len(window.positions))
                for whole, part in zip(logits[i], read, strict=True):
                    whole[scored] = part[row, window.positions]
                text, words = sentences[i]
                if advance is not None and window.positions:
                    advance(text[words[scored.start].start : words[scored.stop - 1].end])
        for (text, words), scores in zip(sentences, logits, strict=True):
            pairs = zip(scores, self.layers, strict=True)
            yield Layers(*(mentions_of(text, words, tags, layer) for tags, layer in pairs))

    def _empty(self, words: int) -> Iterator[Floats]:
        return (np.zeros((words, len(layer.tags)), dtype=np.float32) for layer in self.layers)

    @torch.inference_mode()
    def _read(self, windows: Sequence[Window]) -> Layers[Floats]:
        """Logits (windows, pieces, tags) of each layer."""
        inputs = pad([window.pieces for window in windows], self.windows.tokenizer.pad_token_id)
        output = self.model(**{name: tensor.to(self.device) for name, tensor in inputs.items()})
        return Layers(*(getattr(output, layer.name).float().cpu().numpy() for layer in self.layers))


def in_groups(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents that are looked at together: as they come, some hundred sentences at once."""
    waiting: list[Document] = []
    size = 0
    for document in documents:
        waiting.append(document)
        size += len(document.sentences) + 1
        if size >= _CHUNK:
            yield waiting
            waiting, size = [], 0
    if waiting:
        yield waiting


def in_batches(items: Iterable[T], length: Callable[[T], int], device: torch.device) -> Iterator[list[T]]:
    """What an encoder reads at once: items of like length, so that there is little padding, the shortest first.

    Args:
        items: Windows, or what holds one.
        length: Word pieces of an item.
        device: Where the encoder is, which decides how many it reads.
    """
    most = _PIECES if device.type == "cpu" else _PIECES_ON_GPU
    batch: list[T] = []
    for item in sorted(items, key=length):
        if batch and (len(batch) + 1) * length(item) > most:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def pad(pieces: Sequence[Sequence[int]], padding: int) -> dict[str, torch.Tensor]:
    """Windows of word pieces as one batch.

    Args:
        pieces: The ids of each window.
        padding: The id that fills up the shorter ones.

    Returns:
        `input_ids` and `attention_mask`, both (windows, pieces).
    """
    longest = max(map(len, pieces))
    ids = torch.full((len(pieces), longest), padding)
    mask = torch.zeros((len(pieces), longest), dtype=torch.long)
    for row, window in enumerate(pieces):
        ids[row, : len(window)] = torch.tensor(window)
        mask[row, : len(window)] = 1
    return {"input_ids": ids, "attention_mask": mask}
