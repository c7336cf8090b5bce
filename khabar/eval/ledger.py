"""The ledger: one line of JSON a benchmark run, only ever appended to, each checked against a schema.

A line says what was measured, on what, by which code, with which uncertainty. `id` is a digest of the rest, so that
two ledgers can be merged by uniting their lines.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from khabar.corpus.store import Project
from khabar.document import Document, json_path
from khabar.errors import InputError
from khabar.eval.protocol import Result
from khabar.training.provenance import corpus_digest, revision_of, shareable
from khabar.training.recipe import Recipe, TaggerRecipe, dump_recipe

WATCHED = ("TC", "AC+", "cue", "source_link", "event_link")
"""The metrics of events that are kept sentence by sentence, shown part by part, and watched by gates."""

ENTITY = "entity"
"""The metric that stands in their place where named entities are scored."""

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Metric(_Record):
    """One metric: as `khabar score --json` prints it, with the standard deviation of F1 over seeds.

    Attributes:
        precision: 0 to 1.
        recall: 0 to 1.
        f1: 0 to 1.
        gold: Gold items, pooled over seeds.
        predicted: Predicted items, pooled over seeds.
        correct: Items that are both.
        ci: 95 % interval of F1.
        seed_sd: Standard deviation of F1 over seeds.
        lost: Spans that tags cannot hold; only for tags.
    """

    precision: Share
    recall: Share
    f1: Share
    gold: Count
    predicted: Count
    correct: Count
    ci: tuple[Share, Share]
    seed_sd: Annotated[float, Field(ge=0)] = 0.0
    lost: Count | None = None


class System(_Record):
    """What one system reached.

    Attributes:
        recipe: Name of its recipe, or of the annotator.
        changes: What a benchmark changed in that recipe, by key.
        recipe_sha256: Digest of the recipe; None for an annotator.
        supplement_sha256: Digest of the supplement's documents that it was trained on; None where there were none.
        encoder: Its encoder's name, `random` for one that starts at random, None where there is none.
        scores: By metric.
        parts: F1 by part (story) and metric.
        sentences: By metric, `[gold, predicted, correct]` of every sentence in order of documents, summed over seeds:
            what paired tests compare.
        variances: By metric, the variance of F1 over seeds, over parts, and what neither explains (`uncertainty`).
        training_seconds: Of all trainings together.
        tagging_seconds: Of all tagging together.
        training_words_per_second: Words trained on, times epochs, a second.
        tagging_words_per_second: Words tagged a second.
    """

    recipe: str
    changes: dict[str, Any] = Field(default_factory=dict)
    recipe_sha256: str | None = None
    supplement_sha256: str | None = None
    encoder: str | None = None
    scores: dict[str, Metric]
    parts: dict[str, dict[str, Share]] = Field(default_factory=dict)
    sentences: dict[str, list[tuple[Count, Count, Count]]] = Field(default_factory=dict)
    variances: dict[str, tuple[float, float, float]] = Field(default_factory=dict)
    training_seconds: Annotated[float, Field(ge=0)] = 0.0
    tagging_seconds: Annotated[float, Field(ge=0)] = 0.0
    training_words_per_second: Count | None = None
    tagging_words_per_second: Count | None = None

    @property
    def watched(self) -> tuple[str, ...]:
        """Those of `WATCHED` and `ENTITY` that were measured."""
        return tuple(metric for metric in (*WATCHED, ENTITY) if metric in self.scores)


class Line(_Record):
    """One run.

    Attributes:
        id: Digest of the rest, 12 hexadecimal digits.
        time: When it ended, in UTC (ISO 8601).
        benchmark: What was run.
        accepted: Whether pages show this line and gates hold later runs against it.
        submitted: Whether it came from elsewhere.
        revision: Git commit of the code, `-dirty` if it had changes; None outside git.
        corpus_version: Version of the corpus.
        corpus_sha256: Digest of the documents that were scored.
        documents: How many were scored.
        unit: What `documents` counts; sentences where the data marks no documents.
        seeds: Seeds of the trainings.
        machine: Kind of machine.
        systems: By role: `model`, `floor`, ….
    """

    id: str = ""
    time: datetime
    benchmark: str
    accepted: bool = False
    submitted: bool = False
    revision: str | None = None
    corpus_version: str
    corpus_sha256: str
    documents: Count
    unit: Literal["documents", "sentences"] = "documents"
    seeds: tuple[int, ...]
    machine: str
    systems: Annotated[dict[str, System], Field(min_length=1)]

    @model_validator(mode="after")
    def _id_is_the_digest(self) -> Line:
        digest = _digest(self)
        if self.id not in ("", digest):
            raise ValueError(f"the id {self.id} is not the digest of the line ({digest}): it was changed by hand")
        object.__setattr__(self, "id", digest)  # the class is frozen; this is its construction
        return self


def system(
    name: str,
    result: Result,
    parts: Mapping[str, Sequence[str]] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> System:
    """A result as it is remembered.

    Args:
        name: Of the recipe or the annotator.
        result: What was reached.
        parts: Ids of the documents of each part (story).
        changes: What a benchmark changed in the recipe, by key.
    """
    epochs = result.recipe.epochs if isinstance(result.recipe, TaggerRecipe) else 1
    scores = result.scores.to_json()
    pooled = result.by_part(parts or {})
    by_sentence = result.by_sentence(WATCHED)
    return System(
        recipe=name,
        changes=dict(changes or {}),
        recipe_sha256=recipe_digest(result.recipe) if result.recipe is not None else None,
        supplement_sha256=corpus_digest(result.supplement) if result.supplement else None,
        encoder=encoder_name(result.recipe) if result.recipe is not None else None,
        scores={key: Metric(**value, seed_sd=result.spread(key)) for key, value in scores.items()},
        parts={part: {key: counts.f1 for key, counts in table.items()} for part, table in pooled.items()},
        sentences={m: [(c.gold, c.predicted, c.correct) for c in row] for m, row in by_sentence.items()},
        variances={m: v for m in WATCHED if (v := result.variances(m, parts or {})) is not None},
        training_seconds=round(result.training_seconds, 2),
        tagging_seconds=round(result.tagging_seconds, 2),
        training_words_per_second=per_second(result.trained_words * epochs, result.training_seconds),
        tagging_words_per_second=per_second(result.tagged_words, result.tagging_seconds),
    )


def recipe_digest(recipe: Recipe) -> str:
    """SHA-256 of a recipe, without paths that only make sense on this machine."""
    shared = shareable(recipe)
    # Pydantic leaves a default as it is (5) and makes a number of what was written out (5.0): equal recipes shall have
    # equal digests.
    plain = type(shared).model_validate(shared.model_dump(exclude_defaults=True))
    return hashlib.sha256(dump_recipe(plain).encode()).hexdigest()


def encoder_name(recipe: Recipe) -> str | None:
    """How a line names a recipe's encoder: `random` for one that starts at random, None where there is none."""
    shared = shareable(recipe)
    return (shared.encoder or "random") if isinstance(shared, TaggerRecipe) else None


