"""Spans as IOB2 tags over tokens.

One layer of tags holds no two spans on one token: where spans overlap the longer stays, then the earlier (then, on
one and the same span, the label that sorts first). Nor can it hold a span that does not begin and end on tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from khabar.document import Extent

Labelled = tuple[Extent, str]
"""A span and its label."""


def iob2(spans: Iterable[Labelled], places: Sequence[Extent]) -> tuple[list[str], int]:
    """Writes spans as tags.

    Args:
        spans: Spans of the document with their labels, in any order; a repeated one counts once.
        places: The tokens of one sequence, in order, as places in the document.

    Returns:
        One tag a token, and the number of spans that found no place.
    """
    starts = {place.start: i for i, place in enumerate(places)}
    ends = {place.end: i for i, place in enumerate(places, 1)}
    tags, lost = ["O"] * len(places), 0
    for (start, end), label in sorted(set(spans), key=lambda s: (s[0].start - s[0].end, s[0].start, s[1])):
        first, stop = starts.get(start), ends.get(end)
        if first is None or stop is None or stop <= first or any(tag != "O" for tag in tags[first:stop]):
            lost += 1
        else:
            tags[first:stop] = [f"B-{label}", *[f"I-{label}"] * (stop - first - 1)]
    return tags, lost
