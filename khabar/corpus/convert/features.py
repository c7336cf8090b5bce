"""The types of the published rows, for `datasets`: label sets as `ClassLabel`, offsets as int32; and Parquet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow.parquet as pq
from datasets import ClassLabel, Dataset, Features, List, Value

from khabar.corpus.convert.rows import Row
from khabar.corpus.convert.standoff import WORDS
from khabar.ontology import Ontology

_TEXT, _NUMBER = Value("string"), Value("int32")
# What stands in a stand-off document's row in place of its words.
_PROOF = {
    "sentences": List({"start": _NUMBER, "end": _NUMBER, "sha256": _TEXT}),
    "title_end": _NUMBER,
    "text_sha256": _TEXT,
}


def features_of(config: str, ontology: Ontology, standoff: bool = False) -> Features:
    """The features of a config.

    Args:
        config: `tokens`, `documents`, `events` or `attributions`.
        ontology: Its labels.
        standoff: Of the rows without words (see `khabar.corpus.convert.standoff`).
    """
    labels = _Labels(ontology)
    made = {
        "tokens": labels.tokens,
        "documents": labels.documents,
        "events": labels.events,
        "attributions": labels.attributions,
    }[config]()
    if standoff:
        made = _without_words(made) | (_PROOF if config == "documents" else {})
    return Features(made)


def parquet(rows: Sequence[Row], features: Features) -> bytes:
    """Rows as a Parquet file that `datasets` loads with the same features."""
    encoded = [features.encode_example(row) for row in rows]
    columns = {name: [row[name] for row in encoded] for name in features}
    content = Dataset.from_dict(columns, features=features).data.table
    buffer = io.BytesIO()
    # What `to_parquet` writes, without its progress bar.
    pq.write_table(content.replace_schema_metadata(features.arrow_schema.metadata), buffer)
    return buffer.getvalue()


def read_parquet(data: bytes) -> list[Row]:
    """The rows of a Parquet file that `parquet` wrote, labels as strings."""
    content = pq.read_table(io.BytesIO(data))
    features = Features.from_arrow_schema(content.schema)
    return [{name: named(value, features[name]) for name, value in row.items()} for row in content.to_pylist()]


def named(value: Any, feature: Any) -> Any:
    """A value with its class labels as strings."""
    if value is None:
        return None
    if isinstance(feature, ClassLabel):
        return feature.int2str(value)
    if isinstance(feature, List):
        return [named(inner, feature.feature) for inner in value]
    if isinstance(feature, dict):
        return {name: named(value[name], inner) for name, inner in feature.items()}
    return value


def _without_words(feature: Any) -> Any:
    """`standoff.without_words`, for the types of rows."""
    if isinstance(feature, List):
        return List(_without_words(feature.feature))
    if isinstance(feature, dict):
        return {name: _without_words(inner) for name, inner in feature.items() if name not in WORDS}
    return feature


class _Labels:
    """The features of each config for one ontology."""

    def __init__(self, ontology: Ontology):
        self.type = ClassLabel(names=list(ontology.types))
        self.role = ClassLabel(names=list(ontology.roles))
        self.polarity = ClassLabel(names=list(ontology.polarity))
        self.realis = ClassLabel(names=list(ontology.realis))
        self.stance = ClassLabel(names=list(ontology.attribution.stance))
        self.said = ClassLabel(names=list(ontology.attribution.polarity))
        self.mentions = ontology.attribution.mentions
        self.span = {"start": _NUMBER, "end": _NUMBER, "text": _TEXT}
        self.argument = {"role": self.role, **self.span}

    def tokens(self) -> dict[str, Any]:
        def tags(names: Sequence[str]) -> List:
            return List(ClassLabel(names=["O", *(f"{part}-{name}" for name in names for part in "BI")]))

        return {
            "document": _TEXT,
            "story": _TEXT,
            "sentence": _NUMBER,
            "tokens": List(_TEXT),
            "starts": List(_NUMBER),
            "ends": List(_NUMBER),
            "trigger_tags": tags(self.type.names),
            "argument_tags": tags(self.role.names),
            "attribution_tags": tags(self.mentions),
            "lost": _NUMBER,
        }

    def documents(self) -> dict[str, Any]:
        event = {
            "id": _TEXT,
            "type": self.type,
            "trigger": self.span,
            "polarity": self.polarity,
            "realis": self.realis,
            "cluster": _TEXT,
            "arguments": List(self.argument),
        }
        attribution = {
            "id": _TEXT,
            "cue": self.span,
            "sources": List(self.span),
            "channels": List(self.span),
            "stance": self.stance,
            "polarity": self.said,
            "events": List(_TEXT),
        }
        return {
            "scheme": _NUMBER,
            "id": _TEXT,
            "title": _TEXT,
            "text": _TEXT,
            "language": _TEXT,
            "source": dict.fromkeys(("publisher", "file", "sha256", "published", "story"), _TEXT),
            "sentences": List({"start": _NUMBER, "end": _NUMBER}),
            "events": List(event),
            "attributions": List(attribution),
            "meta": _TEXT,
        }

    def _where(self) -> dict[str, Any]:
        return {
            "document": _TEXT,
            "story": _TEXT,
            "publisher": _TEXT,
            "sentence": _NUMBER,
            "sentence_start": _NUMBER,
            "sentence_end": _NUMBER,
            "sentence_text": _TEXT,
        }

    def events(self) -> dict[str, Any]:
        return {
            **self._where(),
            "id": _TEXT,
            "event_type": self.type,
            "trigger_text": _TEXT,
            "trigger_start": _NUMBER,
            "trigger_end": _NUMBER,
            "polarity": self.polarity,
            "realis": self.realis,
            "cluster": _TEXT,
            "attribution": _TEXT,
            "arguments": List(self.argument),
        }

    def attributions(self) -> dict[str, Any]:
        return {
            **self._where(),
            "id": _TEXT,
            "stance": self.stance,
            "polarity": self.said,
            "cue_text": _TEXT,
            "cue_start": _NUMBER,
            "cue_end": _NUMBER,
            "source_text": _TEXT,
            "channel_text": _TEXT,
            "sources": List(self.span),
            "channels": List(self.span),
            "events": List(_TEXT),
            "event_types": List(self.type),
        }
