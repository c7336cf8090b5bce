"""Documents to what an encoder reads: words, word pieces in windows, and the gold tags of each word.

Nothing is ever cut off: a sentence that is longer than a window is read in several, and every word is scored in
exactly one of them, where it has the most context.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from khabar.arabic import normalise, sentences, tokens
from khabar.document import Argument, Document, Extent, Sentence, Span
from khabar.errors import InputError
from khabar.training.layers import Layer, Layers, Mention

_REMEMBERED = 100_000  # words whose pieces are kept; some 20 MB
IGNORED = -100
"""The label of a piece that is not scored; torch's cross-entropy leaves it out."""


def with_sentences(document: Document) -> Document:
    """The document with its sentences: its own, or else where `khabar.arabic` sees them."""
    if document.sentences:
        return document
    found = tuple(Sentence(start=start, end=end) for start, end in sentences(document.text))
    return document.model_copy(update={"sentences": found})


def words_of(document: Document) -> list[list[Extent]]:
    """The words (tokens) of each sentence, as places in the text."""
    return [tokens(document.text, document.cuts, sentence.start, sentence.end) for sentence in document.sentences]


def gold_mentions(
    document: Document, words: Sequence[Sequence[Extent]], layers: Layers[Layer]
) -> tuple[list[Layers[list[Mention]]], Counter[str]]:
    """The annotation of a document as what a token classifier can learn from it.

    Args:
        document: An annotated document.
        words: Its words, as `words_of` gives them.
        layers: The layers to tag.

    Returns:
        For each sentence and layer the mentions, counted in words, without overlaps; and how many were lost to
        overlaps, by layer.

    Raises:
        InputError: If a span does not begin and end on words of one sentence, is not what the text says there, has a
            label that the ontology lacks, or is a trigger or cue of several words; names document and place.
    """
    place = Places(document, words)
    found = [Layers[list[Mention]]([], [], []) for _ in words]

    def put(which: int, label: str, span: Span | Argument, name: str) -> None:
        sentence, mention = place.find(label, span, layers[which], name)
        found[sentence][which].append(mention)

    cue, source, channel = layers.attribution.labels
    for i, event in enumerate(document.events):
        put(0, event.type, event.trigger, f"events[{i}].trigger")
        for j, argument in enumerate(event.arguments):
            put(1, argument.role, argument, f"events[{i}].arguments[{j}]")
    for i, attribution in enumerate(document.attributions):
        spans = [(cue, attribution.cue, "cue")] if attribution.cue is not None else []
        spans += [(source, span, f"sources[{j}]") for j, span in enumerate(attribution.sources)]
        spans += [(channel, span, f"channels[{j}]") for j, span in enumerate(attribution.channels)]
        for label, span, name in spans:
            put(2, label, span, f"attributions[{i}].{name}")
    lost: Counter[str] = Counter()
    for sentence in found:
        for layer, mentions in zip(layers, sentence, strict=True):
            mentions[:], overlapped = layer.flat(mentions)
            lost[layer.name] += overlapped
    return found, lost


class Places:
    """Finds spans in the words of a document's sentences.

    Args:
        document: The document.
        words: Its words, as `words_of` gives them.
    """

    def __init__(self, document: Document, words: Sequence[Sequence[Extent]]):
        self.document = document
        self.starts = {word.start: (s, w) for s, inside in enumerate(words) for w, word in enumerate(inside)}
        self.ends = {word.end: (s, w + 1) for s, inside in enumerate(words) for w, word in enumerate(inside)}

    def find(self, label: str, span: Span | Argument, layer: Layer, place: str) -> tuple[int, Mention]:
        """The sentence of a span, and the span in words of it.

        Args:
            label: What the span is labelled as.
            span: A span of the document.
            layer: The layer that the label should be of.
            place: What to call the span in an error.

        Raises:
            InputError: If the span is unsound (see `gold_mentions`).
        """
        if span.text != self.document.text[span.start : span.end]:
            raise InputError("is not what the text says there; run `khabar check`", self.document.id, place)
        if label not in layer.labels:
            raise InputError(f"{label} is not in the ontology; run `khabar check`", self.document.id, place)
        start, end = self.starts.get(span.start), self.ends.get(span.end)
        if start is None or end is None or start[0] != end[0]:
            reason = "does not begin and end on words of one sentence; run `khabar check`"
            raise InputError(reason, self.document.id, place)
        if label in layer.one_word and end[1] - start[1] > 1:
            raise InputError(f"{span.text!r} is more than one word; run `khabar check`", self.document.id, place)
        return start[0], Mention(label, start[1], end[1])


class Window(NamedTuple):
    """A part of a sentence that fits the encoder.

    Attributes:
        pieces: Word pieces, special ones included, as ids.
        first: The first of the words that are scored here.
        positions: Where in `pieces` each word that is scored here stands: its first piece.
        ends: One past its last piece.
    """

    pieces: list[int]
    first: int
    positions: list[int]
    ends: list[int]


