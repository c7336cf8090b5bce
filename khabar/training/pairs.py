"""Which pairs are asked about: a trigger and a word, a cue and a source, a channel, an event; and how they stand.

Training asks about the gold's, tagging about what was just found: the same code makes both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from khabar.document import Extent
from khabar.training.structure import Structure

Integers = NDArray[np.int64]

_NEAR = 33
_SENTENCES = 3
_BETWEEN = 3
_SIZES = (15, 2 * _SENTENCES + 1, _BETWEEN + 1, _BETWEEN + 1)
_OFFSETS = np.array([0, *accumulate(_SIZES[:-1])])
PLACES = sum(_SIZES)
"""How many values `Pairs.places` can hold: an embedding has so many rows."""

_REACH = 128
"""Words on either side of a trigger that may be in its arguments: memory stays linear in a sentence's length."""


@dataclass(frozen=True)
class Reach:
    """How far from its cue something may stand.

    Attributes:
        before: Sentences back.
        after: Sentences on.
        rule: How `khabar.training.link` would link: `speaker` (to the cue nearest to it in its sentence), `source`
            (likewise; and a cue that has none to the nearest one before it) or `event` (to the last cue before it in
            its sentence).
        most: At most so many candidates, the nearest ones.
    """

    before: int
    after: int
    rule: Literal["speaker", "source", "event"]
    most: int = 24


SOURCES = Reach(before=8, after=0, rule="source")
"""A dropped subject is an earlier mention, never a later sentence's (scheme, section 4)."""
CHANNELS = Reach(before=0, after=0, rule="speaker")
"""Those of earlier sentences are inherited with the speaker that they carried, not looked for (scheme, section 4)."""
EVENTS = Reach(before=3, after=3, rule="event")
"""Events covered: mostly of the cue's sentence; of later ones in a quotation, of earlier ones that are pointed at."""


class Pairs(NamedTuple):
    """Pairs to be scored.

    Attributes:
        indices: (pairs, 2): which of the anchors, and which of the targets.
        places: (pairs, 4): how far they stand apart in words and in sentences, how many targets and how many anchors
            are between them, each a number below `PLACES` of its own.
        rule: (pairs,): 1 where a plain rule links them (see `Reach`), else -1; 0 where there is no rule.
    """

    indices: Integers
    places: Integers
    rule: Integers

    @property
    def home(self) -> NDArray[np.bool_]:
        """(pairs,): whether both stand in one sentence."""
        here: NDArray[np.bool_] = self.places[:, 1] == _OFFSETS[1] + _SENTENCES
        return here


def argument_pairs(structure: Structure) -> Pairs:
    """Every trigger with every word of its sentence: trigger by trigger, word by word."""
    bounds = structure.bounds()
    triggers = np.array([trigger.word for trigger in structure.triggers], dtype=np.int64)
    rows, columns = [], []
    for i, word in enumerate(triggers.tolist()):
        start, end = argument_words(bounds, word)
        words = np.arange(start, end)
        before, after = bisect_left(triggers, start), bisect_left(triggers, end)
        others = np.delete(triggers[before:after], i - before)
        low, high = np.minimum(words, word)[:, None], np.maximum(words, word)[:, None]
        between = ((others > low) & (others < high)).sum(axis=1)
        nearer = (np.abs(others - words[:, None]) < np.abs(words - word)[:, None]).sum(axis=1)
        rows.append(np.stack([np.full_like(words, i), words], axis=1))
        columns.append(np.stack([words - word, np.zeros_like(words), between, nearer]))
    return _pairs(rows, columns)


def argument_words(bounds: Sequence[int], trigger: int) -> tuple[int, int]:
    """The words, from and to (exclusive), that may be in the arguments of a trigger.

    Args:
        bounds: Of the sentences, as `Structure.bounds` gives them.
        trigger: The word of the trigger.
    """
    sentence = bisect_right(bounds, trigger) - 1
    return max(bounds[sentence], trigger - _REACH), min(bounds[sentence + 1], trigger + _REACH + 1)


