"""TextEE's JSON lines (OneIE's shape): a sentence a line, with token offsets, for toolkits of event extraction.

Every instance has `doc_id`, `wnd_id`, `text`, `tokens`, `entity_mentions` (one a phrase that is an argument),
`relation_mentions` (none) and `event_mentions`; polarity, realis and cluster are further keys of an event mention.
Lost: attributions, scores, and arguments or triggers that do not begin and end on tokens of the sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from khabar.arabic import tokens
from khabar.document import Argument, Document, Event, Extent

Instance = dict[str, Any]
"""One sentence."""


def textee(documents: Iterable[Document]) -> str:
    """Documents as JSON lines."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for d in documents for one in instances(d))


def instances(document: Document) -> Iterator[Instance]:
    """A document's sentences."""
    for number, sentence in enumerate(document.sentences):
        places = tokens(document.text, document.cuts, sentence.start, sentence.end)
        name = f"{document.id}-{number}"
        entities: dict[Extent, Instance] = {}
        events = [
            made
            for event in document.events
            if document.sentence_at(event.trigger.start) == number
            and (made := _event(event, document, places, name, entities)) is not None
        ]
        yield {
            "doc_id": document.id,
            "wnd_id": name,
            "lang": document.language,
            "text": document.text[sentence.start : sentence.end],
            "tokens": [document.text[place.start : place.end] for place in places],
            "entity_mentions": list(entities.values()),
            "relation_mentions": [],
            "event_mentions": events,
        }


def events_of(lines: Sequence[Mapping[str, Any]], document: Document) -> tuple[Event, ...]:
    """The events of a document's instances.

    Args:
        lines: The instances, one a sentence, in order.
        document: The text and its sentences.

    Returns:
        Events with ids as the instances tell them.
    """
    found = []
    for sentence, line in zip(document.sentences, lines, strict=True):
        places = tokens(document.text, document.cuts, sentence.start, sentence.end)
        for told in line["event_mentions"]:
            found.append(
                Event(
                    id=told["id"],
                    type=told["event_type"],
                    trigger=document.span(*_extent(told["trigger"], places)),
                    polarity=told["polarity"],
                    realis=told["realis"],
                    cluster=told["cluster"],
                    arguments=tuple(
                        Argument(role=a["role"], **dict(document.span(*_extent(a, places)))) for a in told["arguments"]
                    ),
                )
            )
    return tuple(found)


def _event(
    event: Event, document: Document, places: Sequence[Extent], name: str, entities: dict[Extent, Instance]
) -> Instance | None:
    trigger = _tokens(event.trigger.extent, document, places)
    if trigger is None:
        return None
    arguments = []
    for argument in event.arguments:
        place = _tokens(argument.extent, document, places)
        if place is not None:
            known = {"id": f"{name}-T{len(entities)}", "entity_type": "Phrase", **place}
            entity = entities.setdefault(argument.extent, known)
            arguments.append({"entity_id": entity["id"], "role": argument.role, **place})
    return {
        "id": event.id,
        "event_type": event.type,
        "trigger": trigger,
        "arguments": arguments,
        "polarity": event.polarity,
        "realis": event.realis,
        "cluster": event.cluster,
    }


def _tokens(extent: Extent, document: Document, places: Sequence[Extent]) -> Instance | None:
    """Where a span stands in tokens; None if it does not begin and end on any."""
    starts = {place.start: n for n, place in enumerate(places)}
    ends = {place.end: n for n, place in enumerate(places, 1)}
    if extent.start not in starts or extent.end not in ends:
        return None
    return {
        "text": document.text[extent.start : extent.end],
        "start": starts[extent.start],
        "end": ends[extent.end],
    }


def _extent(told: Mapping[str, Any], places: Sequence[Extent]) -> Extent:
    return Extent(places[told["start"]].start, places[told["end"] - 1].end)