def per_second(words: int, seconds: float) -> int | None:
    """A rate as a whole number; None where no time was taken."""
    return round(words / seconds) if seconds > 0 else None


class Scored(NamedTuple):
    """What a run was scored on.

    Attributes:
        version: Of the corpus, or the name of the file.
        sha256: Digest of what was scored.
        size: How many documents or sentences.
        unit: Which of the two.
    """

    version: str
    sha256: str
    size: int
    unit: Literal["documents", "sentences"] = "documents"


def line(
    benchmark: str,
    systems: Mapping[str, System],
    seeds: Sequence[int],
    documents: Sequence[Document],
    project: Project,
    accepted: bool = False,
) -> Line:
    """The line of a run that has just ended.

    Args:
        benchmark: Its name.
        systems: What was reached, by role.
        seeds: The seeds.
        documents: The documents scored.
        project: For the revision of the code and the version of the corpus.
        accepted: Whether pages show this line and gates hold later runs against it.
    """
    scored = Scored(project.corpus_version, corpus_digest(documents), len(documents))
    return line_on(scored, benchmark, systems, seeds, project, accepted)


def line_on(
    scored: Scored,
    benchmark: str,
    systems: Mapping[str, System],
    seeds: Sequence[int],
    project: Project,
    accepted: bool = False,
) -> Line:
    """As `line`, on data that need not be the project's."""
    return Line(
        time=datetime.now(UTC).replace(microsecond=0),
        benchmark=benchmark,
        accepted=accepted,
        revision=revision_of(project.root),
        corpus_version=scored.version,
        corpus_sha256=scored.sha256,
        documents=scored.size,
        unit=scored.unit,
        seeds=tuple(seeds),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        systems=dict(systems),
    )


def dumps(entry: Line) -> str:
    """The line as JSON, without a newline."""
    return json.dumps(entry.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)


def loads(text: str | bytes, name: Path | str | None = None) -> Line:
    """Reads one line.

    Raises:
        InputError: If it is no JSON, breaks the schema, or its id is not the digest of the rest.
    """
    try:
        return Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = first["msg"].removeprefix("Value error, ")
        raise InputError(reason, name, json_path(first["loc"]) or None) from None


def append(path: Path, entry: Line) -> None:
    """Appends a line, whole or not at all: one write at the file's end, which other writers cannot split.

    Raises:
        InputError: If the file cannot be written, or holds the line already.
    """
    if any(known.id == entry.id for known in read(path)):
        raise InputError(f"holds the line {entry.id} already", path)
    data = (dumps(entry) + "\n").encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", path) from None
    try:
        os.write(handle, data)
    finally:
        os.close(handle)


def read(path: Path) -> list[Line]:
    """All lines, in the order of the file; none where there is no ledger.

    Raises:
        InputError: If a line breaks the schema; names it.
    """
    if not path.is_file():
        return []
    lines = path.read_bytes().splitlines()
    return [loads(text, f"{path}:{number}") for number, text in enumerate(lines, 1) if text.strip()]


def as_submitted(entry: Line) -> Line:
    """A line from elsewhere as it is appended here: marked as submitted, and not accepted."""
    return Line(**{**entry.model_dump(), "id": "", "submitted": True, "accepted": False})


def last_accepted(path: Path, benchmark: str) -> Line | None:
    """The newest accepted line of a benchmark; None if there is none."""
    accepted = [entry for entry in read(path) if entry.benchmark == benchmark and entry.accepted]
    return max(accepted, key=lambda entry: entry.time, default=None)


def find(path: Path, which: str) -> Line:
    """The line whose id begins with `which`, or the newest of a benchmark of that name.

    Raises:
        InputError: If there is none, or several ids begin so.
    """
    lines = read(path)
    named = [entry for entry in lines if entry.benchmark == which]
    found = (
        [entry for entry in lines if entry.id.startswith(which)] if not named else [max(named, key=lambda e: e.time)]
    )
    if len(found) != 1:
        raise InputError(f"{'no line' if not found else 'more than one line'} is {which!r}", path)
    return found[0]


def _digest(entry: Line) -> str:
    content: dict[str, Any] = entry.model_dump(mode="json", exclude={"id"}, exclude_defaults=True)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
