"""Scores of predicted documents against gold ones: every metric, from counts per document to intervals.

Counts are kept per document because they add up: over the documents of a story, over the folds of a benchmark, over
seeds. `counts` makes them, `add` sums them, `summarise` turns them into scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from khabar.arabic import sentences
from khabar.corpus import items
from khabar.document import Document, Sentence
from khabar.errors import InputError
from khabar.eval import tags
from khabar.eval.counts import Counts
from khabar.eval.uncertainty import f1_intervals

KEYS = (*items.KEYS, *tags.KEYS)
"""All metrics, in the order in which they are shown."""

Run = Mapping[str, Mapping[str, Counts]]
"""By document id, then by metric: what one system with one seed got right on each document."""


@dataclass(frozen=True)
class Score(Counts):
    """One metric: its counts over all documents, and how far to trust its F1.

    Attributes:
        ci: 95 % interval of F1, 0 to 1; see `khabar.eval.uncertainty.f1_intervals`.
    """

    ci: tuple[float, float] = (0.0, 0.0)

    def to_json(self) -> dict[str, Any]:
        """As `Counts.to_json`, and `ci`."""
        return super().to_json() | {"ci": list(self.ci)}


@dataclass(frozen=True)
class Scores:
    """The scores of one or several runs over the same documents.

    Attributes:
        by_metric: One score for each of `KEYS`, in that order, pooled over runs and documents.
        runs: What they were made of.
    """

    by_metric: dict[str, Score]
    runs: tuple[Run, ...]

    def __getitem__(self, metric: str) -> Score:
        return self.by_metric[metric]

    @property
    def documents(self) -> int:
        """Number of documents."""
        return len(self.runs[0])

    def to_json(self) -> dict[str, dict[str, Any]]:
        """By metric: `precision`, `recall`, `f1`, `gold`, `predicted`, `correct`, `ci`; for tags also `lost`."""
        return {
            metric: score.to_json() | ({"lost": score.lost} if metric in tags.KEYS else {})
            for metric, score in self.by_metric.items()
        }


def score(gold: Sequence[Document], predicted: Sequence[Document], seed: int = 0) -> Scores:
    """Scores predicted documents against gold ones.

    Args:
        gold: Gold documents, in any order.
        predicted: Predictions on the same texts under the same ids, in any order.
        seed: Of the resampling that gives the intervals.

    Raises:
        InputError: If there is no document, an id stands twice, only one side has a document, or texts differ.
    """
    return summarise(count_documents(gold, predicted), seed=seed)


def count_documents(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, dict[str, Counts]]:
    """Counts every document of a run, by id; arguments and errors as in `score`."""
    return {document.id: counts(document, found) for document, found in pairs(gold, predicted)}


def pairs(gold: Sequence[Document], predicted: Sequence[Document]) -> list[tuple[Document, Document]]:
    """Each gold document as `comparable` gives it, with its prediction; arguments and errors as in `score`."""
    wanted, found = _by_id(gold, "gold"), _by_id(predicted, "predicted")
    if not wanted:
        raise InputError("there is no gold document to score against")
    for ids, reason in (
        (wanted.keys() - found.keys(), "has no prediction; predict it too, or leave it out of gold"),
        (found.keys() - wanted.keys(), "is predicted but not among the gold documents; take its prediction away"),
    ):
        if ids:
            more = f" (and {len(ids) - 1} more)" if len(ids) > 1 else ""
            raise InputError(reason + more, min(ids))
    return [(comparable(document, found[id_]), found[id_]) for id_, document in wanted.items()]


def comparable(gold: Document, predicted: Document) -> Document:
    """The gold document with sentences: its own, or where it has none, those that `khabar.arabic` sees.

    Raises:
        InputError: If the prediction is on another text.
    """
    if gold.text != predicted.text:
        both = zip(gold.text, predicted.text, strict=False)
        shorter = min(len(gold.text), len(predicted.text))
        offset = next((i for i, (a, b) in enumerate(both) if a != b), shorter)
        raise InputError(
            "gold and predicted text differ; predict on the gold text unchanged", gold.id, f"offset {offset}"
        )
    if gold.sentences:
        return gold
    found = tuple(Sentence(start=start, end=end) for start, end in sentences(gold.text))
    return gold.model_copy(update={"sentences": found})


def counts(gold: Document, predicted: Document) -> dict[str, Counts]:
    """Counts one document.

    Args:
        gold: The gold document. Its sentences and cuts count, also for the prediction; where it has no sentences, the
            text is split by `khabar.arabic.sentences`.
        predicted: A prediction on the same text. Its ids of events and attributions may be others.

    Returns:
        By metric, all of `KEYS` in that order.

    Raises:
        InputError: If the texts differ, or an attribution covers an event that its document does not hold.
    """
    gold = comparable(gold, predicted)
    wanted, said = items.items(gold, gold), items.items(predicted, gold)
    layers = tags.sequences(gold, predicted)
    return {key: Counts.of(wanted[key], said[key]) for key in items.KEYS} | {
        key: tags.tag_counts(layers[key]) for key in tags.KEYS
    }


def add(*tables: Mapping[str, Counts]) -> dict[str, Counts]:
    """Sums counts by metric, over documents, folds or seeds; all of `KEYS`, zero where nothing is given."""
    return {key: sum((table[key] for table in tables), Counts()) for key in KEYS}


def summarise(*runs: Run, seed: int = 0) -> Scores:
    """Turns counts by document into scores.

    Args:
        *runs: One or more, each with counts of the same documents: one a seed. The documents of one run may come
            from several folds. Counts are pooled over all runs, and the intervals resample documents and runs.
        seed: Of the resampling.

    Raises:
        ValueError: If there is no run or no document, or runs differ in their documents.
    """
    if not runs or not runs[0]:
        raise ValueError("there is nothing to summarise")
    ids = list(runs[0])
    if any(run.keys() != runs[0].keys() for run in runs):
        raise ValueError("runs differ in their documents")
    cells = [[[(c.gold, c.predicted, c.correct) for c in (run[i][k] for k in KEYS)] for i in ids] for run in runs]
    total = add(*(table for run in runs for table in run.values()))
    intervals = f1_intervals(np.array(cells, dtype=np.int64), seed)
    by_metric = {
        key: Score(c.gold, c.predicted, c.correct, c.lost, ci)
        for (key, c), ci in zip(total.items(), intervals, strict=True)
    }
    return Scores(by_metric, runs)


def _by_id(documents: Sequence[Document], side: str) -> dict[str, Document]:
    by_id: dict[str, Document] = {}
    for document in documents:
        if document.id in by_id:
            raise InputError(f"stands twice among the {side} documents; keep one", document.id)
        by_id[document.id] = document
    return by_id
