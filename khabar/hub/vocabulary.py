"""The Hugging Face Hub's vocabularies for a card's metadata, checked here: the clients let anything pass.

From the Hub's documentation of dataset and model cards (huggingface.co/docs/hub/datasets-cards, model-cards); only
what a corpus of this kind can need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import regex

from khabar.errors import InputError

LICENSES = frozenset(
    {
        *("apache-2.0", "mit", "gpl-3.0", "bsd-3-clause", "unknown", "other"),
        *("cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-4.0"),
        *("cc0-1.0", "odc-by", "odbl", "pddl"),
    }
)
"""Licences, of those that the Hub knows, that a corpus or model may have."""
_SETS: Mapping[str, frozenset[str]] = {
    "license": LICENSES,
    "task_categories": frozenset({"token-classification", "text-classification", "text-generation", "other"}),
    "annotations_creators": frozenset(
        {"crowdsourced", "found", "expert-generated", "machine-generated", "no-annotation"}
    ),
    "language_creators": frozenset({"crowdsourced", "found", "expert-generated", "machine-generated"}),
    "multilinguality": frozenset({"monolingual", "multilingual", "translation"}),
    "size_categories": frozenset(
        ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B"]
    ),
    "pipeline_tag": frozenset({"token-classification", "text-classification"}),
}
_SOURCES = regex.compile(r"original|extended(\|[\w.-]+)?")
_LANGUAGE = regex.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


def check_metadata(metadata: Mapping[str, Any], name: str = "card") -> None:
    """Refuses metadata that the Hub would refuse.

    Args:
        metadata: The card's YAML.
        name: What to call it in an error.

    Raises:
        InputError: If a value is in none of the Hub's vocabularies, or a licence that is `other` has no name.
    """
    for key, known in _SETS.items():
        for value in _listed(metadata.get(key)):
            if value not in known:
                raise InputError(f"{value!r} is not known to the Hub; it knows {', '.join(sorted(known))}", name, key)
    for value in _listed(metadata.get("language")):
        if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
            raise InputError(f"{value!r} is no language code (ISO 639), such as ar", name, "language")
    for value in _listed(metadata.get("source_datasets")):
        if not _SOURCES.fullmatch(str(value)):
            raise InputError(f"{value!r} is neither original nor extended|NAME", name, "source_datasets")
    if metadata.get("license") == "other" and not metadata.get("license_name"):
        raise InputError("a licence that is `other` needs license_name", name, "license")


def size_category(rows: int) -> str:
    """The Hub's name for a number of rows."""
    names = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M")
    return names[min(len(names) - 1, max(0, len(str(max(rows, 1))) - 3))]


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
