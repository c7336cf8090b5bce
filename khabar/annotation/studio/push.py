"""Documents into Label Studio: each once, whatever happened before; nothing that hangs on an annotation is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from khabar.annotation.studio.client import Prediction, Studio, StudioProject
from khabar.annotation.studio.interface import orphaned, used_labels
from khabar.annotation.studio.tasks import prediction, task_data
from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import Ontology

BATCH_CHARACTERS = 2_000_000
BATCH_DOCUMENTS = 100
"""How much is sent in one request: little enough that a cut connection costs seconds."""


@dataclass(frozen=True)
class Offer:
    """What is sent of a document.

    Attributes:
        document: The text, and what it was made of.
        predictions: By version, what is proposed: documents of the same text.
        more: Further fields for the task's data.
    """

    document: Document
    predictions: Mapping[str, Document] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Pushed:
    """What a push did.

    Attributes:
        created: Tasks that are new.
        kept: Tasks that were there with the same text.
        replaced: Tasks whose text had changed and that nobody had touched: made anew.
        predictions: Predictions that were added or replaced.
        left: Ids of documents whose text has changed under annotations: left as they are.
        doubled: Ids of documents that stood in the project twice before: left as they are.
    """

    created: int = 0
    kept: int = 0
    replaced: int = 0
    predictions: int = 0
    left: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def find_project(studio: Studio, title: str) -> StudioProject | None:
    """The project with a title; the oldest, where several bear it."""
    return next((project for project in studio.projects() if project.title == title), None)


def ready_project(studio: Studio, title: str, config: str, *, overlap: int = 1, description: str = "") -> StudioProject:
    """Finds or makes a project, with this labelling interface.

    Raises:
        InputError: If annotations there use labels that the interface would take away; names them.
    """
    project = find_project(studio, title)
    if project is None:
        return studio.create_project(title, config, overlap=overlap, description=description)
    if project.config.strip() != config.strip():
        tasks = studio.export(project)
        results = [a["result"] for task in tasks for a in [*task["annotations"], *(task.get("drafts") or [])]]
        if lost := orphaned(config, used_labels(results)):
            shown = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            reason = f"annotations use what the ontology no longer has: {shown}; pull them and begin another round"
            raise InputError(reason, f"project {title!r}")
    # The overlap of a project that is under way is the lead's to change, in Label Studio.
    studio.update_project(project, label_config=config)
    return StudioProject(project.id, title, config)


def push(
    studio: Studio,
    project: StudioProject,
    offers: Sequence[Offer],
    ontology: Ontology,
    advance: Callable[[int], object] = lambda done: None,
) -> Pushed:
    """Sends documents; what is there already is not sent again, so that a push that was cut can be repeated.

    Args:
        studio: The connection.
        project: Where to (see `ready_project`).
        offers: What to send; ids of documents stand once.
        ontology: The project's labels.
        advance: Told how many documents have been done, after each request.

    Raises:
        InputError: If Label Studio refuses or the connection is cut; or a prediction is of another text.
    """
    _require_sound(offers)
    done = Pushed()
    there: dict[str, list[dict[str, Any]]] = {}
    for task in studio.export(project):
        there.setdefault(str(task["data"].get("doc_id")), []).append(task)
    known: dict[int, list[Prediction]] = {}
    if there:
        for one in studio.predictions(project):
            known.setdefault(one.task, []).append(one)
    new: list[Offer] = []
    unchanged = 0
    for offer in offers:
        tasks = there.get(offer.document.id, [])
        if len(tasks) > 1:
            done.doubled.append(offer.document.id)
        if not tasks:
            new.append(offer)
        elif tasks[0]["data"].get("text") == offer.document.text:
            done.kept += 1
            if renewed := _renew(studio, project, tasks[0], known.get(tasks[0]["id"], []), offer, ontology):
                done.predictions += renewed
                advance(1)
            else:
                unchanged += 1
        elif tasks[0]["annotations"] or tasks[0].get("drafts"):
            done.left.append(offer.document.id)
            unchanged += 1
        else:
            studio.delete_task(tasks[0]["id"])
            done.replaced += 1
            new.append(offer)
    if unchanged:
        advance(unchanged)
    for batch in _batches(new):
        studio.import_tasks(project, [_task(offer, ontology) for offer in batch])
        done.predictions += sum(len(offer.predictions) for offer in batch)
        advance(len(batch))
    done.created = len(new) - done.replaced
    versions = {version for offer in offers for version in offer.predictions}
    if len(versions) == 1:
        studio.update_project(project, model_version=versions.pop())
    return done


def _require_sound(offers: Sequence[Offer]) -> None:
    for offer in offers:
        for version, proposed in offer.predictions.items():
            if proposed.text != offer.document.text:
                raise InputError(f"the prediction of {version} is of another text", offer.document.id)


def _task(offer: Offer, ontology: Ontology) -> dict[str, Any]:
    proposed = [prediction(document, version, ontology) for version, document in offer.predictions.items()]
    return {"data": task_data(offer.document) | dict(offer.more), "predictions": proposed}


def _renew(
    studio: Studio,
    project: StudioProject,
    task: dict[str, Any],
    known: Sequence[Prediction],
    offer: Offer,
    ontology: Ontology,
) -> int:
    """Puts the predictions of the offered versions in place of older ones of the same version."""
    changed = 0
    for version, document in offer.predictions.items():
        wanted = prediction(document, version, ontology)
        older = [one for one in known if one.version == version]
        if [one.result for one in older] == [wanted["result"]]:
            continue
        # The new one first: cut in between, the next push finds two and mends that.
        studio.import_predictions(project, [{"task": task["id"], **wanted}])
        for one in older:
            studio.delete_prediction(one.id)
        changed += 1
    return changed


def _batches(offers: Sequence[Offer]) -> Iterator[list[Offer]]:
    batch: list[Offer] = []
    size = 0
    for offer in offers:
        length = len(offer.document.text)
        if batch and (len(batch) == BATCH_DOCUMENTS or size + length > BATCH_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(offer)
        size += length
    if batch:
        yield batch
