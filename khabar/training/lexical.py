"""What the training documents say of a word, as a feature: how often its stem was a trigger, a cue, in a role.

A model that is given the lexicon's knowledge must not learn to trust it more than it will deserve on new text. So the
feature of a training sentence comes from the other stories alone: its own holds the very annotation to be learned,
and outlets retell one another word for word.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
        layers = layers_of(ontology)
        labels = tuple(f"{layer.name}.{label}" for layer in layers for label in layer.labels)
        number = {label: i for i, label in enumerate(labels)}
        occurrences: Counter[str] = Counter()
        parts: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for document in map(with_sentences, documents):
            words = words_of(document)
            mentions, _ = gold_mentions(document, words, layers)
            for inside, sentence in zip(words, mentions, strict=True):
                stems = [stem(document.text[word.start : word.end]) for word in inside]
                occurrences.update(stems)
                for layer, spans in zip(layers, sentence, strict=True):
                    for span in spans:
                        for word in stems[span.start : span.end]:
                            parts[word][number[f"{layer.name}.{span.label}"]] += 1
        return cls(labels, {s: (occurrences[s], dict(sorted(parts[s].items()))) for s in sorted(occurrences) if s})

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
        found = np.zeros((len(words), self.size), dtype=np.float32)
        for row, (start, end) in zip(found, words, strict=True):
            word = text[start:end]
            seen, parts = self.stems.get(stem(word) if is_word(word) else "", (0, {}))
            for label, count in parts.items():
                row[label] = count / (seen + 1)
            row[-2:] = seen == 0, seen / (seen + 1)
        return found

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
    known = {
        story: LexicalKnowledge.fit((d for d, s in zip(documents, stories, strict=True) if s != story), ontology)
        for story in set(stories)
    }
    return [known[story] for story in stories]
