"""Counts taken apart: by sentence, by type, by anything that an item itself tells.

What an item belongs to depends on the item and on gold alone, never on the side it comes from. So an item that is
both gold and predicted falls into one group on both sides, and the groups add up to the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from khabar.corpus.items import items
from khabar.corpus.overlap import Place
from khabar.document import Document, Extent
from khabar.eval.counts import Counts

FIELDS: dict[str, tuple[str, ...]] = {
    "TI": ("trigger",),
    "TC": ("trigger", "type"),
    "AI": ("type", "span"),
    "AC": ("type", "span", "role"),
    "AI+": ("trigger", "type", "span"),
    "AC+": ("trigger", "type", "span", "role"),
    "cue": ("cue",),
    "source": ("span",),
    "channel": ("span",),
    "source_link": ("cue", "span"),
    "event_link": ("cue", "trigger"),
    "stance": ("cue", "stance"),
    "polarity": ("trigger", "polarity"),
    "realis": ("trigger", "realis"),
}
"""By metric: the names of what stands in its items (see `khabar.corpus.items.items`)."""

Fields = dict[str, Any]
"""An item, by the names of `FIELDS`; `cue`, `trigger` and `span` are a `Place`."""

Group = TypeVar("Group", bound=Hashable)


def fields(metric: str, item: Hashable) -> Fields:
    """What stands in an item of a metric, by name."""
    names = FIELDS[metric]
    # An item of one field is the field itself, and an Extent is a tuple too.
    values = (item,) if len(names) == 1 else item
    return dict(zip(names, values, strict=True))  # type: ignore[call-overload]


def grouped(
    gold: Document, predicted: Document, group_of: Callable[[Fields], Group | None]
) -> dict[str, dict[Group, Counts]]:
    """Counts the items of one document by group.

    Args:
        gold: The gold document, with sentences.
        predicted: A prediction on the same text.
        group_of: Gives an item's group, or None where an item has none; called on both sides alike.

    Returns:
        By metric of `khabar.corpus.items.KEYS`, then by group; a metric none of whose items has a group has no groups.
    """
    wanted, found = items(gold, gold), items(predicted, gold)
    table: dict[str, dict[Group, Counts]] = {}
    for metric in FIELDS:
        sides: list[dict[Group, set[Hashable]]] = [{}, {}]
        for side, all_items in zip(sides, (wanted, found), strict=True):
            for item in all_items[metric]:
                group = group_of(fields(metric, item))
                if group is not None:
                    side.setdefault(group, set()).add(item)
        table[metric] = {
            group: Counts.of(sides[0].get(group, set()), sides[1].get(group, set()))
            for group in {**sides[0], **sides[1]}
        }
    return table


def sentence_of(gold: Document, item: Fields) -> int:
    """Index of the sentence that an item stands in: that of its cue, or else its trigger, or else its span.

    What begins between two sentences stands in the earlier one, what begins before the first in the first.

    Args:
        gold: The gold document, with sentences.
        item: An item of it or of a prediction on its text.
    """
    return sentence_at(gold, item.get("cue") or item.get("trigger") or item["span"])


def sentence_at(gold: Document, place: Place) -> int:
    """Index of the sentence of a place, as in `sentence_of`."""
    if isinstance(place, Extent):
        return max(0, bisect_right(gold.sentences, place.start, key=lambda s: s.start) - 1)
    return place[1] or 0  # a null cue, whose place names the sentence; None where it has no source either
