"""What the training documents say of a word, as a feature: how often its stem was a trigger, a cue, in a role.

A model that is given the lexicon's knowledge must not learn to trust it more than it will deserve on new text. So the
feature of a training sentence comes from the other stories alone: its own holds the very annotation to be learned,
and outlets retell one another word for word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from khabar.arabic import is_word
from khabar.document import Document
from khabar.ontology import Ontology
from khabar.training.encode import gold_mentions, with_sentences, words_of
from khabar.training.layers import layers_of
from khabar.training.lexicon import stem

Features = NDArray[np.float32]

_Counts = Counter[tuple[str, int]]
_SEEN = -1
_REMEMBERED = 50_000  # words whose features are kept; some 20 MB


@dataclass(frozen=True)
class LexicalKnowledge:
    """What is known of stems.

    Attributes:
        labels: What a word can be part of: a label of each layer.
        stems: Of each stem how often it occurred, and how often as part of each label (index, count).
    """

    labels: tuple[str, ...]
    stems: dict[str, tuple[int, dict[int, int]]]

    @classmethod
    def fit(cls, documents: Iterable[Document], ontology: Ontology) -> LexicalKnowledge:
        """Counts in annotated documents.

        Raises:
            InputError: If a span is unsound (see `encode.gold_mentions`).
        """
        counts = _Counts()
        for document in documents:
            counts.update(_counted(document, ontology))
        return cls._of(counts, ontology)

    @classmethod
    def _of(cls, counts: _Counts, ontology: Ontology) -> LexicalKnowledge:
        stems: dict[str, tuple[int, dict[int, int]]] = {}
        # `_SEEN` sorts before all labels.
        for (word, label), count in sorted(counts.items()):
            if label == _SEEN:
                stems[word] = (count, {})
            else:
                stems[word][1][label] = count
        return cls(_labels(ontology), stems)

    @property
    def size(self) -> int:
        """Length of a feature."""
        return len(self.labels) + 2

    def features(self, text: str, words: Sequence[tuple[int, int]]) -> Features:
        """What is known of words.

        Args:
            text: A document's text.
            words: Places in it.

        Returns:
            (words, `size`): the share of its stem's occurrences in each label, then 1 for a stem that was never
            seen, then how sure the shares are: n / (n + 1) after n occurrences.
        """
        known = [self._feature(text[start:end]) for start, end in words]
        return np.stack(known) if known else np.zeros((0, self.size), dtype=np.float32)

    @cached_property
    def _feature(self) -> Callable[[str], Features]:
        """The row of a word; words come again."""
        return lru_cache(_REMEMBERED)(self._counted_feature)

    def _counted_feature(self, word: str) -> Features:
        row = np.zeros(self.size, dtype=np.float32)
        seen, parts = self.stems.get(stem(word) if is_word(word) else "", (0, {}))
        for label, count in parts.items():
            row[label] = count / (seen + 1)
        row[-2:] = seen == 0, seen / (seen + 1)
        return row

    def dump(self) -> dict[str, Any]:
        """As JSON holds it."""
        stems = {s: [seen, [[i, n] for i, n in parts.items()]] for s, (seen, parts) in self.stems.items()}
        return {"labels": list(self.labels), "stems": stems}

    @classmethod
    def load(cls, data: dict[str, Any]) -> LexicalKnowledge:
        """The same from what `dump` gave."""
        return cls(tuple(data["labels"]), {s: (seen, dict(parts)) for s, (seen, parts) in data["stems"].items()})


def left_out(documents: Sequence[Document], ontology: Ontology) -> list[LexicalKnowledge]:
    """For each document what all documents of other stories know.

    Where all tell one story, documents take the place of stories. A single document has nothing to learn from: what
    is known of its words is nothing.
    """
    stories = [document.source.story or document.id for document in documents]
    if len(set(stories)) == 1:
        stories = [document.id for document in documents]
    told = {story: _Counts() for story in stories}
    for document, story in zip(documents, stories, strict=True):
        told[story].update(_counted(document, ontology))
    every = sum(told.values(), _Counts())
    known = {story: LexicalKnowledge._of(every - own, ontology) for story, own in told.items()}
    return [known[story] for story in stories]


def _labels(ontology: Ontology) -> tuple[str, ...]:
    return tuple(f"{layer.name}.{label}" for layer in layers_of(ontology) for label in layer.labels)


def _counted(document: Document, ontology: Ontology) -> _Counts:
    """How often each stem of a document occurs (`_SEEN`), and how often as part of each label."""
    document = with_sentences(document)
    layers, words = layers_of(ontology), words_of(document)
    number = {label: i for i, label in enumerate(_labels(ontology))}
    mentions, _ = gold_mentions(document, words, layers)
    counts = _Counts()
    for inside, sentence in zip(words, mentions, strict=True):
        stems = [stem(document.text[word.start : word.end]) for word in inside]
        counts.update((word, _SEEN) for word in stems if word)
        for layer, spans in zip(layers, sentence, strict=True):
            for span in spans:
                label = number[f"{layer.name}.{span.label}"]
                counts.update((word, label) for word in stems[span.start : span.end] if word)
    return counts
