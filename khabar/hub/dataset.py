"""The published dataset as files: Parquet in the Hub's layout, card, datasheet, ontology and licence.

Configs: `tokens` (the default), `documents`, `events`, `attributions`, and `authored` where the project has invented
documents. In two layouts: with the articles' text, or stand-off, without a word of it (then without `tokens`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from khabar.corpus.convert.rows import Row, attribution_rows, document_row, event_rows, token_rows
from khabar.corpus.convert.standoff import standoff_row, without_words
from khabar.corpus.folds import load_folds, select
from khabar.corpus.store import Project, read_documents, write_atomic
from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import Ontology

Files = Mapping[str, bytes]
"""What is published: contents by path, with `/`."""

CONFIGS = ("tokens", "documents", "events", "attributions")
"""The configs of every dataset, the default first."""

STANDOFF_CONFIGS = ("events", "attributions", "documents")
"""The configs of a dataset without the articles' text: tokens are words, so there are none."""

Layout = Literal["full", "standoff"]
LAYOUTS: Mapping[Layout, str] = {
    "full": "with the text of the articles, which belongs to its publishers: who passes it on must judge if they may",
    "standoff": "offsets, hashes, sources, no word of the articles: `khabar rehydrate` puts a reader's own copies in",
}
"""What each layout is."""

SPLITS = ("train", "validation", "test")
AUTHORED = "authored"
"""The config of invented documents."""

OURS = re.compile(r"(tokens|documents|events|attributions|authored)/\w+-\d{5}-of-\d{5}\.parquet")
"""Paths that an earlier publication may have left, and that go when a new one lacks them."""


@dataclass(frozen=True)
class Material:
    """What is published.

    Attributes:
        ontology: The labels.
        splits: Documents of each split; none is empty.
        authored: Invented documents, which are only trained on.
    """

    ontology: Ontology
    splits: Mapping[str, Sequence[Document]]
    authored: Sequence[Document] = ()


@dataclass(frozen=True)
class Table:
    """One Parquet file.

    Attributes:
        config: Its config.
        split: Its split.
        rows: Number of rows.
        data: The file.
        features: Its features, as a card's `dataset_info` tells them.
    """

    config: str
    split: str
    rows: int
    data: bytes
    features: list[dict[str, Any]]

    @property
    def path(self) -> str:
        """Where it stands, as the Hub lays datasets out."""
        return f"{self.config}/{self.split}-00000-of-00001.parquet"


def material_of(project: Project) -> Material:
    """A project's documents by split, and the invented ones of `corpus/authored`.

    Raises:
        InputError: If a document is in no split, or an invented one is not marked as such.
    """
    documents = project.gold_documents()
    splits = load_folds(project.folds).splits
    placed = {name for ids in splits.values() for name in ids}
    if missing := [d.id for d in documents if d.id not in placed]:
        raise InputError(f"{missing[0]} is in none of the splits; name it under `splits`", project.folds)
    folder = project.root / "corpus" / AUTHORED
    authored = read_documents([folder]) if folder.is_dir() and any(folder.glob("*.json*")) else []
    if known := {d.id for d in documents} & {d.id for d in authored}:
        raise InputError(f"{min(known)} stands in corpus/gold too; give it another id", folder)
    for document in authored:
        if (document.meta or {}).get("origin") != AUTHORED:
            raise InputError('is not marked as invented; write "meta": {"origin": "authored"}', folder, document.id)
    chosen = {name: select(documents, splits[name]) for name in SPLITS if splits.get(name)}
    return Material(project.ontology, chosen, authored)


def tables(material: Material, layout: Layout = "full") -> list[Table]:
    """All Parquet files, by config and split; invented documents have their text in either layout."""
    made = [
        _table(config, split, documents, material.ontology, layout)
        for config in configs_of(layout)
        for split, documents in material.splits.items()
    ]
    if material.authored:
        made.append(_table(AUTHORED, "train", material.authored, material.ontology, "full"))
    return made


def configs_of(layout: Layout) -> tuple[str, ...]:
    """The configs of a layout, the default first."""
    return CONFIGS if layout == "full" else STANDOFF_CONFIGS


def write_files(files: Files, folder: Path) -> None:
    """Writes files into a folder, each atomically; what an earlier publication left there and this one lacks goes.

    Raises:
        InputError: If the folder holds anything else.
    """
    there = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()] if folder.is_dir() else []
    if foreign := sorted(p for p in there if p not in files and not OURS.fullmatch(p)):
        raise InputError(f"holds {foreign[0]}, which is no part of the dataset; name another folder", folder)
    if any(p.startswith("tokens/") for p in there) != any(p.startswith("tokens/") for p in files) and there:
        reason = "holds the other layout (with, or without the articles' text); name another folder"
        raise InputError(reason, folder)
    for path, data in files.items():
        write_atomic(folder / path, data)
    for path in set(there) - set(files):
        (folder / path).unlink()


def _table(config: str, split: str, documents: Sequence[Document], ontology: Ontology, layout: Layout) -> Table:
    from khabar.corpus.convert.features import features_of, parquet  # imports datasets

    shape, standoff = "documents" if config == AUTHORED else config, layout == "standoff"
    features = features_of(shape, ontology, standoff)
    rows = [row for document in documents for row in _rows(shape, document, ontology, standoff)]
    return Table(config, split, len(rows), parquet(rows, features), features._to_yaml_list())


def _rows(config: str, document: Document, ontology: Ontology, standoff: bool) -> list[Row]:
    if config == "documents":
        return [standoff_row(document) if standoff else document_row(document)]
    if config == "tokens":
        return list(token_rows(document, ontology))
    rows = list(event_rows(document) if config == "events" else attribution_rows(document))
    return [without_words(row) for row in rows] if standoff else rows
