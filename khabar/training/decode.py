"""Logits to mentions: the best legal BIO sequence of each layer, and spans with clean edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from khabar.arabic import CLOSING, OPENING, QUOTES, is_word
from khabar.document import Extent
from khabar.training.layers import OUTSIDE, Layer, Mention

Floats = NDArray[np.float32]

_OPENER = dict(zip(CLOSING, OPENING, strict=True))
_EITHER_WAY = frozenset(QUOTES) - frozenset(OPENING + CLOSING + "/")
# What an annotated span never begins or ends with, unless it is half of a pair inside: scheme, section 1.
_EDGE = frozenset(OPENING + CLOSING + QUOTES + ",،;؛:.…!؟?-–—")


def best_tags(logits: Floats, layer: Layer) -> tuple[list[int], list[float]]:
    """The most probable tag sequence in which every `I-` follows a `B-` or `I-` of its label (Viterbi).

    Args:
        logits: (words, tags).
        layer: The layer that they tag.

    Returns:
        For each word its tag, as an index into `layer.tags`, and that tag's probability; 0 for `O`, which is not
        worked out.
    """
    inside = _inside(layer)
    tags = logits.argmax(axis=1)
    if not _is_legal(tags, inside):
        # Probabilities would say the same: what makes them of a word's logits is the same for all of its tags. Zero
        # for the best of each word keeps the sums of long sentences exact.
        tags = _viterbi(logits - logits.max(axis=1, keepdims=True), np.flatnonzero(inside))
    scores = np.zeros(len(tags), dtype=np.float32)
    if len(tagged := np.flatnonzero(tags != OUTSIDE)):
        scores[tagged] = np.exp(logits[tagged, tags[tagged]] - np.logaddexp.reduce(logits[tagged], axis=1))
    return tags.tolist(), scores.tolist()


@cache
def _inside(layer: Layer) -> NDArray[np.bool_]:
    """(tags,): which are `I-` tags."""
    return np.array([tag.startswith("I-") for tag in layer.tags])


def _is_legal(tags: NDArray[np.intp], inside: NDArray[np.bool_]) -> bool:
    """Whether the tags are a legal sequence: if the best tag of each word is, no other sequence is better."""
    continues = inside[tags]
    if not continues.any():
        return True
    here, before = tags[1:], tags[:-1]
    return bool(not continues[0] and (~continues[1:] | (before == here) | (before == here - 1)).all())


def _viterbi(logits: Floats, inside: NDArray[np.intp]) -> NDArray[np.intp]:
    """`inside` are the indices of the `I-` tags; the `B-` tag of each stands right before it."""
    begins = inside - 1
    words, tags = logits.shape
    back = np.zeros((words, tags), dtype=np.intp)
    scores = logits[0].copy()
    scores[inside] = -np.inf
    for word in range(1, words):
        best = int(scores.argmax())
        back[word] = best
        arriving = np.full(tags, scores[best])
        # Only `B-X` and `I-X` lead to `I-X`.
        from_inside = scores[inside] > scores[begins]
        back[word, inside] = np.where(from_inside, inside, begins)
        arriving[inside] = np.maximum(scores[inside], scores[begins])
        scores = arriving + logits[word]
    path = np.zeros(words, dtype=np.intp)
    path[-1] = int(scores.argmax())
    for word in range(words - 1, 0, -1):
        path[word - 1] = back[word, path[word]]
    return path


def trimmed(text: str, words: Sequence[Extent], start: int, end: int) -> tuple[int, int]:
    """A span without the quotation marks, brackets and punctuation around it.

    A mark at an edge stays if its other half stands inside the span, unless that is the mark at the other edge.

    Args:
        text: The document's text.
        words: The sentence's words.
        start: First word of the span.
        end: One past its last word.

    Returns:
        First word and one past the last; equal where no word is left.
    """
    inside = {word: text[words[word].start : words[word].end] for word in range(start, end)}
    partner = _partners(inside)
    while start < end:
        if inside[start] in _EDGE and partner.get(start, end) in (end, end - 1):
            start += 1
        elif inside[end - 1] in _EDGE and partner.get(end - 1, start - 1) < start:
            end -= 1
        else:
            break
    return (start, end) if any(is_word(inside[word]) for word in range(start, end)) else (start, start)


def _partners(marks: Mapping[int, str]) -> dict[int, int]:
    """Which mark is the other half of which: brackets and quotation marks, matched from left to right."""
    waiting: dict[str, list[int]] = {}
    partner = {}
    for place, mark in marks.items():
        opener = _OPENER.get(mark, mark)
        if waiting.get(opener) and (mark in _OPENER or mark in _EITHER_WAY):
            other = waiting[opener].pop()
            partner[place], partner[other] = other, place
        elif mark in OPENING or mark in _EITHER_WAY:
            waiting.setdefault(mark, []).append(place)
    return partner


def spans_of(text: str, words: Sequence[Extent], logits: Floats, layer: Layer) -> list[Mention]:
    """The mentions of one layer in a sentence.

    Args:
        text: The document's text.
        words: The sentence's words.
        logits: (words, tags).
        layer: The layer.

    Returns:
        Mentions in words of the sentence, by position; none overlap, none is without a word or has loose punctuation
        at its edge.
    """
    tags, scores = best_tags(logits, layer)
    found = []
    for label, start, end, score in layer.decode(tags, scores):
        start, end = trimmed(text, words, start, end)
        if start < end:
            found.append(Mention(label, start, end, min(score, 1.0)))
    return found


def mentions_of(text: str, words: Sequence[Extent], logits: Floats, layer: Layer) -> list[Mention]:
    """The mentions of one layer in a sentence, as `spans_of` gives them, but in code points of the text."""
    found = spans_of(text, words, logits, layer)
    return [m._replace(start=words[m.start].start, end=words[m.end - 1].end) for m in found]