def link_pairs(structure: Structure, targets: Sequence[Extent], reach: Reach) -> Pairs:
    """Every cue with what it may be linked to.

    Args:
        structure: Holds the cues.
        targets: Words from and to (exclusive), by position.
        reach: How far from its cue a target may stand.
    """
    bounds = structure.bounds()
    starts = [target.start for target in targets]
    sentences = [bisect_right(bounds, start) - 1 for start in starts]
    rows, columns = [], []
    ruled = _ruled(structure, targets, sentences, reach)
    for i, cue in enumerate(structure.cues):
        home = bisect_right(bounds, cue) - 1
        group = structure.groups[home]
        first = max(home - reach.before, bisect_left(structure.groups, group))
        last = min(home + reach.after, bisect_right(structure.groups, group) - 1)
        low, high = bisect_left(starts, bounds[first]), bisect_left(starts, bounds[last + 1])
        near = sorted(range(low, high), key=lambda j: (abs(starts[j] - cue), j))[: reach.most]
        chosen = [j for j in sorted(near) if not targets[j].start <= cue < targets[j].end]
        if not chosen:
            continue
        place = bisect_left(starts, cue)
        distances = [starts[j] - cue if j >= place else targets[j].end - 1 - cue for j in chosen]
        apart = [sentences[j] - home for j in chosen]
        between = [j - place if j >= place else place - 1 - j for j in chosen]
        anchors = [_strictly_between(structure.cues, cue, starts[j]) for j in chosen]
        rows.append(np.array([(i, j) for j in chosen], dtype=np.int64))
        columns.append(np.array([distances, apart, between, anchors]))
    pairs = _pairs(rows, columns)
    rule = [1 if (i, j) in ruled else -1 for i, j in pairs.indices.tolist()]
    return pairs._replace(rule=np.array(rule, dtype=np.int64))


def _ruled(
    structure: Structure, targets: Sequence[Extent], sentences: Sequence[int], reach: Reach
) -> set[tuple[int, int]]:
    """The links that the rule makes."""
    bounds, cues = structure.bounds(), structure.cues
    links = set()
    for j, (start, end) in enumerate(targets):
        first, last = bisect_left(cues, bounds[sentences[j]]), bisect_left(cues, bounds[sentences[j] + 1])
        before, after = bisect_left(cues, start) - 1, bisect_left(cues, end)
        near = [(start - cues[before], before)] if before >= first else []
        if reach.rule != "event" and after < last:
            near.append((cues[after] - end + 1, after))
        if near:
            links.add((min(near)[1], j))
    if reach.rule == "source":
        have = {i for i, _ in links}
        starts = [target.start for target in targets]
        links |= {(i, bisect_left(starts, cue) - 1) for i, cue in enumerate(cues) if i not in have}
    return links


def _strictly_between(words: Sequence[int], one: int, other: int) -> int:
    low, high = min(one, other), max(one, other)
    return max(bisect_left(words, high) - bisect_right(words, low), 0)


def _places(distances: Integers, apart: Integers, between: Integers, anchors: Integers) -> Integers:
    """Distances in words fall into bins that double: 0, 1, 2, 3-4, 5-8 … 33 and more, on either side."""
    near = np.minimum(np.abs(distances), _NEAR)
    bins = np.where(near > 0, np.ceil(np.log2(np.maximum(near, 1))).astype(np.int64) + 1, 0)
    columns = (
        np.where(distances < 0, bins + 7, bins),
        np.clip(apart, -_SENTENCES, _SENTENCES) + _SENTENCES,
        np.minimum(between, _BETWEEN),
        np.minimum(anchors, _BETWEEN),
    )
    places: Integers = np.stack(columns, axis=1) + _OFFSETS
    return places


def _pairs(rows: Sequence[Integers], columns: Sequence[Integers]) -> Pairs:
    """Pairs of what was gathered of each anchor: `indices`, and the arguments of `_places` as rows of a matrix."""
    indices = np.concatenate([np.zeros((0, 2), dtype=np.int64), *rows])
    places = _places(*np.concatenate([np.zeros((len(_SIZES), 0), dtype=np.int64), *columns], axis=1))
    return Pairs(indices, places, np.zeros(len(indices), dtype=np.int64))
