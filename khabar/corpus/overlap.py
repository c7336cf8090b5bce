"""Which spans of two annotations overlap, paired one to one."""

from __future__ import annotations

from collections.abc import Iterable, Set
from heapq import heappop, heappush

from khabar.document import Extent

Place = Extent | tuple[str, int | None]
"""Where something stands: a span, or for a null cue `("sentence", index)` (see `khabar.corpus.items.cue_key`)."""


def overlapping(gold: Set[Place], predicted: Set[Place]) -> list[tuple[Place, Place]]:
    """Pairs as many gold places as possible with predicted ones that overlap them, each place once.

    Two places overlap if they share a character or are equal. Along the text, whatever ends first is paired with the
    open place of the other side that ends first. That is optimal: all places that overlap it are open where it ends,
    and of these, one that ends earlier overlaps no place to come that one ending later does not.

    Args:
        gold: Places on one side; a null cue and an empty span overlap only what equals them.
        predicted: The same for the other side.

    Returns:
        Pairs (gold, predicted), in the order in which the first of each ends; the same for any order of the input.
    """
    events = [
        (position, begins, span.end, span.start, side)
        for side, spans in enumerate((gold, predicted))
        for span in _with_characters(spans)
        for position, begins in ((span.start, True), (span.end, False))
    ]
    still_open: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    found: list[tuple[Place, Place]] = []
    for _, begins, end, start, side in sorted(events):  # at one position, what ends comes before what begins
        mine, others = still_open[side], still_open[1 - side]
        if begins:
            heappush(mine, (end, start))
        elif mine and mine[0] == (end, start):  # else it has been paired already
            heappop(mine)
            if others:
                other_end, other_start = heappop(others)
                pair = (Extent(start, end), Extent(other_start, other_end))
                found.append(pair if side == 0 else pair[::-1])
    without = (gold & predicted) - set(_with_characters(gold))
    return found + [(place, place) for place in sorted(without, key=str)]


def _with_characters(places: Iterable[Place]) -> list[Extent]:
    return [place for place in places if isinstance(place, Extent) and place.start < place.end]
