# mypy: untyped_calls_exclude=transformers

"""What training starts from, for each design: a model, what it learns from, and what makes batches of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from khabar.arabic import normalise, tokens
from khabar.document import Document
from khabar.ontology import Ontology
from khabar.training.blocks import BlockCollator, Reader, blocks
from khabar.training.conditional import EventExtractionConfig, KhabarForEventExtraction
from khabar.training.encode import IGNORED, Example, Windows, examples
from khabar.training.layers import Layer, layers_of
from khabar.training.lexical import LexicalKnowledge, left_out
from khabar.training.model import EventTaggingConfig, KhabarForEventTagging
from khabar.training.neural import pad
from khabar.training.recipe import Conditional, TaggerRecipe
from khabar.training.structure import labels_of

Model = KhabarForEventTagging | KhabarForEventExtraction


class Material(NamedTuple):
    """What training starts from.

    Attributes:
        model: Untrained, but for its encoder.
        dataset: What it learns from.
        collator: Makes a batch of some of that.
        windows: How many windows the dataset has.
        lost: How many mentions were lost to overlaps, by layer.
    """

    model: Model
    dataset: list[Any]
    collator: Callable[[Sequence[Any]], dict[str, Any]]
    windows: int
    lost: Counter[str]


def flat(
    recipe: TaggerRecipe,
    documents: Sequence[Document],
    ontology: Ontology,
    tokenizer: PreTrainedTokenizerBase,
    encoder: PreTrainedModel,
    known: Sequence[Document] = (),
) -> Material:
    """The flat baseline, which knows nothing of words; arguments and errors as of `conditional`."""
    layers, windows = layers_of(ontology), Windows(tokenizer, recipe.max_length, recipe.stride)
    dataset: list[Example] = []
    lost: Counter[str] = Counter()
    for document in documents:
        found, overlapped = examples(document, windows, layers)
        dataset += found
        lost += overlapped
    config = EventTaggingConfig(**_common(recipe, ontology, encoder, layers))
    collator = Collator(tokenizer.pad_token_id)
    return Material(KhabarForEventTagging(config, encoder), dataset, collator, len(dataset), lost)


def conditional(
    recipe: TaggerRecipe,
    documents: Sequence[Document],
    ontology: Ontology,
    tokenizer: PreTrainedTokenizerBase,
    encoder: PreTrainedModel,
    known: Sequence[Document] = (),
) -> Material:
    """The one-pass tagger.

    Args:
        recipe: How it is trained.
        documents: Annotated documents.
        ontology: Their labels.
        tokenizer: The encoder's.
        encoder: Where training begins.
        known: Further documents whose words are known (see `khabar.training.lexical`).

    Raises:
        InputError: If a span is unsound (see `encode.gold_mentions`).
    """
    options = recipe.conditional or Conditional()
    labels = labels_of(ontology)
    reader = Reader(Windows(tokenizer, recipe.max_length, recipe.stride), options.context)
    every = [*documents, *known]
    lexical = left_out(every, ontology) if options.lexical else [None] * len(every)
    dataset = [
        block
        for document, words in zip(documents, lexical, strict=False)  # without those only known
        for block in blocks(document, reader, ontology, options.block, words)
        if block.reading.windows
    ]
    # What one document alone knows could not be learned from; then nothing must be known when tagging either.
    whole = LexicalKnowledge.fit(every if len(every) > 1 else [], ontology) if options.lexical else None
    config = EventExtractionConfig(
        units=options.units,
        lexical=whole.dump() if whole else None,
        lexical_size=whole.size if whole else 0,
        neighbours=options.neighbours,
        static=options.static,
        names=_names(ontology, tokenizer) if options.names else None,
        context=options.context,
        weights={"links": options.links, "values": options.values},
        **_common(recipe, ontology, encoder, labels),
    )
    lost = sum((block.gold.lost for block in dataset), Counter[str]())
    collator = BlockCollator(labels, tokenizer.pad_token_id)
    if options.freeze == "embeddings":
        for parameter in encoder.get_submodule("embeddings").parameters():
            parameter.requires_grad = False
    read = sum(len(block.reading.windows) for block in dataset)
    return Material(KhabarForEventExtraction(config, encoder), dataset, collator, read, lost)


def _names(ontology: Ontology, tokenizer: PreTrainedTokenizerBase) -> list[list[int]]:
    """The pieces of each type's name."""
    named = [normalise(event.arabic, tokens(event.arabic)) for event in ontology.events.values()]
    ids = (tokenizer(words, add_special_tokens=False)["input_ids"] if words else [] for words in named)
    return [[piece for word in words for piece in word] or [tokenizer.unk_token_id] for words in ids]


def _common(
    recipe: TaggerRecipe, ontology: Ontology, encoder: PreTrainedModel, layers: Iterable[Layer]
) -> dict[str, Any]:
    return {
        "encoder": encoder.config,
        "ontology": ontology.model_dump(mode="json"),
        "tags": {layer.name: list(layer.tags) for layer in layers},
        "dropout": recipe.dropout,
        "window": recipe.max_length,
        "stride": recipe.stride,
        "pooling": recipe.pooling,
    }


class Collator:
    """Examples to one padded batch."""

    def __init__(self, padding: int):
        self.padding = padding

    def __call__(self, batch: Sequence[Example]) -> dict[str, torch.Tensor]:
        """Inputs and labels of shape (windows, pieces) and (windows, pieces, layers)."""
        inputs = pad([example.pieces for example in batch], self.padding)
        layers = len(batch[0].labels[0])
        labels = torch.full((*inputs["input_ids"].shape, layers), IGNORED)
        for row, example in enumerate(batch):
            labels[row, : len(example.labels)] = torch.tensor(example.labels)
        return inputs | {"labels": labels}
