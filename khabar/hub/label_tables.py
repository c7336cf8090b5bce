"""The guidelines' tables of labels: from the ontology, each with an example from the gold or an invented one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from khabar.arabic import tokens
from khabar.corpus.store import Project
from khabar.document import Document, Extent
from khabar.markdown import table
from khabar.yaml_file import parse_yaml, read_text

CONTEXT = 7
"""Tokens shown on each side of an example's span."""


class Example(NamedTuple):
    """A span that shows a label.

    Attributes:
        document: Where it stands.
        span: The span.
    """

    document: Document
    span: Extent


def types_table(project: Project) -> str:
    """Event types: Arabic name, roles, what they cover, an example."""
    shown = _first(
        project, ((e.type, Example(d, e.trigger.extent)) for d in project.gold_documents() for e in d.events)
    )
    texts = _texts(project)["types"]
    rows = [
        [f"`{name}`", _rtl(texts[name]["arabic"]), " ".join(event.roles), texts[name]["english"], shown(name, texts)]
        for name, event in project.ontology.events.items()
    ]
    return table(["type", "العربية", "roles", "what it covers", "example"], rows)


def roles_table(project: Project) -> str:
    """Roles: what they are, which types use them, an example."""
    documents = project.gold_documents()
    shown = _first(project, ((a.role, Example(d, a.extent)) for d in documents for e in d.events for a in e.arguments))
    texts = _texts(project)["roles"]
    events = project.ontology.events
    rows = [
        [
            f"`{role}`",
            _rtl(texts[role]["arabic"]),
            texts[role]["english"],
            " ".join(name for name, event in events.items() if role in event.roles),
            shown(role, texts),
        ]
        for role in project.ontology.roles
    ]
    return table(["role", "العربية", "what it is", "used by", "example"], rows)


def stances_table(project: Project) -> str:
    """Stances: what they are, an example."""
    shown = _first(
        project,
        (
            (a.stance, Example(d, a.cue.extent))
            for d in project.gold_documents()
            for a in d.attributions
            if a.cue is not None and a.polarity == project.ontology.attribution.polarity[0]
        ),
    )
    return _plain(project, "stances", project.ontology.attribution.stance, shown)


def realis_table(project: Project) -> str:
    """Values of realis: what they are, an example."""
    shown = _first(
        project, ((e.realis, Example(d, e.trigger.extent)) for d in project.gold_documents() for e in d.events)
    )
    return _plain(project, "realis", project.ontology.realis, shown)


def polarity_table(project: Project) -> str:
    """Values of polarity: what they are, an example."""
    shown = _first(
        project, ((e.polarity, Example(d, e.trigger.extent)) for d in project.gold_documents() for e in d.events)
    )
    return _plain(project, "polarity", project.ontology.polarity, shown)


LABEL_BLOCKS: dict[str, Callable[[Project], str]] = {
    "types": types_table,
    "roles": roles_table,
    "stances": stances_table,
    "realis": realis_table,
    "polarity": polarity_table,
}
"""The blocks that the guidelines hold."""

Texts = dict[str, dict[str, str | dict[str, str]]]


def _texts(project: Project) -> dict[str, Texts]:
    examples = project.root / "annotation" / "examples.yaml"
    content: dict[str, Texts] = parse_yaml(read_text(examples), examples)
    return content


def _first(project: Project, found: Iterable[tuple[str, Example]]) -> Callable[[str, Texts], str]:
    """Chooses for each label the example in the shortest sentence, the earliest in the order of ids among equals."""
    best: dict[str, tuple[int, Example]] = {}
    for label, example in found:
        sentence = example.document.sentence_at(example.span.start)
        length = 10**6 if sentence is None else len(example.document.text[slice(*_bounds(example.document, sentence))])
        if label not in best or length < best[label][0]:
            best[label] = (length, example)

    def show(label: str, texts: Texts) -> str:
        if label in best:
            _, (document, span) = best[label]
            sentence = document.sentence_at(span.start)
            return _rtl(_excerpt(document.text, span, _bounds(document, sentence or 0)))
        invented = texts[label]["invented"]
        assert isinstance(invented, dict)
        start = invented["text"].index(invented["span"])
        span = Extent(start, start + len(invented["span"]))
        return f"{_rtl(_excerpt(invented['text'], span, Extent(0, len(invented['text']))))} (invented / مختلق)"

    return show


def _bounds(document: Document, sentence: int) -> Extent:
    return document.sentences[sentence].extent


def _excerpt(text: str, span: Extent, bounds: Extent) -> str:
    """The span in bold, with `CONTEXT` tokens of its sentence on each side."""
    before = tokens(text, start=bounds.start, end=span.start)[-CONTEXT:]
    after = tokens(text, start=span.end, end=bounds.end)[:CONTEXT]
    left = before[0].start if before else span.start
    right = after[-1].end if after else span.end
    cut_left, cut_right = ("… " if left > bounds.start else ""), (" …" if right < bounds.end else "")
    middle = f"{text[left : span.start]}**{text[span.start : span.end]}**{text[span.end : right]}"
    return f"{cut_left}{middle}{cut_right}"


def _plain(project: Project, section: str, labels: Iterable[str], shown: Callable[[str, Texts], str]) -> str:
    texts = _texts(project)[section]
    rows = [[f"`{n}`", _rtl(texts[n]["arabic"]), str(texts[n]["english"]), shown(n, texts)] for n in labels]
    return table(["label", "العربية", "what it is", "example"], rows)


def _rtl(text: object) -> str:
    return f'<span dir="rtl">{text}</span>'
