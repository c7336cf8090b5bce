"""Who says what: for every occurrence, a row for each source, and where the sources part ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from khabar.document import Attribution, Document, Event
from khabar.eval.report.passages import flags
from khabar.eval.report.quantity import Quantity, quantity
from khabar.ontology import Ontology

T = TypeVar("T")

POSITIONS = {
    "affirms": "says that it is so",
    "denies": "says that it is not so",
    "unsure": "leaves it open",
    "demands": "wants it",
    "silent": "is said not to have said so",
}
"""How a source can stand to an occurrence, and what the page says of it."""


@dataclass(frozen=True)
class Said:
    """A phrase that fills a role.

    Attributes:
        text: The phrase.
        quantity: The number in it, if there is one.
    """

    text: str
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Mentioned:
    """A mention that a row rests on.

    Attributes:
        trigger: The word.
        passage: The number of its sentence in the document, from 1; None outside all sentences.
    """

    trigger: str
    passage: int | None


@dataclass
class Testimony:
    """What one source says of one occurrence in one document.

    Attributes:
        document: The document's id.
        publisher: Who published it, if known.
        sources: Who says it; empty where the document tells it in its own voice.
        stance: How the source stands to it; None in the document's own voice.
        position: A key of `POSITIONS`.
        type: The event type under which it is told.
        flags: Polarity and realis, named, where they are not the unmarked ones.
        channels: Through whom or what it came, each once.
        said: By role, the phrases, each once.
        mentions: The mentions it rests on.
    """

    document: str
    publisher: str | None
    sources: tuple[str, ...]
    stance: str | None
    position: str
    type: str
    flags: tuple[str, ...]
    channels: list[str] = field(default_factory=list)
    said: dict[str, list[Said]] = field(default_factory=dict)
    mentions: list[Mentioned] = field(default_factory=list)

    @property
    def speaker(self) -> tuple[str, str]:
        """Who says it, and the document's id; an empty name is the document's own voice."""
        return "، ".join(self.sources), self.document


@dataclass(frozen=True)
class Count:
    """One number of a disputed count.

    Attributes:
        quantity: The number.
        who: Who gives it, each with the document's id; an empty name is the document's own voice.
    """

    quantity: Quantity
    who: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Dispute:
    """A point on which sources part ways.

    Attributes:
        about: `occurrence` (affirmed and denied), `type` (what it was) or `number`.
        hard: Whether they cannot all be right; False for numbers that differ and yet fit together.
        role: The role whose number it is.
        noun: What is counted.
        counts: Who says how many, smallest first.
    """

    about: str
    hard: bool
    role: str | None = None
    noun: str = ""
    counts: tuple[Count, ...] = ()


@dataclass(frozen=True)
class Occurrence:
    """An event cluster.

    Attributes:
        name: The cluster's name.
        types: Event types of its mentions, most frequent first.
        stories: Stories that mention it.
        documents: Ids of the documents that mention it.
        mentions: How many mentions it has.
        roles: Roles that any row fills, in the ontology's order.
        rows: One for each source of each document.
        disputes: Where they part ways.
    """

    name: str
    types: tuple[str, ...]
    stories: tuple[str, ...]
    documents: tuple[str, ...]
    mentions: int
    roles: tuple[str, ...]
    rows: tuple[Testimony, ...]
    disputes: tuple[Dispute, ...]

    @property
    def positions(self) -> dict[str, int]:
        """How many rows stand how, in the order of `POSITIONS`; only what occurs."""
        counted = {p: sum(row.position == p for row in self.rows) for p in POSITIONS}
        return {p: n for p, n in counted.items() if n}


def occurrences(documents: Sequence[Document], ontology: Ontology) -> list[Occurrence]:
    """Every event cluster over all documents, the most disputed first, then by documents and mentions."""
    clusters: dict[str, list[tuple[Document, Event]]] = {}
    for document in documents:
        for event in document.events:
            if event.cluster is not None:
                clusters.setdefault(event.cluster, []).append((document, event))
    found = [_occurrence(name, members, ontology) for name, members in clusters.items()]
    return sorted(found, key=lambda o: (-len(o.disputes), -len(o.documents), -o.mentions, o.name))


def position_of(event: Event, attribution: Attribution | None, ontology: Ontology) -> str:
    """How a source stands to an occurrence, by its stance and the event's polarity.

    Args:
        event: A mention.
        attribution: One that covers it; None for the document's own voice.
        ontology: Says how a stance stands; its first polarity and realis are the unmarked ones.

    Returns:
        A key of `POSITIONS`. What the text says did not happen is denied by whoever asserts it, and affirmed by whoever
        denies it.
    """
    happened = event.polarity == ontology.polarity[0]
    if attribution is None:
        return ("affirms" if event.realis == ontology.realis[0] else "unsure") if happened else "denies"
    if attribution.polarity != ontology.attribution.polarity[0]:
        return "silent"
    position = ontology.attribution.positions.get(attribution.stance, "affirms")
    if position in ("unsure", "demands"):
        return position
    return "affirms" if (position == "affirms") == happened else "denies"


def disputes(rows: Sequence[Testimony]) -> list[Dispute]:
    """Where the rows of one occurrence part ways.

    Numbers are compared where they count the same noun in the same role in two rows; rows that share a number agree.
    """
    found = []
    if {"affirms", "denies"} <= {row.position for row in rows}:
        found.append(Dispute("occurrence", hard=True))
    if len({row.type for row in rows}) > 1:
        found.append(Dispute("type", hard=True))
    told: dict[tuple[str, str], list[tuple[tuple[str, str], set[Quantity]]]] = {}
    for row in rows:
        by_noun: dict[tuple[str, str], set[Quantity]] = {}
        for role, phrases in row.said.items():
            for said in phrases:
                if said.quantity is not None and said.quantity.noun:
                    by_noun.setdefault((role, said.quantity.noun), set()).add(said.quantity)
        for key, quantities in by_noun.items():
            told.setdefault(key, []).append((row.speaker, quantities))
    for (role, noun), accounts in told.items():
        counts = {str(q): q for _, quantities in accounts for q in quantities}
        pairs = [(a, b) for i, (_, a) in enumerate(accounts) for _, b in accounts[:i] if not _same(a, b)]
        if pairs:
            hard = any(all(x.contradicts(y) for x in a for y in b) for a, b in pairs)
            who = {s: dict.fromkeys(w for w, qs in accounts if s in {str(q) for q in qs}) for s in counts}
            ordered = sorted(counts, key=lambda s: (counts[s].range, s))
            found.append(Dispute("number", hard, role, noun, tuple(Count(counts[s], tuple(who[s])) for s in ordered)))
    return found


def _occurrence(name: str, members: Sequence[tuple[Document, Event]], ontology: Ontology) -> Occurrence:
    rows: dict[tuple[object, ...], Testimony] = {}
    for document, event in members:
        for attribution in _told_by(document, event):
            row = _row(document, event, attribution, ontology)
            key = (row.document, row.sources, row.stance, row.position, row.type, row.flags)
            row = rows.setdefault(key, row)
            _extend(row.channels, (span.text for span in attribution.channels) if attribution else ())
            for argument in event.arguments:
                counted = None if argument.role in ontology.uncounted else quantity(argument.text)
                _extend(row.said.setdefault(argument.role, []), [Said(argument.text, counted)])
            sentence = document.sentence_at(event.trigger.start)
            _extend(row.mentions, [Mentioned(event.trigger.text, None if sentence is None else sentence + 1)])
    types = [event.type for _, event in members]
    filled = {role for row in rows.values() for role in row.said}
    return Occurrence(
        name=name,
        types=tuple(sorted(set(types), key=lambda t: (-types.count(t), t))),
        stories=tuple(dict.fromkeys(document.source.story or document.id for document, _ in members)),
        documents=tuple(dict.fromkeys(document.id for document, _ in members)),
        mentions=len(members),
        roles=tuple(r for r in ontology.roles if r in filled) + tuple(sorted(filled - set(ontology.roles))),
        rows=tuple(rows.values()),
        disputes=tuple(disputes(list(rows.values()))),
    )


def _told_by(document: Document, event: Event) -> Iterator[Attribution | None]:
    covering = [a for a in document.attributions if event.id in a.events]
    yield from covering
    if not covering:
        yield None


def _row(document: Document, event: Event, attribution: Attribution | None, ontology: Ontology) -> Testimony:
    return Testimony(
        document=document.id,
        publisher=document.source.publisher,
        sources=tuple(span.text for span in attribution.sources) if attribution else (),
        stance=attribution.stance if attribution else None,
        position=position_of(event, attribution, ontology),
        type=event.type,
        flags=flags(event, ontology),
    )


def _same(a: set[Quantity], b: set[Quantity]) -> bool:
    return bool({str(q) for q in a} & {str(q) for q in b})


def _extend(known: list[T], new: Iterable[T]) -> None:
    known += [item for item in dict.fromkeys(new) if item not in known]
