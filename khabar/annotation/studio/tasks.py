"""A document as a Label Studio task: its text, what it was made of, and its annotation as a result.

Offsets stay as they are: Label Studio's `<Text>` counts code points. An event is a region on its trigger, an
attribution a region on its cue (or, where it has none, a region of its own label on its first source), so that two
attributions on one cue are two regions on one span. Roles, sources, channels and covered events are relations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from khabar.annotation.studio.interface import (
    ARGUMENT,
    ATTRIBUTION,
    CHANNEL_OF,
    CLUSTER,
    COVERS,
    NO_CUE,
    PHRASE,
    POLARITY,
    REALIS,
    SAID,
    SOURCE_OF,
    STANCE,
    TEXT,
    TRIGGER,
)
from khabar.document import Argument, Attribution, Document, Event, Extent, Span, text_hash
from khabar.ontology import Ontology

Item = dict[str, Any]
"""One entry of a result: a region, a choice on a region, or a relation."""

EVENT_ID, ATTRIBUTION_ID = "event-", "attribution-"
"""What the id of a region begins with that stands for an event or attribution of a document; its id follows."""

# Ids become names of CSS classes in the browser: with a colon or a dot in one, the region is drawn without its colour.
_DOT, _INSTEAD = ".", "·"


def task_data(document: Document) -> dict[str, Any]:
    """The `data` of a task: the text to annotate, and all of the document but its annotation."""
    rest = document.without_annotation().model_dump()
    for name in ("text", "events", "attributions"):
        del rest[name]
    return {"text": document.text, "doc_id": document.id, "text_hash": text_hash(document.text), "document": rest}


def prediction(document: Document, version: str, ontology: Ontology) -> dict[str, Any]:
    """A document's annotation as a prediction of the model `version`, with a score for the order of tasks."""
    return {"model_version": version, "score": certainty(document), "result": result_of(document, ontology)}


def certainty(document: Document) -> float:
    """How sure a prediction is (0 to 1): the mean score of its events and attributions; 0 where nothing was found.

    Label Studio's uncertainty sampling shows the lowest first. What bears no score (a person's work) counts as 1.
    """
    given = [event.score for event in document.events] + [attribution.score for attribution in document.attributions]
    scores = [1.0 if score is None else score for score in given]
    return sum(scores) / len(scores) if scores else 0.0


def result_of(document: Document, ontology: Ontology) -> list[Item]:
    """A document's annotation as a result: regions with their choices, then relations.

    Args:
        document: Any document, sound or not.
        ontology: Names the labels of cue, source and channel.

    Returns:
        The same items with the same ids for the same document. Phrases in several events, and sources of several
        attributions, are one region each.
    """
    cue, source, channel = ontology.attribution.mentions
    phrases: dict[tuple[str, Extent, float | None], Item] = {}

    def phrase(control: str, label: str, span: Span | Argument) -> str:
        key = (label, span.extent, span.score)
        if key not in phrases:
            name = f"{label}-{span.start}-{span.end}"
            same = sum(known[:2] == key[:2] for known in phrases)
            phrases[key] = _region(f"{name}-{same}" if same else name, control, label, span)
        return str(phrases[key]["id"])

    anchors: list[Item] = []
    relations: list[Item] = []
    for event in document.events:
        anchors += _event_items(event)
        name = region_id(EVENT_ID, event.id)
        relations += [_relation(name, phrase(ARGUMENT, PHRASE, a), a.role) for a in event.arguments]
    for attribution in document.attributions:
        name = region_id(ATTRIBUTION_ID, attribution.id)
        anchors += _attribution_items(attribution, document, cue)
        relations += [_relation(name, phrase(ATTRIBUTION, source, s), SOURCE_OF) for s in attribution.sources]
        relations += [_relation(name, phrase(ATTRIBUTION, channel, s), CHANNEL_OF) for s in attribution.channels]
        relations += [_relation(name, region_id(EVENT_ID, covered), COVERS) for covered in attribution.events]
    return [*anchors, *phrases.values(), *relations]


def region_id(kind: str, id: str) -> str:
    """The id of the region that stands for an event or attribution; `kind` is what it begins with."""
    return kind + id.replace(_DOT, _INSTEAD)


def annotated_id(kind: str, region: str) -> str:
    """The id of the event or attribution that a region stands for: `region_id` undone, where it made the id."""
    return region.removeprefix(kind).replace(_INSTEAD, _DOT)


def _event_items(event: Event) -> Iterator[Item]:
    region = _region(region_id(EVENT_ID, event.id), TRIGGER, event.type, event.trigger)
    yield region
    yield _on(region, POLARITY, "choices", event.polarity, event.score)
    yield _on(region, REALIS, "choices", event.realis)
    if event.cluster is not None:
        yield _on(region, CLUSTER, "textarea", event.cluster)


def _attribution_items(attribution: Attribution, document: Document, cue: str) -> Iterator[Item]:
    span = attribution.cue or document.span(*attribution.anchor)
    label = cue if attribution.cue else NO_CUE
    region = _region(region_id(ATTRIBUTION_ID, attribution.id), ATTRIBUTION, label, span)
    yield region
    yield _on(region, STANCE, "choices", attribution.stance, attribution.score)
    yield _on(region, SAID, "choices", attribution.polarity)


def _region(id: str, control: str, label: str, span: Span | Argument) -> Item:
    value = {"start": span.start, "end": span.end, "text": span.text, "labels": [label]}
    item: Item = {"id": id, "from_name": control, "to_name": TEXT, "type": "labels", "value": value}
    return item if span.score is None else item | {"score": span.score}


def _on(region: Item, control: str, kind: str, value: str, score: float | None = None) -> Item:
    place = {key: region["value"][key] for key in ("start", "end", "text")}
    key = "text" if kind == "textarea" else kind
    item = {"id": region["id"], "from_name": control, "to_name": TEXT, "type": kind, "value": {**place, key: [value]}}
    return item if score is None else item | {"score": score}


def _relation(start: str, end: str, label: str) -> Item:
    return {"type": "relation", "from_id": start, "to_id": end, "direction": "right", "labels": [label]}


def without_scores(items: Iterable[Item]) -> list[Item]:
    """The items as a person's annotation has them."""
    return [{key: value for key, value in item.items() if key != "score"} for item in items]
