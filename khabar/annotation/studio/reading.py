"""A Label Studio result as a document, and everything in it that a document cannot hold, told item by item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError

from khabar.annotation.studio.clusters import cluster_names
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
    SAME_EVENT,
    SOURCE_OF,
    STANCE,
    TRIGGER,
)
from khabar.annotation.studio.tasks import ATTRIBUTION_ID, EVENT_ID, Item, annotated_id
from khabar.document import Argument, Attribution, Document, Event, Extent, Span
from khabar.errors import InputError
from khabar.ontology import Ontology

Kind = Literal["event", "attribution", "phrase"]


@dataclass(frozen=True)
class Finding:
    """Something in an annotation that was mended or left out, or that a lead should look at.

    Attributes:
        kind: What it is: `unlabelled`, `reversed`, `dangling`, `white-space`, `overlap`, `doubled`, `draft` ….
        document: Id of the document.
        item: Id of the region, or of the two that a relation joins.
        message: What was found and what was made of it, in one line.
    """

    kind: str
    document: str
    item: str
    message: str

    def __str__(self) -> str:
        """The finding as a line."""
        return f"{self.document} {self.kind} {self.item}: {self.message}"


@dataclass
class _Region:
    id: str
    kind: Kind
    label: str
    span: Span
    values: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float | None] = field(default_factory=dict)


class _Relation(NamedTuple):
    start: _Region
    end: _Region
    label: str


def document_of(data: Mapping[str, Any]) -> Document:
    """The document without annotation that a task was made of (see `khabar.annotation.studio.tasks.task_data`).

    Raises:
        InputError: If the task was not made by khabar.
    """
    try:
        return Document.model_validate_json(_json({**data["document"], "text": data["text"]}))
    except (KeyError, TypeError, ValidationError):
        raise InputError(
            "is no task of khabar's (no `document` in its data)", str(data.get("doc_id", "task"))
        ) from None


def read_result(
    document: Document, result: Iterable[Item], ontology: Ontology, *, keep_scores: bool = False
) -> tuple[Document, list[Finding]]:
    """Puts a document together from a result.

    A choice that was not made is the ontology's first value, the unmarked one. Ids of events and attributions that
    came from a document are kept; as soon as one was drawn by hand, all are numbered anew by position.

    Args:
        document: The text that the result annotates; its own annotation is left out.
        result: Regions, choices and relations, as Label Studio gives them.
        ontology: The project's labels.
        keep_scores: Whether scores of a prediction are kept; a person's annotation has none.

    Returns:
        The document, and what was mended or left out.
    """
    reader = _Reader(document, ontology, keep_scores)
    items = list(result)
    for item in items:
        if item.get("type") == "labels":
            reader.read_region(item)
    for item in items:
        if item.get("type") not in ("labels", "relation"):
            reader.read_value(item)
    relations = [r for item in items if item.get("type") == "relation" for r in reader.read_relation(item)]
    reader.tell_overlaps()
    reader.tell_unused(relations)
    return reader.document_with(relations), reader.findings


class _Reader:
    """Collects regions by id, and findings, while a result is read."""

    def __init__(self, document: Document, ontology: Ontology, keep_scores: bool):
        self.document, self.ontology, self.keep_scores = document, ontology, keep_scores
        self.regions: dict[str, _Region] = {}
        self.findings: list[Finding] = []
        self.cue_label = ontology.attribution.mentions[0]
        self.kinds: dict[tuple[str, str], Kind] = {
            **{(TRIGGER, name): "event" for name in ontology.types},
            (ARGUMENT, PHRASE): "phrase",
            **{(ATTRIBUTION, name): "phrase" for name in ontology.attribution.mentions[1:]},
            (ATTRIBUTION, self.cue_label): "attribution",
            (ATTRIBUTION, NO_CUE): "attribution",
        }
        self.values: dict[str, tuple[str, ...]] = {
            POLARITY: ontology.polarity,
            REALIS: ontology.realis,
            STANCE: ontology.attribution.stance,
            SAID: ontology.attribution.polarity,
        }

    def tell(self, kind: str, item: str, message: str) -> None:
        self.findings.append(Finding(kind, self.document.id, item, message))

    def read_region(self, item: Item) -> None:
        id, control, value = str(item.get("id")), str(item.get("from_name")), item.get("value") or {}
        labels = value.get("labels") or []
        where = _shown(value)
        if not labels:
            self.tell("unlabelled", id, f"a region without a label ({where}); left out")
            return
        if len(labels) > 1 or id in self.regions:
            told = ", ".join(map(str, labels[1:] if id not in self.regions else labels))
            self.tell("labels", id, f"more than one label on a region ({where}); left out: {told}")
            if id in self.regions:
                return
        kind = self.kinds.get((control, str(labels[0])))
        if kind is None:
            self.tell("unknown", id, f"the ontology has no {control} {labels[0]!r} ({where}); left out")
            return
        span = self._span(id, value, empty=labels[0] == NO_CUE)
        if span is not None:
            span = span.model_copy(update={"score": self._score(item)})
            self.regions[id] = _Region(id, kind, str(labels[0]), span)

    def _span(self, id: str, value: Mapping[str, Any], *, empty: bool) -> Span | None:
        start, end, text = value.get("start"), value.get("end"), self.document.text
        if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
            self.tell("range", id, f"a region without sound offsets ({start}, {end}); left out")
            return None
        if end > len(text):
            self.tell("range", id, f"ends at {end}, after the text ({len(text)}); cut there")
            start, end = min(start, len(text)), len(text)
        if start == end and empty:
            return self.document.span(start, end)
        inside = text[start:end].strip()
        if not inside:
            self.tell("white-space", id, f"a region with no character to be seen at {start}; left out")
            return None
        if len(inside) < end - start:
            start += len(text[start:end]) - len(text[start:end].lstrip())
            end = start + len(inside)
            self.tell("white-space", id, f"white space at the edge of {inside!r}; cut off")
        return self.document.span(start, end)

    def _score(self, item: Item) -> float | None:
        score = item.get("score")
        return float(score) if self.keep_scores and isinstance(score, int | float) else None

    def read_value(self, item: Item) -> None:
        id, control, value = str(item.get("id")), str(item.get("from_name")), item.get("value") or {}
        chosen = value.get("text" if control == CLUSTER else "choices") or []
        chosen = [chosen] if isinstance(chosen, str) else [str(one) for one in chosen]
        region = self.regions.get(id)
        told = f"{control} {', '.join(chosen)}"
        if region is None:
            self.tell("dangling", id, f"{told} on a region that is not there; left out")
        elif control != CLUSTER and control not in self.values:
            self.tell("unknown", id, f"the interface has no control {control!r}; left out")
        elif len(chosen) != 1:
            self.tell("choices", id, f"{len(chosen)} values of {control}; the first is taken, if there is one")
            if chosen:
                region.values[control] = chosen[0]
        elif control != CLUSTER and chosen[0] not in self.values[control]:
            self.tell("unknown", id, f"the ontology has no {told}; the unmarked value is taken")
        else:
            region.values[control] = chosen[0]
            region.scores[control] = self._score(item)

    def read_relation(self, item: Item) -> list[_Relation]:
        ids = str(item.get("from_id")), str(item.get("to_id"))
        between = " → ".join(ids)
        labels = [str(label) for label in item.get("labels") or []]
        if missing := [id for id in ids if id not in self.regions]:
            self.tell(
                "dangling", between, f"the relation {', '.join(labels) or '(no label)'} has no {missing[0]}; left out"
            )
            return []
        start, end = (self.regions[id] for id in ids)
        if item.get("direction") == "left":
            start, end = end, start
        if not self._allowed(start, end) and self._allowed(end, start):
            start, end = end, start
            self.tell("reversed", between, f"{', '.join(labels) or 'a relation'} was drawn backwards; turned around")
        allowed = self._allowed(start, end)
        if not labels and allowed and (label := self._only(start, end)):
            self.tell("unlabelled", between, f"a relation without a label; read as {label}")
            labels = [label]
        elif not labels:
            self.tell(
                "unlabelled", between, f"a relation without a label ({start.span.text} → {end.span.text}); left out"
            )
        for label in labels:
            if label not in allowed:
                self.tell("impossible", between, f"{label} cannot join {start.label} and {end.label}; left out")
        return [_Relation(start, end, label) for label in labels if label in allowed]

    def _allowed(self, start: _Region, end: _Region) -> Sequence[str]:
        table: dict[tuple[Kind, Kind], Sequence[str]] = {
            ("event", "phrase"): self.ontology.roles,
            ("attribution", "phrase"): (SOURCE_OF, CHANNEL_OF),
            ("attribution", "event"): (COVERS,),
            ("event", "event"): (SAME_EVENT,),
        }
        return table.get((start.kind, end.kind), ())

    def _only(self, start: _Region, end: _Region) -> str | None:
        """The one label that an unlabelled relation can have."""
        by_phrase = dict(zip(self.ontology.attribution.mentions[1:], (SOURCE_OF, CHANNEL_OF), strict=True))
        allowed = self._allowed(start, end)
        if start.kind == "attribution" and end.kind == "phrase":
            return by_phrase.get(end.label)
        return allowed[0] if len(allowed) == 1 and allowed != self.ontology.roles else None

    def tell_overlaps(self) -> None:
        for kind in ("event", "attribution"):
            regions = sorted((r for r in self.regions.values() if r.kind == kind), key=lambda r: r.span.extent)
            for one, other in pairwise(regions):
                same = one.span.extent == other.span.extent
                if same and kind == "event":
                    self.tell("doubled", other.id, f"two events on {other.span.text!r}; both are kept")
                elif not same and other.span.start < one.span.end:
                    self.tell("overlap", other.id, f"{other.span.text!r} overlaps {one.span.text!r}; both are kept")

    def tell_unused(self, relations: Iterable[_Relation]) -> None:
        used = {region.id for relation in relations for region in relation[:2]}
        for region in self.regions.values():
            if region.kind == "phrase" and region.id not in used:
                message = f"{region.label} {region.span.text!r} at {region.span.start} belongs to nothing; left out"
                self.tell("unused", region.id, message)

    def document_with(self, relations: Sequence[_Relation]) -> Document:
        anchors = [region for region in self.regions.values() if region.kind != "phrase"]
        names = {r.id: annotated_id(EVENT_ID if r.kind == "event" else ATTRIBUTION_ID, r.id) for r in anchors}
        by_hand = any(names[r.id] == r.id for r in anchors) or len({(r.kind, names[r.id]) for r in anchors}) < len(
            anchors
        )
        if by_hand:
            names = {r.id: f"x{n}" for n, r in enumerate(anchors)}
        events = [r for r in anchors if r.kind == "event"]
        given = {r.id: r.values[CLUSTER].strip() or None if CLUSTER in r.values else None for r in events}
        same = [(r.start.id, r.end.id) for r in relations if r.label == SAME_EVENT]
        clusters, mixed = cluster_names(given, same, lambda ids: self._new_cluster(ids))
        for id, message in mixed:
            self.tell("cluster", id, message)
        whole = {name: getattr(self.document, name) for name in Document.model_fields}
        whole["events"] = tuple(self._event(r, names, clusters[r.id], relations) for r in events)
        attributions = [r for r in anchors if r.kind == "attribution"]
        whole["attributions"] = tuple(self._attribution(r, names, relations) for r in attributions)
        made = Document(**whole)
        return made.renumbered() if by_hand else made

    def _new_cluster(self, ids: Iterable[str]) -> str:
        first = min(self.regions[id].span.extent for id in ids)
        return f"{self.document.id}-{first.start}"

    def _event(
        self, region: _Region, names: Mapping[str, str], cluster: str | None, relations: Iterable[_Relation]
    ) -> Event:
        arguments: dict[tuple[str, Extent], Argument] = {}
        for _, end, role in (r for r in relations if r.start is region and r.end.kind == "phrase"):
            key = (role, end.span.extent)
            if key in arguments:
                self.tell(
                    "doubled", end.id, f"{role} {end.span.text!r} stands twice at {region.span.text!r}; kept once"
                )
            else:
                arguments[key] = Argument(role=role, **dict(end.span))
        return Event(
            id=names[region.id],
            type=region.label,
            trigger=region.span,
            polarity=self._value(region, POLARITY),
            realis=self._value(region, REALIS),
            cluster=cluster,
            arguments=tuple(arguments.values()),
            score=region.scores.get(POLARITY),
        )

    def _attribution(self, region: _Region, names: Mapping[str, str], relations: Iterable[_Relation]) -> Attribution:
        spans: dict[str, dict[Extent, Span]] = {SOURCE_OF: {}, CHANNEL_OF: {}}
        covered: dict[str, None] = {}
        for _, end, label in (r for r in relations if r.start is region):
            known: Mapping[Any, Any] = covered if label == COVERS else spans[label]
            if (names[end.id] if label == COVERS else end.span.extent) in known:
                self.tell(
                    "doubled", end.id, f"{label} {end.span.text!r} stands twice at {region.span.text!r}; kept once"
                )
            elif label == COVERS:
                covered[names[end.id]] = None
            else:
                spans[label][end.span.extent] = end.span
        cue = region.span if region.label == self.cue_label else None
        if cue is None and not spans[SOURCE_OF] and not spans[CHANNEL_OF] and region.span.text:
            spans[SOURCE_OF][region.span.extent] = region.span  # the region itself stands on the source
        return Attribution(
            id=names[region.id],
            cue=cue,
            sources=tuple(spans[SOURCE_OF].values()),
            channels=tuple(spans[CHANNEL_OF].values()),
            stance=self._value(region, STANCE),
            polarity=self._value(region, SAID),
            events=tuple(covered),
            score=region.scores.get(STANCE),
        )

    def _value(self, region: _Region, control: str) -> str:
        return region.values.get(control, self.values[control][0])


def _shown(value: Mapping[str, Any]) -> str:
    return f"{value.get('text', '')!r} at {value.get('start')}"


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value, ensure_ascii=False).encode("utf-8")
