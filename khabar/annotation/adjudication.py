"""From two annotators' passes to gold: every difference is decided once, logged with its rule, and can be replayed.

The log is JSON Lines, one decision a line:

    {"document": "…", "kind": "event", "start": 59, "end": 64, "text": "أطلقت",
     "a": [version], "b": [version], "gold": [version], "rule": "E3: one clause, one mention, the noun wins"}

`a`, `b` and `gold` hold what stands at that place in either pass and in the gold: a list of versions (see `units`),
empty for nothing. Where both passes say the same and no line stands, that is the gold; a line may overrule it.
A line of kind `cluster` names one occurrence and its mentions; clusters are decided for all documents at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from khabar.annotation.changes import without_provenance
from khabar.annotation.units import Place, Version, assemble, clusters_of, units
from khabar.document import Document, json_path
from khabar.errors import InputError

Mention = tuple[str, int, int]


class Decision(BaseModel):
    """What stands at one place in either pass, what was decided, and by which rule; fields as in the log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    kind: Literal["event", "attribution"]
    start: int
    end: int
    text: str
    cue: bool = True
    a: list[Version]
    b: list[Version]
    gold: list[Version]
    rule: str = ""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.document, self.kind, self.start, self.end, self.cue)


class ClusterDecision(BaseModel):
    """The mentions of one occurrence.

    Attributes:
        kind: Always `cluster`.
        name: The occurrence's name in the gold.
        mentions: Document id and place of the trigger of each mention.
        a: The names that pass A gave to these mentions, sorted.
        b: The names that pass B gave to them, sorted.
        rule: The rule decided by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["cluster"] = "cluster"
    name: str
    mentions: list[Mention]
    a: list[str]
    b: list[str]
    rule: str = ""


Log = list[Decision | ClusterDecision]


def differences(a: Sequence[Document], b: Sequence[Document]) -> list[Decision]:
    """Every place at which two passes differ, undecided (`gold` empty), by document and position.

    Raises:
        InputError: If the passes are not of the same documents.
    """
    found = []
    for first, second in _pairs(a, b):
        here, there = units(first), units(second)
        for place in sorted({*here, *there}):
            if here.get(place, []) != there.get(place, []):
                found.append(_decision(first, place, here.get(place, []), there.get(place, []), []))
    return found


def write_log(
    a: Sequence[Document],
    b: Sequence[Document],
    gold: Sequence[Document],
    rules: Sequence[Decision | ClusterDecision] = (),
) -> Log:
    """The log that leads from two passes to a gold that an adjudicator has made.

    Args:
        a: One annotator's pass.
        b: The other's pass of the same documents.
        gold: The adjudicator's documents.
        rules: An earlier log; the rules of decisions at the same places are kept.

    Returns:
        A line for every place at which the passes differ or the gold differs from both, and one for every cluster.

    Raises:
        InputError: If the three are not of the same documents.
    """
    known = {d.place: d.rule for d in rules if isinstance(d, Decision)}
    known_clusters = {d.name: d.rule for d in rules if isinstance(d, ClusterDecision)}
    log: Log = []
    for (first, second), (_, third) in zip(_pairs(a, b), _pairs(a, gold), strict=True):
        one, two, decided = units(first), units(second), units(third)
        for place in sorted({*one, *two, *decided}):
            here, there, kept = (side.get(place, []) for side in (one, two, decided))
            if not here == there == kept:
                log.append(_decision(first, place, here, there, kept, rule=known.get(place, "")))
    mentions: dict[str, list[Mention]] = {}
    for mention, name in sorted(clusters_of(gold).items()):
        mentions.setdefault(name, []).append(mention)
    names_a, names_b = clusters_of(a), clusters_of(b)
    for name, members in sorted(mentions.items()):
        log.append(
            ClusterDecision(
                name=name,
                mentions=members,
                a=sorted({names_a[m] for m in members if m in names_a}),
                b=sorted({names_b[m] for m in members if m in names_b}),
                rule=known_clusters.get(name, ""),
            )
        )
    return log


def replay(a: Sequence[Document], b: Sequence[Document], log: Iterable[Decision | ClusterDecision]) -> list[Document]:
    """Applies a log to the two passes that it was written for.

    Returns:
        The gold documents, in the order of `a`.

    Raises:
        InputError: If a difference is not decided, a decision was made on other versions than these passes hold, or a
            covered event was not kept; names the place.
    """
    decisions: dict[Place, Decision] = {}
    clusters: dict[Mention, str] = {}
    for entry in log:
        if isinstance(entry, ClusterDecision):
            clusters.update(dict.fromkeys(entry.mentions, entry.name))
        elif entry.place in decisions:
            raise InputError("is decided twice in the log", entry.document, _where(entry.place))
        else:
            decisions[entry.place] = entry
    gold = []
    for first, second in _pairs(a, b):
        here, there = units(first), units(second)
        places = {*here, *there, *(place for place in decisions if place.document == first.id)}
        decided = {
            place: _decide(place, here.get(place, []), there.get(place, []), decisions.pop(place, None))
            for place in sorted(places)
        }
        try:
            gold.append(assemble(without_provenance(first), decided, clusters))
        except KeyError as error:
            raise InputError(f"an attribution covers the trigger at {error}, which was not kept", first.id) from None
    if decisions:
        raise InputError("is decided in the log, but no such document was given", next(iter(decisions)).document)
    return gold


def load_log(path: Path) -> Log:
    """Reads a log.

    Raises:
        InputError: If it cannot be read; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path) from None
    log: Log = []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            kind = ClusterDecision if isinstance(entry, dict) and entry.get("kind") == "cluster" else Decision
            log.append(kind.model_validate(entry))
        except json.JSONDecodeError as error:
            raise InputError(f"is not JSON: {error.msg}", f"{path}:{number}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InputError(first["msg"], f"{path}:{number}", json_path(first["loc"])) from None
    return log


def dumps_log(log: Iterable[Decision | ClusterDecision]) -> str:
    """The log as JSON Lines."""
    return "".join(json.dumps(entry.model_dump(), ensure_ascii=False) + "\n" for entry in log)


def _decide(place: Place, a: list[Version], b: list[Version], decision: Decision | None) -> list[Version]:
    if decision is None:
        if a != b:
            raise InputError("the passes differ and the log does not decide", place.document, _where(place))
        return a
    if (decision.a, decision.b) != (a, b):
        raise InputError(
            "the log was written for other passes: they hold other versions", place.document, _where(place)
        )
    return decision.gold


def _decision(
    document: Document, place: Place, a: list[Version], b: list[Version], gold: list[Version], rule: str = ""
) -> Decision:
    text = document.text[place.start : place.end]
    return Decision(**place._asdict(), text=text, a=a, b=b, gold=gold, rule=rule)


def _pairs(a: Sequence[Document], b: Sequence[Document]) -> list[tuple[Document, Document]]:
    others = {document.id: document for document in b}
    for document in a:
        if document.id not in others:
            raise InputError("stands in the first folder alone; both passes must hold the same documents", document.id)
        if others[document.id].text != document.text:
            raise InputError("has not the same text in both folders", document.id)
    if extra := sorted(set(others) - {document.id for document in a}):
        raise InputError("stands in the second folder alone; both passes must hold the same documents", extra[0])
    return [(document, others[document.id]) for document in a]


def _where(place: Place) -> str:
    return f"{place.kind} at {place.start}"
