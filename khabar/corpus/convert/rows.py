"""Documents as rows of the published dataset, and rows as documents again.

A row is a plain dict whose labels are strings; `khabar.corpus.convert.features` gives its types. Gold has no scores,
so rows have none: a prediction's scores are the one thing that is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from khabar.arabic import tokens
from khabar.corpus.iob import iob2
from khabar.document import Argument, Attribution, Document, Event, Sentence, Source, Span
from khabar.errors import InputError
from khabar.ontology import Ontology

Row = dict[str, Any]
"""A row: columns by name."""


def document_row(document: Document) -> Row:
    """The whole document as one nested row (config `documents`); `meta` is JSON."""
    row: Row = _without_scores(document.model_dump(exclude={"meta"}))
    return row | {"meta": None if document.meta is None else json.dumps(document.meta, ensure_ascii=False)}


def row_document(row: Mapping[str, Any]) -> Document:
    """The document that a nested row holds.

    Args:
        row: As `document_row` gives it; a null structure may stand as a structure of nulls, as Parquet readers give it.

    Raises:
        InputError: If a span holds another text than stands at its offsets.
    """
    words: str = row["text"]

    def span(value: Mapping[str, Any] | None) -> Span | None:
        if value is None or value["start"] is None:
            return None
        found = Span(start=value["start"], end=value["end"], text=words[value["start"] : value["end"]])
        if value["text"] != found.text:
            raise InputError(f"{value['text']!r} does not stand at {found.start}-{found.end}", row["id"])
        return found

    def some(values: list[Mapping[str, Any]]) -> tuple[Span, ...]:
        return tuple(s for s in map(span, values) if s is not None)

    def argument(value: Mapping[str, Any]) -> Argument:
        found = span(value)
        assert found is not None
        return Argument(role=value["role"], start=found.start, end=found.end, text=found.text)

    def event(value: Mapping[str, Any]) -> Event:
        trigger = span(value["trigger"])
        assert trigger is not None
        plain = {key: value[key] for key in ("id", "type", "polarity", "realis", "cluster")}
        return Event(**plain, trigger=trigger, arguments=tuple(map(argument, value["arguments"])))

    def attribution(value: Mapping[str, Any]) -> Attribution:
        plain = {key: value[key] for key in ("id", "stance", "polarity")}
        sources, channels = some(value["sources"]), some(value["channels"])
        return Attribution(
            **plain, cue=span(value["cue"]), sources=sources, channels=channels, events=tuple(value["events"])
        )

    return Document(
        scheme=row["scheme"],
        id=row["id"],
        title=row["title"],
        text=words,
        language=row["language"],
        source=Source(**(row["source"] or {})),
        sentences=tuple(Sentence(start=s["start"], end=s["end"]) for s in row["sentences"]),
        events=tuple(map(event, row["events"])),
        attributions=tuple(map(attribution, row["attributions"])),
        meta=None if row["meta"] is None else json.loads(row["meta"]),
    )


def event_rows(document: Document) -> Iterator[Row]:
    """One flat row an event (config `events`)."""
    covered = {event: a.id for a in reversed(document.attributions) for event in a.events}
    for event in document.events:
        yield {
            **_where(document, event.trigger.start),
            "id": event.id,
            "event_type": event.type,
            "trigger_text": event.trigger.text,
            "trigger_start": event.trigger.start,
            "trigger_end": event.trigger.end,
            "polarity": event.polarity,
            "realis": event.realis,
            "cluster": event.cluster,
            "attribution": covered.get(event.id),
            "arguments": [_without_scores(a.model_dump()) for a in event.arguments],
        }


def attribution_rows(document: Document) -> Iterator[Row]:
    """One flat row an attribution (config `attributions`); several sources are joined by ` | ` in `source_text`."""
    types = {event.id: event.type for event in document.events}
    for attribution in document.attributions:
        cue = attribution.cue
        yield {
            **_where(document, attribution.anchor.start),
            "id": attribution.id,
            "stance": attribution.stance,
            "polarity": attribution.polarity,
            "cue_text": None if cue is None else cue.text,
            "cue_start": None if cue is None else cue.start,
            "cue_end": None if cue is None else cue.end,
            "source_text": " | ".join(s.text for s in attribution.sources) or None,
            "channel_text": " | ".join(s.text for s in attribution.channels) or None,
            "sources": [_without_scores(s.model_dump()) for s in attribution.sources],
            "channels": [_without_scores(s.model_dump()) for s in attribution.channels],
            "events": list(attribution.events),
            "event_types": [types[event] for event in attribution.events],
        }


def token_rows(document: Document, ontology: Ontology) -> Iterator[Row]:
    """One row a sentence (config `tokens`): its tokens, and a sequence of IOB2 tags a layer.

    `lost` counts the spans of the sentence that the flat layers cannot hold (see `khabar.corpus.iob`).
    """
    cue, source, channel = ontology.attribution.mentions
    spans = {
        "trigger_tags": [(e.trigger.extent, e.type) for e in document.events],
        "argument_tags": [(a.extent, a.role) for e in document.events for a in e.arguments],
        "attribution_tags": [
            *((a.cue.extent, cue) for a in document.attributions if a.cue is not None),
            *((s.extent, source) for a in document.attributions for s in a.sources),
            *((s.extent, channel) for a in document.attributions for s in a.channels),
        ],
    }
    for number, sentence in enumerate(document.sentences):
        places = tokens(document.text, document.cuts, sentence.start, sentence.end)
        inside = {
            name: [(x, label) for x, label in found if document.sentence_at(x.start) == number]
            for name, found in spans.items()
        }
        layers = {name: iob2(found, places) for name, found in inside.items()}
        yield {
            "document": document.id,
            "story": document.source.story,
            "sentence": number,
            "tokens": [document.text[p.start : p.end] for p in places],
            "starts": [p.start for p in places],
            "ends": [p.end for p in places],
            **{name: tags for name, (tags, _) in layers.items()},
            "lost": sum(lost for _, lost in layers.values()),
        }


def _where(document: Document, offset: int) -> Row:
    number = document.sentence_at(offset)
    start, end = document.sentences[number].extent if number is not None else (0, 0)
    return {
        "document": document.id,
        "story": document.source.story,
        "publisher": document.source.publisher,
        "sentence": number,
        "sentence_start": start,
        "sentence_end": end,
        "sentence_text": document.text[start:end],
    }


def _without_scores(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_scores(inner) for key, inner in value.items() if key != "score"}
    if isinstance(value, list | tuple):
        return [_without_scores(inner) for inner in value]
    return value
