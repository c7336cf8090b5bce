"""What the one-pass tagger learns from: blocks of consecutive sentences, so that links between them are seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from khabar.document import Document, Extent
from khabar.errors import InputError
from khabar.ontology import Ontology
from khabar.training.encode import IGNORED, Window, with_sentences, words_of
from khabar.training.lexical import Features, LexicalKnowledge
from khabar.training.neural import pad
from khabar.training.pairs import CHANNELS, EVENTS, SOURCES, Pairs, argument_pairs, link_pairs
from khabar.training.structure import Gold, Labels, Structure, gold, join


class Reading(NamedTuple):
    """What the model reads of some sentences.

    Attributes:
        windows: Of all sentences, in order.
        lexical: (words, size) of all words; None where the model does without.
    """

    windows: list[Window]
    lexical: Features | None


class Block(NamedTuple):
    """Sentences to learn from.

    Attributes:
        reading: What is read.
        gold: What is to be found in it.
    """

    reading: Reading
    gold: Gold

    @property
    def shape(self) -> tuple[int, int]:
        """Windows, and pieces of the longest."""
        return len(self.reading.windows), max(len(window.pieces) for window in self.reading.windows)


class Reader(NamedTuple):
    """Makes of sentences what the model reads.

    Attributes:
        windows: Cuts a sentence into windows (see `encode.Windows`).
        context: What each window begins with: `none`, the `previous` sentence, or the `headline` (the first one).
    """

    windows: Callable[[str, Sequence[Extent], Sequence[Extent]], list[Window]]
    context: str = "none"

    def __call__(
        self, document: Document, words: Sequence[Sequence[Extent]], sentence: int, known: LexicalKnowledge | None
    ) -> Reading:
        """What is read of one sentence of a document."""
        before: Sequence[Extent] = ()
        if sentence > 0 and self.context != "none":
            before = words[sentence - 1 if self.context == "previous" else 0]
        lexical = None if known is None else known.features(document.text, words[sentence])
        return Reading(self.windows(document.text, words[sentence], before), lexical)


def blocks(
    document: Document, reader: Reader, ontology: Ontology, size: int, known: LexicalKnowledge | None
) -> list[Block]:
    """A document in blocks.

    Args:
        document: An annotated document.
        reader: Makes what is read.
        ontology: The labels.
        size: Sentences a block.
        known: What other documents know of words; None to do without.

    Raises:
        InputError: If a span is unsound (see `encode.gold_mentions`), or windows leave out part of a sentence.
    """
    document = with_sentences(document)
    words = words_of(document)
    found = []
    for first in range(0, len(words), size):
        last = min(first + size, len(words))
        readings = [reader(document, words, sentence, known) for sentence in range(first, last)]
        for sentence, reading in enumerate(readings, first):
            seen = [word for w in reading.windows for word, _ in enumerate(w.positions, w.first)]
            if seen != list(range(len(words[sentence]))):
                reason = f"only {len(set(seen))} of {len(words[sentence])} words fit the windows"
                raise InputError(reason, document.id, f"sentences[{sentence}]")
        found.append(Block(_joined(readings), gold(document, words, ontology, first, last)))
    return found


def _joined(readings: Sequence[Reading]) -> Reading:
    lexical = [reading.lexical for reading in readings if reading.lexical is not None]
    windows = [window for reading in readings for window in reading.windows]
    return Reading(windows, np.concatenate(lexical) if lexical else None)


class BlockCollator:
    """Blocks to one batch: the arguments of `KhabarForEventExtraction.forward`.

    Args:
        labels: The layers.
        padding: Id of the piece that fills up windows.
    """

    def __init__(self, labels: Labels, padding: int):
        self.labels, self.padding = labels, padding

    def __call__(self, batch: Sequence[Block]) -> dict[str, Any]:
        """The batch; without words in any block there is none, and so no such block must be in the data."""
        reading, right = _joined([block.reading for block in batch]), join([block.gold for block in batch])
        asked = {name: pairs_of(right.structure, name) for name in ("argument", "sources", "channels", "events")}
        return windows_of(reading.windows, self.padding) | {
            "sentences": sentences_of(right.structure.lengths),
            "lexical": None if reading.lexical is None else torch.from_numpy(reading.lexical),
            "asked": tensors_of(right.structure, asked),
            "targets": self._targets(right, asked),
        }

    def _targets(self, right: Gold, asked: dict[str, Pairs]) -> dict[str, torch.Tensor]:
        structure, words = right.structure, sum(right.structure.lengths)
        trigger, cue = [0] * words, [0] * words
        for place, kind in structure.triggers:
            trigger[place] = kind + 1
        for place in structure.cues:
            cue[place] = 1
        tags = [self.labels.argument.encode(mentions, words) for mentions in right.roles]
        linked = {
            "sources": right.sources,
            "channels": right.channels,
            "events": right.events,
        }
        links = {
            name: [int((i, j) in linked[name]) for i, j in pairs.indices.tolist()]
            for name, pairs in asked.items()
            if name in linked
        }
        # Only a cue without a source in its sentence is asked about earlier ones, and only what is in the block.
        homes = list(zip(asked["sources"].indices.tolist(), asked["sources"].home.tolist(), strict=True))
        resolved = {i for i, _ in right.sources}
        settled = {i for (i, j), home in homes if home and (i, j) in right.sources}
        for row, ((i, _), home) in enumerate(homes):
            if i not in resolved or (i in settled and not home):
                links["sources"][row] = IGNORED
        answers = {
            "trigger": trigger,
            "cue": cue,
            "speaker": self.labels.speaker.encode(right.speakers, words),
            "phrase": self.labels.phrase.encode(right.phrases, words),
            "argument": [tags[i][word] for i, word in asked["argument"].indices.tolist()],
            "polarity": right.polarity,
            "realis": right.realis,
            "stance": right.stance,
            "said": right.said,
        }
        return {name: torch.tensor(values, dtype=torch.long) for name, values in (answers | links).items()}


def windows_of(windows: Sequence[Window], padding: int) -> dict[str, torch.Tensor]:
    """`input_ids` and `attention_mask` of windows as one batch, and where each of their words' `pieces` stand."""
    inputs = pad([window.pieces for window in windows], padding)
    longest = inputs["input_ids"].shape[1]
    pieces = [
        (row * longest + start, row * longest + end)
        for row, window in enumerate(windows)
        for start, end in zip(window.positions, window.ends, strict=True)
    ]
    return inputs | {"pieces": torch.tensor(pieces, dtype=torch.long).reshape(-1, 2)}


