"""The verb `convert`: documents in the formats of other tools, and back from brat's."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, project_of, refuse_unsound
from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import Ontology


def add_verbs(verbs: Any) -> None:
    """Declares the verb."""
    convert = add_verb(
        verbs,
        "convert",
        _convert,
        "writes documents in the formats of other tools, and reads them back from brat's",
        """khabar convert brat --out brat/                             # .txt, .ann and annotation.conf: nothing is lost
        khabar convert brat --back brat/ --out corrected/           # what was corrected in brat, as documents
        khabar convert conll runs/tagged --out conll/               # IOB2, a layer a file: no links, values, overlaps
        khabar convert textee --out textee/                         # JSON lines: events alone, no attributions""",
    )
    convert.add_argument("format", choices=["brat", "conll", "textee"], help="whose format")
    convert.add_argument("documents", nargs="*", type=Path, metavar="PATH", help="documents (else: corpus/gold)")
    convert.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")
    convert.add_argument(
        "--back", type=Path, metavar="DIR", help="read this folder of brat's, made of the same documents, instead"
    )


def _convert(options: argparse.Namespace) -> int:
    from khabar.corpus.checks import check_documents
    from khabar.corpus.store import read_documents, write_atomic, write_document

    project = project_of(options)
    documents = read_documents(options.documents or [project.gold])
    if options.back is not None:
        if options.format != "brat":
            raise InputError("--back reads brat's files; the other formats do not hold a whole document")
        made = [_back(document, options.back, project.ontology) for document in documents]
        refuse_unsound(check_documents(made, project.ontology))
        for document in made:
            print(write_document(document, options.out))
        return 0
    files = _files(options.format, documents, project.ontology)
    for name, text in files.items():
        there = options.out / name
        if name.endswith(".ann") and there.is_file() and there.read_bytes() != text.encode():
            reason = "holds another annotation, which would be lost; read it with --back, or name another folder"
            raise InputError(reason, there)
    for name, text in files.items():
        write_atomic(options.out / name, text)
    print(options.out)
    return 0


def _files(format: str, documents: Sequence[Document], ontology: Ontology) -> Mapping[str, str]:
    from khabar.corpus.convert import brat, conll, textee

    if format == "conll":
        return {f"{layer}.conll": conll.conll(documents, ontology, layer) for layer in conll.LAYERS}
    if format == "textee":
        return {"documents.jsonl": textee.textee(documents)}
    texts = {f"{document.id}.txt": document.text for document in documents}
    return texts | {f"{d.id}.ann": brat.brat(d, ontology) for d in documents} | {
        "annotation.conf": brat.annotation_conf(ontology)
    }  # fmt: skip


def _back(document: Document, folder: Path, ontology: Ontology) -> Document:
    from khabar.corpus.convert.brat import read_brat
    from khabar.corpus.store import decode_text

    text, ann = folder / f"{document.id}.txt", folder / f"{document.id}.ann"
    for file in (text, ann):
        if not file.is_file():
            raise InputError("does not exist; `khabar convert brat` makes it", file)
    if decode_text(text.read_bytes(), text) != document.text:
        raise InputError(f"is not the text of {document.id}: offsets would be off", text)
    try:
        return read_brat(document, decode_text(ann.read_bytes(), ann), ontology)
    except InputError as error:
        raise InputError(error.reason, ann, error.place) from None
