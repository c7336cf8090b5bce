"""Agreement between annotators: both passes of a round against each other and against the gold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from khabar.annotation.agreement import CHOSEN, FOUND, Agreement, agreement, first_pair
from khabar.corpus.store import Project
from khabar.document import Document


@dataclass(frozen=True)
class Measure:
    """One measure of one pair of passes.

    Attributes:
        shown: F1 in percent or kappa; a dash where kappa is not defined.
        share: From 0 to 1, for a bar: F1, or the share of the same label.
        detail: The counts behind it.
    """

    shown: str
    share: float
    detail: str


@dataclass(frozen=True)
class Round:
    """A round of annotation.

    Attributes:
        name: The round's folder.
        documents: How many documents were annotated twice.
        decisions: Lines of the adjudication log.
        pairs: `A and B`, `A and gold`, `B and gold`.
        found: Layer, and F1 for each pair.
        chosen: Label, and kappa for each pair.
        by_document: Document, and F1 between the passes for each of `layers`.
        layers: The names of the columns of `by_document`.
    """

    name: str
    documents: int
    decisions: int
    pairs: tuple[str, ...]
    found: tuple[tuple[str, tuple[Measure, ...]], ...]
    chosen: tuple[tuple[str, tuple[Measure, ...]], ...]
    by_document: tuple[tuple[str, tuple[Measure, ...]], ...]
    layers: tuple[str, ...] = tuple(FOUND)


def rounds(project: Project, gold: Sequence[Document]) -> list[Round]:
    """Every round in which two annotators, A and B, worked on the same documents, the newest first.

    Raises:
        InputError: If a document of theirs cannot be read.
    """
    folders = sorted(project.rounds.glob("*/"), reverse=True)
    return [_round(folder, *pair, gold) for folder in folders if (pair := first_pair(project.passes(folder.name)))]


def _round(folder: Path, a: Sequence[Document], b: Sequence[Document], gold: Sequence[Document]) -> Round:
    ids = {document.id for document in a}
    ours = [document for document in gold if document.id in ids]
    compared = {"A and B": agreement(a, b)}
    if len(ours) == len(a):
        compared |= {"A and gold": agreement(a, ours), "B and gold": agreement(b, ours)}
    others = {document.id: document for document in b}
    log = folder / "adjudication.jsonl"
    return Round(
        name=folder.name,
        documents=len(a),
        decisions=len(log.read_text(encoding="utf-8").splitlines()) if log.is_file() else 0,
        pairs=tuple(compared),
        found=tuple((layer, tuple(_found(p, layer) for p in compared.values())) for layer in FOUND),
        chosen=tuple((label, tuple(_chosen(p, label) for p in compared.values())) for label in CHOSEN),
        by_document=tuple((d.id, tuple(_found(agreement([d], [others[d.id]]), layer) for layer in FOUND)) for d in a),
    )


def _found(pair: Agreement, layer: str) -> Measure:
    found = pair.found[layer]
    return Measure(f"{100 * found.f1:.1f}", found.f1, f"{found.a} and {found.b}, {found.both} the same")


def _chosen(pair: Agreement, label: str) -> Measure:
    chosen = pair.chosen[label]
    shown = "—" if chosen.kappa is None else f"{chosen.kappa:.2f}"
    return Measure(shown, chosen.observed, f"{100 * chosen.observed:.1f} % of {len(chosen.pairs)} the same")
