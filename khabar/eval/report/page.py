"""The page, put together: everything it shows, rendered into one file that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from khabar.corpus.stats import stats
from khabar.corpus.store import Project, write_atomic
from khabar.document import Document
from khabar.eval import ledger
from khabar.eval.errors import CLASSES
from khabar.eval.report.annotators import rounds
from khabar.eval.report.history import histories, percent, shown_line
from khabar.eval.report.labels import arabic_names
from khabar.eval.report.mistakes import mistakes
from khabar.eval.report.passages import Passage, mark_data, passages
from khabar.eval.report.predictions import load_predictions
from khabar.eval.report.shown import plain, shown
from khabar.eval.report.tables import label_tables, score_table
from khabar.eval.report.testimony import POSITIONS, Occurrence, occurrences

BENCHMARK = "stories"
"""The benchmark whose scores are shown in full."""


@dataclass(frozen=True)
class Article:
    """A document of the corpus, as the page shows it.

    Attributes:
        document: The document.
        passages: Its sentences.
    """

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Choices:
    """What the filters over the occurrences offer; each value stands on at least one of them."""

    stories: tuple[str, ...]
    types: tuple[str, ...]
    stances: tuple[str, ...]
    positions: tuple[str, ...]


def render(project: Project, predictions: Path | None = None) -> str:
    """The whole page, as HTML.

    The page holds its style and its script and loads nothing else; a policy in it forbids every other script. All
    text from documents is escaped, and marks that change the direction of text are isolated and told. Equal inputs
    give equal pages.

    Args:
        project: Where corpus, rounds and ledger stand.
        predictions: A folder of documents; the newest predictions of the benchmark if None, or none.

    Raises:
        InputError: If something that is there cannot be read.
    """
    gold, ontology = project.gold_documents(), project.ontology
    lines = ledger.read(project.ledger)
    line = shown_line(lines, BENCHMARK)
    found = load_predictions(project, gold, predictions)
    told = occurrences(gold, ontology)
    templates = environment()
    script = templates.loader.get_source(templates, "script.js")[0] if templates.loader else ""
    return templates.get_template("page.html.j2").render(
        script=Markup(script),
        policy=_policy(script),
        articles=[Article(document, tuple(passages(document, ontology))) for document in gold],
        ontology=ontology,
        arabic=arabic_names(project),
        counted=stats(gold, ontology),
        histories=histories(lines),
        scores=None if line is None else score_table(line),
        predictions=found,
        labels=label_tables(found.pairs) if found else [],
        mistakes=mistakes(found.pairs, ontology) if found else None,
        classes=CLASSES,
        occurrences=told,
        choices=_choices(told),
        rounds=rounds(project, gold),
    )


def write_report(project: Project, path: Path, predictions: Path | None = None) -> None:
    """Renders the page and writes it, atomically; arguments and errors as in `render`."""
    write_atomic(path, render(project, predictions))


def environment() -> Environment:
    """The templates, with autoescaping and the filters that they use."""
    made = Environment(
        loader=PackageLoader("khabar.eval.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"shown": shown, "plain": plain, "percent": percent, "mark_data": mark_data}
    made.globals |= {"POSITIONS": POSITIONS}
    return made


def _policy(script: str) -> str:
    """A content security policy that lets this script run and nothing be loaded."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"


def _choices(told: list[Occurrence]) -> Choices:
    rows = [row for one in told for row in one.rows]
    return Choices(
        stories=tuple(sorted({story for one in told for story in one.stories})),
        types=tuple(sorted({kind for one in told for kind in one.types})),
        stances=tuple(sorted({row.stance for row in rows if row.stance})),
        positions=tuple(p for p in POSITIONS if any(row.position == p for row in rows)),
    )
