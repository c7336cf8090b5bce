"""Folds by story: which documents are held out together, and how much text leaks between them all the same."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from khabar.corpus.copied import word_runs
from khabar.document import Document
from khabar.errors import InputError
from khabar.yaml_file import read_yaml


@dataclass(frozen=True)
class Fold:
    """One evaluation: some documents are tested, all others trained on.

    Attributes:
        name: The story held out.
        test: Ids of the documents that are tested.
        train: Ids of all other documents of the folds.
    """

    name: str
    test: tuple[str, ...]
    train: tuple[str, ...]


@dataclass(frozen=True)
class Folds:
    """How a corpus is divided.

    Attributes:
        folds: One a story.
        splits: Document ids of each split of the published dataset (`train`, `validation`, `test`).
    """

    folds: tuple[Fold, ...]
    splits: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Leak:
    """Text that stands on both sides of a fold.

    Attributes:
        fold: The fold's name.
        test: Id of a tested document.
        train: Id of a document that is trained on.
        shared: Number of different `RUN`-word runs that both hold.
        example: One of them.
    """

    fold: str
    test: str
    train: str
    shared: int
    example: str


class _FoldFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)
    name: str
    test: list[str]


class _FoldsFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)
    folds: list[_FoldFile]
    splits: dict[str, list[str]]


def load_folds(path: Path) -> Folds:
    """Reads `folds.yaml`.

    Raises:
        InputError: If it cannot be read or has a wrong shape; names the place.
    """
    content = read_yaml(path, _FoldsFile)
    everything = [document for fold in content.folds for document in fold.test]
    folds = tuple(
        Fold(fold.name, tuple(fold.test), tuple(d for d in everything if d not in fold.test)) for fold in content.folds
    )
    return Folds(folds, {name: tuple(ids) for name, ids in content.splits.items()})


def select(documents: Sequence[Document], ids: Sequence[str]) -> list[Document]:
    """The documents of these ids, in the order of `ids`.

    Raises:
        InputError: If one is not among `documents`.
    """
    by_id = {document.id: document for document in documents}
    if missing := [i for i in ids if i not in by_id]:
        raise InputError(f"the folds name the document {missing[0]}, which is not there")
    return [by_id[i] for i in ids]


def leakage(documents: Sequence[Document], folds: Folds) -> list[Leak]:
    """Every pair of documents on two sides of a fold that share runs of `RUN` words, most shared first.

    Words are compared normalised, without punctuation.
    """
    grams = {document.id: set(word_runs(document.text)) for document in documents}
    leaks = []
    for fold in folds.folds:
        for test, train in itertools.product(fold.test, fold.train):
            if shared := grams.get(test, set()) & grams.get(train, set()):
                leaks.append(Leak(fold.name, test, train, len(shared), " ".join(min(shared))))
    return sorted(leaks, key=lambda leak: (-leak.shared, leak.fold, leak.test, leak.train))
