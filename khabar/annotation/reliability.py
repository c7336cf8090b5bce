"""Two more views of agreement: spans that only overlap, and agreement beyond chance, label by label, on words.

Exact F1 counts a boundary that is one word off as a plain miss; overlap F1 shows how many of the misses are such.
Krippendorff's alpha (Krippendorff 2011, *Computing Krippendorff's Alpha-Reliability*; package `krippendorff`) is taken
over all words of the documents: whether a word bears the label, yes or no, to each annotator.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from khabar.annotation.agreement import FOUND, Found
from khabar.arabic import word_tokens
from khabar.corpus.items import cue_key, items
from khabar.corpus.overlap import Place, overlapping
from khabar.document import Document, Extent

OVERLAPPING = ("trigger", "trigger with type", "argument with role", "cue", "source", "channel")
"""Layers that are counted by overlap too: all that are spans; the rest of an item must be equal."""


@dataclass(frozen=True)
class Passage:
    """A sentence and how far two passes agree in it.

    Attributes:
        document: Id of the document.
        start: First code point of the sentence.
        text: The sentence.
        found: What each pass has there, and what is the same, over all layers.
    """

    document: str
    start: int
    text: str
    found: Found


def overlap_agreement(a: Sequence[Document], b: Sequence[Document]) -> dict[str, Found]:
    """Counts spans as the same that share a character and have the same label, by layer of `OVERLAPPING`.

    Args:
        a: One annotator's documents.
        b: The other's, of the same texts (see `khabar.annotation.agreement.agreement`).
    """
    found = dict.fromkeys(OVERLAPPING, Found(0, 0, 0))
    for first, second in _pairs(a, b):
        for layer in OVERLAPPING:
            one, two = _labelled(first, first, layer), _labelled(second, first, layer)
            both = sum(len(overlapping(spans, two.get(label, set()))) for label, spans in one.items())
            sizes = [sum(map(len, side.values())) for side in (one, two)]
            so_far = found[layer]
            found[layer] = Found(so_far.a + sizes[0], so_far.b + sizes[1], so_far.both + both)
    return found


def alpha(a: Sequence[Document], b: Sequence[Document]) -> dict[str, float]:
    """Krippendorff's alpha by label, over words; labels that neither pass uses are left out.

    Args:
        a: One annotator's documents.
        b: The other's, of the same texts.

    Returns:
        By label (event types, roles, cue, source, channel): 1 is agreement, 0 is what chance would bring.
    """
    import krippendorff

    ratings: dict[str, tuple[list[int], list[int]]] = {}
    words = 0
    for first, second in _pairs(a, b):
        places = word_tokens(first.text, first.cuts)
        for side, document in enumerate((first, second)):
            for label, spans in _spans_by_label(document).items():
                rows = ratings.setdefault(label, ([], []))
                inside = [
                    words + i for i, t in enumerate(places) if any(s.start < t.end and t.start < s.end for s in spans)
                ]
                rows[side].extend(inside)
        words += len(places)
    result = {}
    for label, (one, two) in ratings.items():
        if one or two:
            marked = [set(one), set(two)]
            table = [[int(word in side) for word in range(words)] for side in marked]
            result[label] = (
                1.0 if table[0] == table[1] else float(krippendorff.alpha(table, level_of_measurement="nominal"))
            )
    return result


def worst_passages(a: Sequence[Document], b: Sequence[Document], count: int) -> list[Passage]:
    """The sentences in which two passes agree least, worst first: what an adjudicator or a trainer reads first.

    Args:
        a: One annotator's documents.
        b: The other's, of the same texts.
        count: How many at most; sentences in which nothing differs are left out.
    """
    passages = []
    for first, second in _pairs(a, b):
        one, two = items(first, first), items(second, first)
        sides: list[dict[int | None, set[Hashable]]] = [{}, {}]
        for side, found in zip(sides, (one, two), strict=True):
            for layer in FOUND.values():
                for item in found[layer]:
                    side.setdefault(_sentence(item, first), set()).add((layer, item))
        for index, sentence in enumerate(first.sentences):
            here, there = (side.get(index, set()) for side in sides)
            if here != there:
                text = first.text[sentence.start : sentence.end]
                counted = Found(len(here), len(there), len(here & there))
                passages.append(Passage(first.id, sentence.start, text, counted))
    return sorted(passages, key=lambda p: (p.found.f1, p.document, p.start))[:count]


def _pairs(a: Sequence[Document], b: Sequence[Document]) -> list[tuple[Document, Document]]:
    others = {document.id: document for document in b}
    return [(document, others[document.id]) for document in a]


def _labelled(document: Document, sentences_of: Document, layer: str) -> dict[Hashable, set[Place]]:
    """Spans by what else stands in their items."""
    split: dict[str, Callable[[], list[tuple[Hashable, Place]]]] = {
        "trigger": lambda: [((), e.trigger.extent) for e in document.events],
        "trigger with type": lambda: [(e.type, e.trigger.extent) for e in document.events],
        "argument with role": lambda: [
            ((e.trigger.extent, e.type, a.role), a.extent) for e in document.events for a in e.arguments
        ],
        "cue": lambda: [((), cue_key(a, sentences_of)) for a in document.attributions],  # type: ignore[misc]
        "source": lambda: [((), s.extent) for a in document.attributions for s in a.sources],
        "channel": lambda: [((), c.extent) for a in document.attributions for c in a.channels],
    }
    found: dict[Hashable, set[Place]] = {}
    for label, place in split[layer]():
        found.setdefault(label, set()).add(place)
    return found


def _spans_by_label(document: Document) -> dict[str, list[Extent]]:
    found: dict[str, list[Extent]] = {}
    for event in document.events:
        found.setdefault(event.type, []).append(event.trigger.extent)
        for argument in event.arguments:
            found.setdefault(argument.role, []).append(argument.extent)
    for attribution in document.attributions:
        if attribution.cue is not None:
            found.setdefault("Cue", []).append(attribution.cue.extent)
        found.setdefault("Source", []).extend(span.extent for span in attribution.sources)
        found.setdefault("Channel", []).extend(span.extent for span in attribution.channels)
    return found


def _sentence(item: Hashable, document: Document) -> int | None:
    """The sentence of the first span in an item; the one it names, where a null cue stands for one."""
    if isinstance(item, Extent):
        return document.sentence_at(item.start)
    if isinstance(item, tuple):
        if item and item[0] == "sentence":
            return item[1] if isinstance(item[1], int) else None
        for part in item:
            if isinstance(part, tuple):
                return _sentence(part, document)
    return None
