"""The dataset's Croissant description (version 1.1, with the vocabulary for responsible AI): `croissant.json`.

Tools read it to find files, fields and types without knowing the Hub (https://docs.mlcommons.org/croissant/docs/).
A record set a file (a config's split), a field a column. A column that holds structures (the arguments of an event, the
events of a document) gives a field for each of their parts, `arguments.role`: Croissant's reader takes no structure
whole. Lists inside such structures are left out (a document's events without their arguments, which the config `events`
has): it follows one list, not two. Class labels are numbers, and a field's description names them in order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from khabar.hub.dataset import Table

if TYPE_CHECKING:
    from khabar.hub.dataset_card import CardTexts

FILE = "croissant.json"
VERSION = "http://mlcommons.org/croissant/1.1"
_RAI = "http://mlcommons.org/croissant/RAI/1.0"
_TYPES = {"string": "sc:Text", "int32": "sc:Integer", "int64": "sc:Integer", "bool": "sc:Boolean"}
# Terms of Croissant's own namespace, and those that are not plain names in it.
_TERMS = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty"),
    *("fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5"),
    *("parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator"),
    *("source", "subField", "transform"),
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}


def croissant(texts: CardTexts, made: Sequence[Table], version: str, licence: str) -> bytes:
    """The description of published files.

    Args:
        texts: What the card says.
        made: The Parquet files.
        version: Of the corpus.
        licence: Of the whole, as the card tells it: its name, or an address.
    """
    responsible = {
        "rai:dataAnnotationProtocol": [texts.made],
        "rai:dataLimitations": texts.limits,
        "rai:dataUseCases": [f"Must not be used {texts.not_for}"],
        "rai:personalSensitiveInformation": [texts.personal] if texts.personal else None,
    }
    told = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [VERSION, _RAI],
        "name": texts.pretty_name,
        "description": texts.summary,
        "license": licence,
        "inLanguage": texts.language,
        "keywords": texts.tags,
        "version": ".".join([*version.split("."), "0", "0"][:3]),
        **{name: value for name, value in responsible.items() if value is not None},
        "distribution": [_file(one) for one in made],
        "recordSet": [_record_set(one) for one in made],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _file(one: Table) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": one.path,
        "name": one.path,
        "contentUrl": one.path,
        "contentSize": f"{len(one.data)} B",
        "encodingFormat": "application/x-parquet",
        "sha256": hashlib.sha256(one.data).hexdigest(),
    }


def _record_set(one: Table) -> dict[str, Any]:
    name = f"{one.config}-{one.split}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"Config `{one.config}`, split `{one.split}`: {one.rows} rows.",
        "field": [field for column in one.features for field in _fields(column, one, name)],
    }


def _fields(column: Mapping[str, Any], one: Table, record_set: str) -> Iterator[dict[str, Any]]:
    """A column, from what the card's `dataset_info` tells of it; a structure gives a field for each of its parts."""
    listed = "list" in column
    for path, kind in _leaves(column["list"] if listed else column.get("struct", column.get("dtype"))):
        name = ".".join((column["name"], *path))
        labels = kind["class_label"]["names"] if isinstance(kind, dict) and "class_label" in kind else {}
        field = {
            "@type": "cr:Field",
            "@id": f"{record_set}/{name}",
            "name": name,
            "dataType": "sc:Integer" if labels else _TYPES[kind],
            "source": {
                "fileObject": {"@id": one.path},
                "extract": {"column": column["name"]},
                **({"transform": {"jsonPath": ".".join(path)}} if path else {}),
            },
        }
        if labels:
            field["description"] = "; ".join(f"{number} {label}" for number, label in labels.items())
        yield field | ({"isArray": True, "arrayShape": "-1"} if listed else {})


def _leaves(value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The parts of a column's values that are single values, by their path; lists inside are left out."""
    if not isinstance(value, list):
        yield (), value
        return
    for part in value:
        if "list" not in part:
            for path, kind in _leaves(part.get("struct", part.get("dtype"))):
                yield (part["name"], *path), kind
