"""CoNLL: a token and its IOB2 tag a line, one layer a file, blank lines between sentences.

What a layer is: `trigger` (event types), `argument` (roles of all events of a sentence) or `attribution` (cue, source,
channel). Lost: spans that overlap a longer one of their layer (see `khabar.corpus.iob`), which trigger an argument
belongs to, everything that links, and all values. `khabar.eval.conll` reads such a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from khabar.corpus.convert.rows import token_rows
from khabar.document import Document
from khabar.ontology import Ontology

Layer = Literal["trigger", "argument", "attribution"]
LAYERS: tuple[Layer, ...] = get_args(Layer)


def conll(documents: Iterable[Document], ontology: Ontology, layer: Layer) -> str:
    """Documents as one file; each begins with a line `-DOCSTART-` and `O`.

    Args:
        documents: Annotated documents.
        ontology: Their labels.
        layer: Which tags.
    """
    parts = []
    for document in documents:
        parts.append("-DOCSTART-\tO\n")
        for row in token_rows(document, ontology):
            lines = zip(row["tokens"], row[f"{layer}_tags"], strict=True)
            parts.append("".join(f"{token}\t{tag}\n" for token, tag in lines))
    return "\n".join(parts)