def sentences_of(lengths: Sequence[int]) -> torch.Tensor:
    """The number of its sentence for each word, given the words of each sentence."""
    return torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths, dtype=torch.long))


def pairs_of(structure: Structure, name: str) -> Pairs:
    """The pairs that are asked about: of `argument`, `sources`, `channels` or `events`."""
    if name == "argument":
        return argument_pairs(structure)
    if name == "events":
        return link_pairs(structure, [Extent(t.word, t.word + 1) for t in structure.triggers], EVENTS)
    if name == "sources":
        return link_pairs(structure, structure.sources, SOURCES)
    return link_pairs(structure, structure.channels, CHANNELS)


def tensors_of(structure: Structure, asked: dict[str, Pairs]) -> dict[str, torch.Tensor]:
    """What `KhabarForEventExtraction.ask` takes."""
    tensors = {
        "triggers": torch.tensor(structure.triggers, dtype=torch.long).reshape(-1, 2),
        "cues": torch.tensor(structure.cues, dtype=torch.long),
        "sources": torch.tensor(structure.sources, dtype=torch.long).reshape(-1, 2),
        "channels": torch.tensor(structure.channels, dtype=torch.long).reshape(-1, 2),
    }
    for name, pairs in asked.items():
        tensors[f"{name}_pairs"] = torch.from_numpy(pairs.indices)
        tensors[f"{name}_places"] = torch.from_numpy(pairs.places)
        tensors[f"{name}_rule"] = torch.from_numpy(pairs.rule)
    return tensors