@dataclass(frozen=True)
class Windows:
    """Cuts sentences into windows of word pieces.

    Attributes:
        tokenizer: The encoder's, a fast one (`transformers.PreTrainedTokenizerFast`).
        max_length: Word pieces a window, special ones included.
        stride: Word pieces by which two windows overlap at most.
        seen: The pieces of words that were met: words come again, and asking for each sentence anew takes time.
    """

    tokenizer: Any
    max_length: int
    stride: int
    seen: dict[str, list[int]] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, text: str, words: Sequence[Extent], context: Sequence[Extent] = ()) -> list[Window]:
        """The windows of a sentence; every word is scored in exactly one of them.

        Args:
            text: The document's text.
            words: The sentence's words.
            context: Words of another sentence, of which every window begins with the last: at most a quarter of it.
        """
        if not words:
            return []
        before, after, unknown = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id, self.tokenizer.unk_token_id
        opening = [before]
        if context and (room := self.max_length // 4 - 1) > 0:
            earlier = [piece for ids in self._pieces(text, context) for piece in ids or [unknown]]
            opening += [*earlier[-room:], after]
        capacity = self.max_length - len(opening) - 1
        pieces = [(ids or [unknown])[:capacity] for ids in self._pieces(text, words)]
        windows = []
        stride = min(self.stride, capacity // 2)
        for first, last, scored, scored_end in _cut([len(ids) for ids in pieces], capacity, stride):
            inside = pieces[first:last]
            bounds = list(accumulate((len(ids) for ids in inside), initial=len(opening)))
            ids = [*opening, *(piece for word in inside for piece in word), after]
            left, right = scored - first, scored_end - first
            windows.append(Window(ids, scored, bounds[left:right], bounds[left + 1 : right + 1]))
        return windows

    def _pieces(self, text: str, words: Sequence[Extent]) -> list[list[int]]:
        normal = normalise(text, words)
        if len(self.seen) > _REMEMBERED:
            self.seen.clear()
        if new := [word for word in dict.fromkeys(normal) if word not in self.seen]:
            encoded = self.tokenizer(new, add_special_tokens=False, return_attention_mask=False)
            self.seen.update(zip(new, encoded["input_ids"], strict=True))
        return [self.seen[word] for word in normal]


def _cut(lengths: Sequence[int], capacity: int, stride: int) -> Iterator[tuple[int, int, int, int]]:
    """Windows over words of these lengths: first word, one past the last, first scored, one past the last scored."""
    ends = list(accumulate(lengths, initial=0))
    first, scored = 0, 0
    while True:
        # As many words as fit; one word always does.
        last = max(bisect_left(ends, ends[first] + capacity + 1) - 1, first + 1)
        if last == len(lengths):
            yield first, last, scored, last
            return
        overlap = min(stride, capacity - lengths[last])
        following = max(bisect_left(ends, ends[last] - overlap), first)
        boundary = (following + last + 1) // 2
        yield first, last, scored, boundary
        first, scored = following, boundary


def labels_of(window: Window, tags: Sequence[Sequence[int]]) -> list[list[int]]:
    """What a window's pieces should be tagged as.

    Args:
        window: A window of a sentence.
        tags: The sentence's tags: a row a layer, one tag a word.

    Returns:
        One row a piece, one tag a layer; `IGNORED` where no word is scored.
    """
    labels = [[IGNORED] * len(tags) for _ in window.pieces]
    for word, position in enumerate(window.positions, window.first):
        labels[position] = [layer[word] for layer in tags]
    return labels


class Example(NamedTuple):
    """A window to learn from.

    Attributes:
        pieces: Word pieces, as ids.
        labels: One row a piece, one tag a layer; `IGNORED` where none is scored.
    """

    pieces: list[int]
    labels: list[list[int]]

    @property
    def shape(self) -> tuple[int, int]:
        """Windows, and pieces of the longest."""
        return 1, len(self.pieces)


def examples(
    document: Document, windows: Callable[[str, Sequence[Extent]], list[Window]], layers: Layers[Layer]
) -> tuple[list[Example], Counter[str]]:
    """What there is to learn in a document.

    Args:
        document: An annotated document.
        windows: Cuts a sentence into windows.
        layers: The layers to tag.

    Returns:
        One example a window, and how many mentions were lost to overlaps, by layer.

    Raises:
        InputError: If a span is unsound (see `gold_mentions`), or windows leave out part of one.
    """
    document = with_sentences(document)
    words = words_of(document)
    mentions, lost = gold_mentions(document, words, layers)
    found: list[Example] = []
    for number, (inside, gold) in enumerate(zip(words, mentions, strict=True)):
        tags = Layers(*(layer.encode(spans, len(inside)) for layer, spans in zip(layers, gold, strict=True)))
        cut = windows(document.text, inside)
        seen = [word for window in cut for word, _ in enumerate(window.positions, window.first)]
        if seen != list(range(len(inside))):
            reason = f"only {len(set(seen))} of {len(inside)} words fit the windows, and gold spans would be lost"
            raise InputError(reason, document.id, f"sentences[{number}]")
        found += (Example(window.pieces, labels_of(window, tags)) for window in cut)
    return found, lost
