"""How far two annotators agree: exact-match F1 for what has to be found, Cohen's kappa for what has to be chosen.

Agreement on spans has no meaningful chance correction (there is no set of negatives), so F1 of one pass against the
other stands for it (Hripcsak and Rothschild 2005, doi:10.1197/jamia.M1733). Kappa (Cohen 1960) is taken over the
places that both passes have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from khabar.corpus.items import cue_key, items
from khabar.corpus.store import read_documents
from khabar.document import Document
from khabar.errors import InputError

FOUND = {
    "trigger": "TI",
    "trigger with type": "TC",
    "argument": "AI+",
    "argument with role": "AC+",
    "cue": "cue",
    "source": "source",
    "channel": "channel",
    "source link": "source_link",
    "event link": "event_link",
}
"""What annotators have to find, and the layer of `khabar.corpus.items` that holds it."""

CHOSEN = ("polarity", "realis", "stance")
"""What they have to choose, once a trigger or a cue is found."""


@dataclass(frozen=True)
class Found:
    """Agreement on a layer of things to be found.

    Attributes:
        a: How many the first pass has.
        b: How many the second has.
        both: How many are exactly the same.
    """

    a: int
    b: int
    both: int

    @property
    def f1(self) -> float:
        """F1 of one pass against the other (0 to 1), which is the same either way; 1 where both are empty."""
        return 2 * self.both / (self.a + self.b) if self.a + self.b else 1.0


@dataclass(frozen=True)
class Chosen:
    """Agreement on a label of things that both passes have.

    Attributes:
        pairs: The labels that the first and the second pass chose, one pair a thing.
    """

    pairs: tuple[tuple[str, str], ...]

    @property
    def observed(self) -> float:
        """Share of the same label (0 to 1)."""
        return sum(a == b for a, b in self.pairs) / len(self.pairs) if self.pairs else 1.0

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa; None where every label is one and the same, so that chance alone would agree."""
        n = len(self.pairs)
        first, second = Counter(a for a, _ in self.pairs), Counter(b for _, b in self.pairs)
        chance = sum(first[label] * second[label] for label in first) / (n * n) if n else 1.0
        return None if chance == 1.0 else (self.observed - chance) / (1 - chance)


@dataclass(frozen=True)
class Agreement:
    """Agreement between two passes.

    Attributes:
        documents: Ids compared.
        found: By the names of `FOUND`.
        chosen: By the names of `CHOSEN`.
    """

    documents: tuple[str, ...]
    found: dict[str, Found]
    chosen: dict[str, Chosen]


def first_pair(passes: Iterable[Path]) -> tuple[list[Document], list[Document]] | None:
    """The first two folders that hold the same documents with the same texts; None if no two do.

    Raises:
        InputError: If a folder holds no documents, or one cannot be read.
    """
    seen: dict[frozenset[tuple[str, str]], list[Document]] = {}
    for folder in passes:
        documents = read_documents([folder])
        texts = frozenset((document.id, document.text) for document in documents)
        if texts in seen:
            return seen[texts], documents
        seen[texts] = documents
    return None


def agreement(a: Sequence[Document], b: Sequence[Document]) -> Agreement:
    """Compares two passes over the same documents.

    Args:
        a: One annotator's documents.
        b: The other's, in any order.

    Raises:
        InputError: If they are not the same documents with the same texts.
    """
    others = {document.id: document for document in b}
    if sorted(others) != sorted(document.id for document in a):
        odd = sorted(set(others) ^ {document.id for document in a})
        raise InputError(f"the two folders hold different documents ({odd[0]} stands in one of them)")
    found = {name: Found(0, 0, 0) for name in FOUND}
    pairs: dict[str, list[tuple[str, str]]] = {name: [] for name in CHOSEN}
    for first in a:
        second = others[first.id]
        if first.text != second.text:
            raise InputError("has not the same text in both folders", first.id)
        one, two = items(first, first), items(second, first)
        for name, layer in FOUND.items():
            so_far = found[name]
            both = len(one[layer] & two[layer])
            found[name] = Found(so_far.a + len(one[layer]), so_far.b + len(two[layer]), so_far.both + both)
        for name in CHOSEN:
            labels, other_labels = _choices(first, first, name), _choices(second, first, name)
            shared = sorted(labels.keys() & other_labels.keys(), key=str)
            pairs[name] += [(labels[place], other_labels[place]) for place in shared]
    chosen = {name: Chosen(tuple(values)) for name, values in pairs.items()}
    return Agreement(tuple(document.id for document in a), found, chosen)


def _choices(document: Document, sentences_of: Document, name: str) -> dict[Hashable, str]:
    """The label at each trigger or cue; two stances on one cue count as one label of both."""
    if name != "stance":
        return {event.trigger.extent: getattr(event, name) for event in document.events}
    stances: dict[Hashable, list[str]] = {}
    for attribution in document.attributions:
        stances.setdefault(cue_key(attribution, sentences_of), []).append(attribution.stance)
    return {place: "+".join(sorted(labels)) for place, labels in stances.items()}
