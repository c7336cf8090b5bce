"""A project to report on: the corpus of khabar, a ledger made up, predictions that are wrong in known ways."""

from __future__ import annotations

import shutil
from pathlib import Path

from khabar.corpus.store import Project, write_document
from khabar.document import Document
from khabar.eval import ledger
from tests.conftest import ROOT
from tests.eval.report.lines import line


def copied(folder: Path) -> Project:
    """The corpus and its rounds of annotation, without a ledger and without predictions."""
    for room in ("corpus", "annotation"):
        shutil.copytree(ROOT / room, folder / room)
    return Project(folder)


def full(folder: Path) -> Project:
    """The same, with two runs in the ledger and predictions where benchmarks leave them."""
    project = copied(folder)
    for entry in (line(1, 0.6, accepted=True), line(2, 0.7)):
        ledger.append(project.ledger, entry)
    for document in project.gold_documents():
        write_document(worsened(document), folder / "runs" / "stories" / "model" / "seed-1")
    return project


def worsened(document: Document) -> Document:
    """A prediction that misses every third event and gets the type of every fourth other one wrong."""
    kept = [event for i, event in enumerate(document.events) if i % 3]
    events = [e.model_copy(update={"type": "Meet"}) if i % 4 == 3 else e for i, e in enumerate(kept)]
    ids = {event.id for event in events}
    attributions = [
        a.model_copy(update={"events": tuple(e for e in a.events if e in ids)}) for a in document.attributions
    ]
    return document.model_copy(update={"events": tuple(events), "attributions": tuple(attributions)})
