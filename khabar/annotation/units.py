"""A document cut into the units that an adjudicator decides on, and put together again.

A unit is what the annotation says at one place: the event at a trigger, or the attributions at a cue. Its *versions*
hold no ids, only places, so that two annotators' versions can be compared and a decision can be replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from khabar.document import Argument, Attribution, Document, Event, Span

Version = dict[str, Any]
"""What one annotation says at a place: JSON values only; every span is `[start, end, text]`."""


class Place(NamedTuple):
    """Where a unit stands.

    Attributes:
        document: The document's id.
        kind: `event` or `attribution`.
        start: First code point of the trigger or cue (of the first source, where there is no cue).
        end: One past the last.
        cue: False for an attribution without a cue word.
    """

    document: str
    kind: Literal["event", "attribution"]
    start: int
    end: int
    cue: bool = True


def units(document: Document) -> dict[Place, list[Version]]:
    """Cuts a document into units.

    Returns:
        The versions at each place, in order of position: one at a trigger, one or more at a cue. Cluster names are
        left out: clusters are decided over all documents at once.
    """
    found: dict[Place, list[Version]] = {}
    for event in document.events:
        place = Place(document.id, "event", *event.trigger.extent)
        version = {
            "type": event.type,
            "polarity": event.polarity,
            "realis": event.realis,
            "arguments": [[a.role, a.start, a.end, a.text] for a in event.arguments],
        }
        found.setdefault(place, []).append(version)
    triggers = {i: _plain(event.trigger) for i, event in document.events_by_id().items()}
    for attribution in document.attributions:
        place = Place(document.id, "attribution", *attribution.anchor, cue=attribution.cue is not None)
        version = {
            "stance": attribution.stance,
            "polarity": attribution.polarity,
            "sources": [_plain(span) for span in attribution.sources],
            "channels": [_plain(span) for span in attribution.channels],
            "events": [triggers[i] for i in attribution.events],
        }
        found.setdefault(place, []).append(version)
    return found


def assemble(
    document: Document, decided: Mapping[Place, Iterable[Version]], clusters: Mapping[tuple[str, int, int], str]
) -> Document:
    """Puts a document together from units.

    Args:
        document: The text that the units annotate; its own annotation is left out.
        decided: The versions at each place of this document.
        clusters: Cluster names by document id and place of the trigger.

    Returns:
        The annotated document, with ids in order of position.

    Raises:
        KeyError: If an attribution covers a trigger that no decided event has.
    """
    events = [
        Event(
            id=f"x{start}-{n}",
            type=version["type"],
            trigger=document.span(start, end),
            polarity=version["polarity"],
            realis=version["realis"],
            cluster=clusters.get((document.id, start, end)),
            arguments=tuple(Argument(role=r, start=s, end=e, text=t) for r, s, e, t in version["arguments"]),
        )
        for (_, kind, start, end, _), versions in decided.items()
        if kind == "event"
        for n, version in enumerate(versions)
    ]
    names = {event.trigger.extent: event.id for event in events}
    attributions = [
        Attribution(
            id=f"y{start}-{end}-{n}",
            cue=document.span(start, end) if cue else None,
            sources=tuple(_span(plain) for plain in version["sources"]),
            channels=tuple(_span(plain) for plain in version["channels"]),
            stance=version["stance"],
            polarity=version["polarity"],
            events=tuple(names[s, e] for s, e, _ in version["events"]),  # type: ignore[index]
        )
        for (_, kind, start, end, cue), versions in decided.items()
        if kind == "attribution"
        for n, version in enumerate(versions)
    ]
    whole = {name: getattr(document, name) for name in Document.model_fields}
    return Document(**{**whole, "events": tuple(events), "attributions": tuple(attributions)}).renumbered()


def clusters_of(documents: Iterable[Document]) -> dict[tuple[str, int, int], str]:
    """Cluster names by document id and place of the trigger."""
    return {(d.id, *e.trigger.extent): e.cluster for d in documents for e in d.events if e.cluster is not None}


def _plain(span: Span) -> list[int | str]:
    return [span.start, span.end, span.text]


def _span(plain: list[Any]) -> Span:
    start, end, text = plain
    return Span(start=start, end=end, text=text)
