"""Which predictions the report shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from khabar.corpus.store import Project, read_documents
from khabar.document import Document
from khabar.eval.report.mistakes import paired

USUAL = ("model/seed-*", "floor/seed-*", "floor")
"""Where `khabar benchmark stories` leaves the predictions on held-out stories, inside `runs/stories`."""


@dataclass(frozen=True)
class Predictions:
    """Predictions on gold documents.

    Attributes:
        name: The folder, relative to the project where it lies in it.
        pairs: Gold documents, each with its prediction.
    """

    name: str
    pairs: tuple[tuple[Document, Document], ...]


def newest(project: Project) -> Path | None:
    """The folder of `USUAL` whose documents were written last; None if there is none."""
    runs = project.root / "runs" / "stories"
    folders = {file.parent: file.stat().st_mtime for usual in USUAL for file in sorted(runs.glob(f"{usual}/*.json"))}
    return max(folders, key=lambda folder: folders[folder], default=None)


def load_predictions(project: Project, gold: Sequence[Document], folder: Path | None = None) -> Predictions | None:
    """Reads predictions.

    Args:
        project: Where to look when no folder is named.
        gold: The gold documents.
        folder: Document files; the newest of the usual folders if None.

    Returns:
        The predictions; None if none is named and none is there.

    Raises:
        InputError: If a document cannot be read or has no gold.
    """
    folder = folder if folder is not None else newest(project)
    if folder is None:
        return None
    pairs = paired(gold, read_documents([folder]))
    inside = folder.resolve()
    name = inside.relative_to(project.root.resolve()) if inside.is_relative_to(project.root.resolve()) else folder.name
    return Predictions(str(name), tuple(pairs))
