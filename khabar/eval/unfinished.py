"""What a benchmark has tagged so far: one that was killed goes on from there when it is run again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from khabar.corpus.store import Project, write_atomic
from khabar.document import Document, dumps_line, loads
from khabar.ontology import Ontology
from khabar.training.provenance import corpus_digest, revision_of
from khabar.training.recipe import Recipe
from khabar.training.train import provenance_of


@dataclass(frozen=True)
class Part:
    """What one training gave.

    Attributes:
        training_seconds: It took.
        tagging_seconds: Tagging what was held out took.
        tagged: What was held out, tagged.
    """

    training_seconds: float
    tagging_seconds: float
    tagged: tuple[Document, ...]


@dataclass(frozen=True)
class Unfinished:
    """Parts of a benchmark that has not ended.

    Attributes:
        folder: Where they are kept; None to keep nothing.
        revision: Of the code: another one might give other parts.
    """

    folder: Path | None = None
    revision: str | None = None

    @classmethod
    def of(cls, project: Project, benchmark: str) -> Unfinished:
        """Those of a project's benchmark; with code that was changed and not committed nothing is kept."""
        revision = revision_of(project.root)
        changed = revision is not None and revision.endswith("-dirty")
        return cls(None if changed else project.root / "runs" / benchmark / "unfinished", revision)

    def place(
        self,
        recipe: Recipe,
        material: Sequence[Document],
        held_out: Sequence[Document],
        ontology: Ontology,
        roots: Sequence[Path],
    ) -> Path | None:
        """Where the part stands that such a training gives; None if nothing is kept."""
        if self.folder is None:
            return None
        made_from = provenance_of(recipe, material, ontology, roots, self.revision)
        decisive = [made_from["run"], made_from["khabar"], self.revision, corpus_digest(held_out)]
        return self.folder / f"{hashlib.sha256(json.dumps(decisive).encode()).hexdigest()[:32]}.jsonl"

    def clear(self) -> None:
        """Forgets them: the benchmark has ended."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def keep(place: Path | None, part: Part) -> None:
    """Writes a part down, whole or not at all: a line of times, then a line a document."""
    if place is not None:
        times = json.dumps([part.training_seconds, part.tagging_seconds])
        write_atomic(place, "".join(f"{line}\n" for line in (times, *map(dumps_line, part.tagged))))


def kept(place: Path | None) -> Part | None:
    """The part that stands there; None if there is none."""
    if place is None or not place.is_file():
        return None
    times, *documents = place.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    training, tagging = json.loads(times)
    return Part(training, tagging, tuple(loads(line, place) for line in documents))
