"""The three layers that a token classifier tags, and BIO: mentions to tags and back.

A mention here is counted in words (tokens) of its sentence. In one layer the tags of a sentence cannot overlap:
where mentions do, the longer wins, then the earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from khabar.ontology import Ontology

OUTSIDE = 0
"""Index of the tag `O` in every layer."""

T = TypeVar("T")


class Mention(NamedTuple):
    """A labelled stretch.

    Attributes:
        label: A label of the mention's layer.
        start: Where it begins, in words of a sentence or in code points of a text.
        end: One past its end.
        score: Confidence, 0 to 1.
    """

    label: str
    start: int
    end: int
    score: float = 1.0


@dataclass(frozen=True)
class Layer:
    """One sequence of BIO tags over the words of a sentence.

    Attributes:
        name: What it tags.
        labels: Its labels, in the ontology's order.
        one_word: Those whose mentions are one word, and so have no `I-` tag.
    """

    name: str
    labels: tuple[str, ...]
    one_word: frozenset[str] = frozenset()

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """`O`, then `B-` and `I-` of each label."""
        inside = ((f"B-{label}",) if label in self.one_word else (f"B-{label}", f"I-{label}") for label in self.labels)
        return ("O", *(tag for tags in inside for tag in tags))

    @cached_property
    def index(self) -> dict[str, int]:
        """Where each tag stands in `tags`."""
        return {tag: i for i, tag in enumerate(self.tags)}

    def flat(self, mentions: Iterable[Mention]) -> tuple[list[Mention], int]:
        """Mentions without overlaps.

        Args:
            mentions: Mentions of this layer, in words; equal ones count once.

        Returns:
            Those that remain, by position, and how many were lost: the longer wins, then the earlier, then the one
            whose label comes first in the ontology.
        """
        rank = {label: i for i, label in enumerate(self.labels)}
        distinct = {(m.label, m.start, m.end): m for m in mentions}.values()
        kept: list[Mention] = []
        taken: set[int] = set()
        for mention in sorted(distinct, key=lambda m: (m.start - m.end, m.start, rank[m.label])):
            words = range(mention.start, mention.end)
            if taken.isdisjoint(words):
                taken.update(words)
                kept.append(mention)
        return sorted(kept, key=lambda m: m.start), len(distinct) - len(kept)

    def encode(self, mentions: Iterable[Mention], words: int) -> list[int]:
        """The tags, as indices into `tags`, of a sentence of so many words with these mentions (none overlap)."""
        encoded = [OUTSIDE] * words
        for label, start, end, _ in mentions:
            encoded[start] = self.index[f"B-{label}"]
            encoded[start + 1 : end] = [self.index[f"I-{label}"] if end - start > 1 else OUTSIDE] * (end - start - 1)
        return encoded

    def decode(self, tags: Sequence[int], scores: Sequence[float] | None = None) -> list[Mention]:
        """The mentions that a sentence's tags say; an `I-` with nothing of its label before it begins one.

        Args:
            tags: One index into `tags` a word.
            scores: Probability of each word's tag; a mention's score is their mean. 1.0 if None.
        """
        found: list[Mention] = []
        start, label = 0, ""
        for i, tag in enumerate([*(self.tags[t] for t in tags), "O"]):
            if label and tag != f"I-{label}":
                score = sum(scores[start:i]) / (i - start) if scores is not None else 1.0
                found.append(Mention(label, start, i, score))
                label = ""
            if tag != "O" and not label:
                start, label = i, tag[2:]
        return found


class Layers(NamedTuple, Generic[T]):
    """One value for each layer, in the order in which the classifier's heads stand."""

    trigger: T
    argument: T
    attribution: T


def layers_of(ontology: Ontology) -> Layers[Layer]:
    """The layers of an ontology: trigger types, argument roles, and cue, source, channel.

    A trigger and a cue are one word, as the annotation scheme says.
    """
    mentions = ontology.attribution.mentions
    return Layers(
        Layer("trigger", ontology.types, frozenset(ontology.types)),
        Layer("argument", ontology.roles),
        Layer("attribution", mentions, frozenset(mentions[:1])),
    )
