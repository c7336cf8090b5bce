"""Real place names in the stead of invented ones, in memory: so that the supplement reads more like news.

The supplement tells of countries and towns that do not exist, and whose names an encoder has never read. A document's
places are renamed, each name throughout the document, a demonym in all its forms; a country and its demonym are drawn
apart. Spans move along. No changed text is written to disk.
"""

from __future__ import annotations

import json
import random
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from khabar.document import Document, Extent
from khabar.errors import InputError
from khabar.training.recipe import Swap
from khabar.yaml_file import read_yaml

Names = Mapping[str, Sequence[str]]

_DEMONYMS = "demonyms"
_KINDS = ("countries", _DEMONYMS, "towns", "areas", "waters")
# Article, bare form and ending of gender and number; other forms (dual, accusative) are left alone.
_DEMONYM = re.compile(r"(ال)?(\w+ي)(ة|ه|ين|ون|ات)?")
_EDGE = r"[\w\u064B-\u0652]"


class _Change(NamedTuple):
    """A stretch of a text, and what takes its place."""

    start: int
    end: int
    text: str


def swapper(plan: Swap, roots: Sequence[Path], seed: int) -> Swapper:
    """Reads the two lists of names that a recipe's `swap` tells of.

    Args:
        plan: The recipe's.
        roots: Where its relative paths may stand, in this order.
        seed: Of the drawing.

    Raises:
        InputError: If a list is not there, or holds something else.
    """
    invented, real = (_names(path, roots) for path in (plan.invented, plan.real))
    return Swapper(invented, real, plan.share, seed)


class Swapper:
    """Renames the places of documents.

    Args:
        invented: Names by kind, as `corpus/authored/gazetteer.yaml` holds them.
        real: Likewise; demonyms bare and masculine.
        share: Part of the documents that is changed, 0 to 1.
        seed: Of the drawing; a document's names depend on it and on the document's id alone.
    """

    def __init__(self, invented: Names, real: Names, share: float, seed: int):
        self.real, self.share, self.seed = real, share, seed
        self.kinds = {
            name: kind
            for kind in _KINDS
            if real.get(kind)
            for name in invented.get(kind, ())
            if kind != _DEMONYMS or _DEMONYM.fullmatch(name)
        }
        # `للمدينة` is `ل` with `المدينة`.
        forms = {name: name for name in self.kinds}
        forms |= {"لل" + name[2:]: name for name in self.kinds if name.startswith("ال")}
        self.forms = forms
        longest_first = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self.pattern = re.compile(rf"(?<!{_EDGE})([وف]?[بلك]?)({longest_first})(?!{_EDGE})") if forms else None

    def __call__(self, document: Document) -> Document:
        """The document with other names, or as it was if it is not drawn or holds no such name."""
        draw = random.Random(f"{self.seed} {document.id}")
        if self.pattern is None or draw.random() >= self.share:
            return document
        names: dict[str, str] = {}
        bounds = sorted({bound for extent in _extents(document) for bound in extent} | set(document.cuts))
        changes = []
        for match in self.pattern.finditer(document.text):
            # A span that begins or ends inside a name would have no place in the new text.
            inside = bisect_right(bounds, match.start())
            if inside < len(bounds) and bounds[inside] < match.end():
                continue
            proclitic, form = match.groups()
            name = self.forms[form]
            article, bare, ending = "", name, ""
            if self.kinds[name] == _DEMONYMS and (parts := _DEMONYM.fullmatch(name)):
                article, bare, ending = parts.groups(default="")
            if bare not in names:
                names[bare] = draw.choice(self.real[self.kinds[name]])
            if form != name:
                proclitic += "ل"
            changes.append(_Change(match.start(), match.end(), _joined(proclitic, article + names[bare] + ending)))
        return _changed(document, changes)


def _joined(proclitic: str, name: str) -> str:
    if not proclitic.endswith("ل") or not name.startswith("ال"):
        return proclitic + name
    # The article loses its alef; before another ل it is gone: `ل` with `اللاذقية` is `للاذقية`.
    return proclitic + name[2:] if name.startswith("الل") else proclitic + name[1:]


def _extents(document: Document) -> list[Extent]:
    found = [sentence.extent for sentence in document.sentences]
    for event in document.events:
        found += [event.trigger.extent, *(argument.extent for argument in event.arguments)]
    for attribution in document.attributions:
        spans = (attribution.cue, *attribution.sources, *attribution.channels)
        found += [span.extent for span in spans if span is not None]
    return found


def _changed(document: Document, changes: Sequence[_Change]) -> Document:
    ends = [change.end for change in changes]
    grown = [0]
    parts, last = [], 0
    for change in changes:
        grown.append(grown[-1] + len(change.text) - (change.end - change.start))
        parts += [document.text[last : change.start], change.text]
        last = change.end
    text = "".join([*parts, document.text[last:]])

    def place(offset: int) -> int:
        return offset + grown[bisect_right(ends, offset)]

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            found = {key: moved(part) for key, part in value.items()}
            if "start" in found and "end" in found:
                found |= {"start": place(value["start"]), "end": place(value["end"])}
                if "text" in found:
                    found["text"] = text[found["start"] : found["end"]]
            return found
        return [moved(part) for part in value] if isinstance(value, list) else value

    data = moved(document.model_dump(mode="json"))
    if document.cuts:
        data["meta"]["cuts"] = [place(cut) for cut in document.cuts]
    if document.title is not None and document.text.startswith(document.title):
        data["title"] = text[: place(len(document.title))]
    return Document.model_validate_json(json.dumps({**data, "text": text}))


def _names(path: str, roots: Sequence[Path]) -> Names:
    for file in (root / path for root in roots):
        if file.is_file():
            return read_yaml(file, TypeAdapter(dict[str, list[str]]))
    raise InputError("there is no such list of names", path)
