"""Annotations out of Label Studio: each annotator's pass as documents, and everything odd told item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from khabar.annotation.changes import Change, changes, total, with_provenance
from khabar.annotation.studio.client import Prediction, Studio, StudioProject
from khabar.annotation.studio.reading import Finding, document_of, read_result
from khabar.corpus.store import write_document
from khabar.document import Document, dumps
from khabar.errors import InputError
from khabar.ontology import Ontology

REVIEWED = "gold"
"""The version under which the gold is offered for review; the corpus version follows."""


@dataclass
class Pulled:
    """What a pull found.

    Attributes:
        passes: Documents by annotator, sorted by id.
        findings: What was mended, left out, or is to be looked at.
        changes: What came of proposals, by annotator and layer; only annotators to whom something was offered.
        waiting: Ids of documents that nobody has submitted.
    """

    passes: dict[str, list[Document]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    changes: dict[str, dict[str, Change]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)


def pull(
    studio: Studio,
    project: StudioProject,
    ontology: Ontology,
    *,
    names: Mapping[str, str] | None = None,
    annotator: str | None = None,
) -> Pulled:
    """Reads all annotations of a project.

    Args:
        studio: The connection.
        project: Where from.
        ontology: The project's labels.
        names: What to call annotators, by e-mail address or number; `annotator-N` otherwise, so that nobody's
            address gets into a corpus.
        annotator: The one annotator whom the project is for; whoever submitted then goes by this name.

    Raises:
        InputError: If Label Studio refuses, or holds tasks that khabar did not make; nothing has been written.
    """
    tasks, predictions, users = studio.export(project), studio.predictions(project), studio.users()
    where = f"project {project.title!r}"
    return read_passes(tasks, predictions, users, ontology, names=names, annotator=annotator, where=where)


def read_passes(
    tasks: Sequence[Mapping[str, Any]],
    predictions: Sequence[Prediction],
    users: Mapping[int, str],
    ontology: Ontology,
    *,
    names: Mapping[str, str] | None = None,
    annotator: str | None = None,
    where: str | None = None,
) -> Pulled:
    """Reads what Label Studio has of a project, as it gave it.

    Args:
        tasks: The JSON export: tasks with annotations and drafts.
        predictions: What was offered.
        users: E-mail addresses by number.
        ontology: The project's labels.
        names: See `pull`.
        annotator: See `pull`.
        where: What to call the project in an error.

    Raises:
        InputError: If there are tasks that khabar did not make, or `names` names nobody.
    """
    proposed: dict[int, list[Prediction]] = {}
    for one in predictions:
        proposed.setdefault(one.task, []).append(one)
    called = {str(id): str(id) for id in users} | {email: str(id) for id, email in users.items()}
    given = {}
    for who, name in (names or {}).items():
        if who not in called:
            raise InputError(f"no user {who!r} here; name one by e-mail address or number", where)
        given[called[who]] = name
    found = Pulled()
    parts: dict[str, list[dict[str, Change]]] = {}
    seen: set[str] = set()
    for task in tasks:
        base = document_of(task["data"])
        if base.id in seen:
            message = "the document stands in the project more than once; the first task counts"
            found.findings.append(Finding("doubled", base.id, f"task {task['id']}", message))
            continue
        seen.add(base.id)
        by_name: dict[str, dict[str, Any]] = {}
        for annotation in _submitted(task, base.id, found.findings):
            who = str(annotation["completed_by"])
            name = annotator or given.get(who, f"annotator-{who}")
            if name in by_name:
                message = f"{name} submitted this document more than once; the newest counts"
                found.findings.append(Finding("twice", base.id, f"annotation {by_name[name]['id']}", message))
            by_name[name] = annotation
        for name, annotation in sorted(by_name.items()):
            made, findings = read_result(base, annotation["result"], ontology)
            found.findings += findings
            if offered := _offered(annotation, proposed.get(task["id"], []), ontology, base):
                version, document = offered
                counted = changes(document, made)
                parts.setdefault(name, []).append(counted)
                review = version.startswith(REVIEWED)
                made = with_provenance(made, version=version, by=name, review=review, counted=counted)
            found.passes.setdefault(name, []).append(made)
        if not by_name:
            found.waiting.append(base.id)
    for documents in found.passes.values():
        documents.sort(key=lambda document: document.id)
    found.changes = {name: total(counted) for name, counted in sorted(parts.items())}
    return found


def write_passes(pulled: Pulled, folder: Path) -> list[Path]:
    """Writes each pass to `folder/ANNOTATOR/`, each file whole or not at all; a file that is as it should be stays.

    Returns:
        The files that are new or changed. Documents in these folders that Label Studio does not hold stay, and are
        told in the findings.

    Raises:
        InputError: If a folder cannot be written to.
    """
    written = []
    for name, documents in sorted(pulled.passes.items()):
        for document in documents:
            file = folder / name / f"{document.id}.json"
            before = file.read_bytes() if file.is_file() else None
            if before != dumps(document).encode("utf-8"):
                written.append(write_document(document, folder / name))
        ids = {document.id for document in documents}
        for file in sorted((folder / name).glob("*.json")):
            if file.stem not in ids:
                message = (
                    f"{file.name} stands in the folder of {name}, and Label Studio has no such annotation; it stays"
                )
                pulled.findings.append(Finding("elsewhere", file.stem, name, message))
    return written


def _submitted(task: Mapping[str, Any], document: str, findings: list[Finding]) -> list[dict[str, Any]]:
    """A task's submitted annotations, oldest first; skipped ones and drafts are told."""
    kept = []
    for annotation in sorted(task["annotations"], key=lambda a: (str(a.get("updated_at")), a["id"])):
        if annotation.get("was_cancelled"):
            message = f"user {annotation['completed_by']} skipped this document"
            findings.append(Finding("skipped", document, f"annotation {annotation['id']}", message))
        else:
            kept.append(annotation)
    for draft in task.get("drafts") or []:
        size = len(draft.get("result") or [])
        # A draft names its owner by address, which is nobody's business; the number follows the comma.
        who = str(draft.get("created_username", "")).rpartition(",")[2].strip() or "?"
        message = f"user {who} has a draft of {size} items that was never submitted; left out"
        findings.append(Finding("draft", document, f"draft {draft.get('id')}", message))
    return kept


def _offered(
    annotation: Mapping[str, Any], proposed: Sequence[Prediction], ontology: Ontology, base: Document
) -> tuple[str, Document] | None:
    """The proposal from which an annotation was made: its parent, or else the newest that was there."""
    parent = annotation.get("parent_prediction")
    one = next((p for p in proposed if p.id == parent), proposed[-1] if proposed else None)
    return None if one is None else (one.version, read_result(base, one.result, ontology)[0])
