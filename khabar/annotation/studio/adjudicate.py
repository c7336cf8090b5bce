"""Differences between two passes as tasks for an adjudicator, and what was decided as log and gold."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from khabar.annotation.adjudication import ClusterDecision, Decision, Log, differences, replay, write_log
from khabar.annotation.studio.push import Offer
from khabar.annotation.units import Version
from khabar.document import Document
from khabar.errors import InputError


def adjudication_offers(a: Sequence[Document], b: Sequence[Document]) -> list[Offer]:
    """One task a document: both versions as predictions, and a table of what they have differently.

    Documents in which the passes agree are among them: clusters are named over all documents at once.

    Raises:
        InputError: If the passes are not of the same documents.
    """
    found: dict[str, list[Decision]] = {}
    for decision in differences(a, b):
        found.setdefault(decision.document, []).append(decision)
    others = {document.id: document for document in b}
    return [
        Offer(
            document.without_annotation(),
            {"A": document, "B": others[document.id]},
            {"differences": side_by_side(found.get(document.id, []))},
        )
        for document in a
    ]


def side_by_side(decisions: Sequence[Decision]) -> str:
    """Differences as an HTML table: the place, what A has there, what B has there."""
    rows = "".join(
        f"<tr><td>{escape(d.text)} <small>{d.start}</small></td><td>{_shown(d.a)}</td><td>{_shown(d.b)}</td></tr>"
        for d in decisions
    )
    style = "border-collapse:collapse;width:100%;font-size:15px"
    return f'<table dir="rtl" border="1" style="{style}"><tr><th>الموضع</th><th>A</th><th>B</th></tr>{rows}</table>'


def decide(
    a: Sequence[Document], b: Sequence[Document], decided: Sequence[Document], earlier: Log
) -> tuple[Log, list[Document]]:
    """What an adjudicator decided, as a log, and the gold that it leads to.

    Args:
        a: One pass.
        b: The other.
        decided: The adjudicator's documents: at least all in which the passes differ.
        earlier: An earlier log, whose rules are kept.

    Returns:
        The log (with clusters as the adjudicator's documents, or else A's, name them), and the gold, which is what
        `khabar adjudicate --replay` makes of it.

    Raises:
        InputError: If a document with differences is not decided yet; names it.
    """
    made = {document.id: document for document in decided}
    if undecided := sorted({d.document for d in differences(a, b)} - set(made)):
        more = f" (and {len(undecided) - 1} more)" if len(undecided) > 1 else ""
        raise InputError(f"has differences and was not submitted by the adjudicator yet{more}", undecided[0])
    log = write_log(a, b, [made.get(document.id, document) for document in a], earlier)
    return log, replay(a, b, log)


def without_rule(log: Log) -> list[Decision | ClusterDecision]:
    """The lines of a log to which the rule is still to be added."""
    return [entry for entry in log if not entry.rule]


def _shown(versions: Sequence[Version]) -> str:
    return "<hr>".join(_line(version) for version in versions) or "—"


def _line(version: Version) -> str:
    parts = [escape(" ".join(value for value in version.values() if isinstance(value, str)))]
    for key, spans in version.items():
        if isinstance(spans, list) and spans:
            told = "، ".join(escape(_span(key, span)) for span in spans)
            parts.append(f"<i>{escape(key)}</i>: {told}")
    return "<br>".join(parts)


def _span(key: str, span: list[Any]) -> str:
    return f"{span[3]} ({span[0]})" if key == "arguments" else str(span[2])
