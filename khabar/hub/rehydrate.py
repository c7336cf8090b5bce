"""A dataset without text, and a reader's own copies of the articles: the dataset with text.

Copies are cleaned as `khabar ingest` cleans them, and a document's text is recognised by its hash, whatever the file is
called. The Parquet files that come out are, byte for byte, those of the layout with text (but for what a document's
`meta` said in words, which a dataset without text does not have).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from khabar.arabic import sentences
from khabar.corpus.convert.features import read_parquet
from khabar.corpus.convert.rows import Row
from khabar.corpus.convert.standoff import difference, filled
from khabar.corpus.ingest import ingest
from khabar.corpus.store import files_of
from khabar.document import text_hash
from khabar.errors import InputError
from khabar.hub.croissant import FILE
from khabar.hub.dataset import AUTHORED, LAYOUTS, SPLITS, Material, tables
from khabar.hub.dataset_card import layout_metadata, page, rows_table
from khabar.ontology import load_ontology
from khabar.yaml_file import parse_yaml

_CARD, _CARD_OF_ORIGIN = "README.md", "STANDOFF.md"
_SHOWN = 40  # code points of a copy that a refusal shows


@dataclass(frozen=True)
class _Copy:
    """One article of the reader's."""

    file: Path
    sha256: str
    text: str


def rehydrated(dataset: Path, articles: Sequence[Path]) -> tuple[dict[str, bytes], list[str]]:
    """All files of the dataset with text.

    Args:
        dataset: A folder with the files of a dataset without text.
        articles: The reader's copies: files, and folders of them.

    Returns:
        Files by path, and a line for each document that cannot be rebuilt (then there are no files).

    Raises:
        InputError: If the folder holds no dataset without text, or a copy cannot be read.
    """
    metadata = _metadata(dataset)
    rows = {split: _rows(dataset / "documents", split) for split in SPLITS}
    rows = {split: found for split, found in rows.items() if found}
    if not rows or any("text_sha256" not in row for found in rows.values() for row in found):
        raise InputError("holds no dataset without text (`khabar publish dataset --text standoff` makes one)", dataset)
    copies = [copy for file in _files(articles) for copy in _copies(file)]
    every = [row for found in rows.values() for row in found]
    texts = _texts(every, copies)
    if refused := [_refusal(row, copies) for row in every if row["text_sha256"] not in texts]:
        return {}, refused
    ontology = load_ontology(dataset / "ontology.yaml")
    material = Material(
        ontology, {split: [filled(row, texts[row["text_sha256"]]) for row in found] for split, found in rows.items()}
    )
    made = tables(material)
    files = {one.path: one.data for one in made}
    layout = layout_metadata(made)
    if (kept := dataset / AUTHORED).is_dir():
        files |= {f"{AUTHORED}/{file.name}": file.read_bytes() for file in sorted(kept.glob("*.parquet"))}
        for key in ("configs", "dataset_info"):
            layout[key] += [config for config in metadata[key] if config["config_name"] == AUTHORED]
    # What describes the files without text describes these wrongly.
    kept_out = (_CARD, FILE)
    files |= {f.name: f.read_bytes() for f in sorted(dataset.iterdir()) if f.is_file() and f.name not in kept_out}
    files[_CARD_OF_ORIGIN] = (dataset / _CARD).read_bytes()
    name = metadata.get("pretty_name", dataset.name)
    sections = [
        f"# {name}, with text",
        f"Rebuilt from the dataset without text ([its card]({_CARD_OF_ORIGIN})) and copies of the articles; every hash "
        f"was verified. It is the layout {LAYOUTS['full']}.",
        f"## Configs and splits\n\n{rows_table(made)}",
    ]
    return files | {_CARD: page({"pretty_name": name, **layout}, sections).encode()}, []


def _metadata(dataset: Path) -> dict[str, Any]:
    try:
        front = (dataset / _CARD).read_text(encoding="utf-8").split("---\n")[1]
        found = parse_yaml(front)
        if isinstance(found, dict) and {"configs", "dataset_info"} <= found.keys():
            return found
    except (OSError, IndexError, UnicodeError, InputError):
        pass
    raise InputError(f"holds no dataset ({_CARD} with `configs` and `dataset_info`)", dataset)


def _rows(folder: Path, split: str) -> list[Row]:
    return [row for file in sorted(folder.glob(f"{split}-*.parquet")) for row in read_parquet(file.read_bytes())]


def _files(articles: Sequence[Path]) -> list[Path]:
    return files_of(articles, (".txt", ".html", ".htm"), "articles")


def _copies(file: Path) -> list[_Copy]:
    found = ingest(file, id="copy").documents
    return [_Copy(file, str(document.source.sha256), document.text) for document in found]


def _texts(rows: Sequence[Mapping[str, Any]], copies: Sequence[_Copy]) -> dict[str, str]:
    """The texts of documents by hash, as far as copies hold them: alone, or between lines that are no part of them."""
    wanted = {row["text_sha256"] for row in rows}
    lengths = {row["sentences"][-1]["end"] for row in rows if row["sentences"]}
    found: dict[str, str] = {}
    for copy in copies:
        starts = [0, *(i + 1 for i, character in enumerate(copy.text) if character == "\n")]
        for text in {copy.text, *(copy.text[i : i + length] for i in starts for length in lengths)}:
            if (digest := text_hash(text)) in wanted:
                found[digest] = text
    return found


def _refusal(row: Mapping[str, Any], copies: Sequence[_Copy]) -> str:
    """Why a document cannot be rebuilt, with the place in the copy that is most like it."""
    known = row["source"] or {}
    wanted = f"{known.get('file') or 'unnamed'}, sha256 {known.get('sha256') or 'unknown'}"
    closest = max(copies, key=lambda copy: _likeness(copy.text, row), default=None)
    if closest is None or not _likeness(closest.text, row):
        return f"{row['id']}: none of the copies holds it; it stood in {wanted}"
    found = difference(row, closest.text)
    assert found is not None
    where = f"sentence {found.sentence}" if found.sentence else "after the last sentence"
    reads = f" and reads {found.found[:_SHOWN]!r}" if found.found else ""
    return f"{row['id']}: {closest.file} differs from offset {found.start} ({where}){reads}; it stood in {wanted}"


def _likeness(text: str, row: Mapping[str, Any]) -> int:
    """How many of a document's sentences a text holds, wherever they stand."""
    held = {text_hash(text[s.start : s.end]) for s in sentences(text)}
    return sum(sentence["sha256"] in held for sentence in row["sentences"])
