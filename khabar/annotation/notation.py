"""Annotation as plain text: what an annotator writes without a browser, and what a reviewer reads line by line.

```
document zummar-alhurra
s1 قال مصدران أمنيان عراقيان لرويترز إن خمسة صواريخ أطلقت من بلدة زمار العراقية.
e1 أطلقت Attack @zummar-rockets
  Instrument: خمسة صواريخ
  Origin: بلدة زمار العراقية
a1 قال > e1
  source: مصدران أمنيان عراقيان
  channel: لرويترز
s2 وأضافا أن الهجوم لم يسفر عن إصابات.
e2 إصابات Injure Negative
a2 وأضافا > e2
  source s1: مصدران أمنيان عراقيان
```

A line `sN` shows a sentence, and what follows it stands in that sentence. Labels that are the ontology's unmarked ones
(`Positive`, `Actual`, `Asserts`) are left out. A phrase is written as it stands; where it stands more than once in its
sentence, `#2` names the second place. A mention of a source in another sentence names that sentence. `-` is a cue that
has no word. A line that begins with `//` is a remark. `cut وذكر|الجيش` cuts a word that a typing error fused with the
next. Scores are not written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

from khabar.arabic import tokens
from khabar.document import Argument, Attribution, Document, Event, Extent, Sentence, Span
from khabar.errors import InputError
from khabar.ontology import Ontology

_PLACE = regex.compile(r"#(\d+)$")
_MENTION = regex.compile(r"  +(\w+)(?: s(\d+))?: (.+)")
_MENTIONS = {"source": "sources", "channel": "channels"}
_NO_CUE = "-"


def write_notation(document: Document, ontology: Ontology) -> str:
    """Writes a document's annotation as plain text.

    Args:
        document: A document that `khabar check` finds no error in.
        ontology: Its labels.

    Raises:
        InputError: If a span does not begin and end with tokens of one sentence; names the span's offset.
    """
    document = document.renumbered()
    places = [_Places(document, sentence, document.cuts) for sentence in document.sentences]
    lines = [f"document {document.id}"]
    for number, sentence in enumerate(document.sentences, 1):
        here = places[number - 1]
        lines.append(f"s{number} {document.text[sentence.start : sentence.end]}")
        lines += [f"cut {cut}" for cut in here.cut_words(document.cuts)]
        for event in document.events:
            if document.sentence_at(event.trigger.start) == number - 1:
                labels = [
                    event.type,
                    *_marked(event.polarity, ontology.polarity),
                    *_marked(event.realis, ontology.realis),
                ]
                cluster = [f"@{event.cluster}"] if event.cluster else []
                lines.append(" ".join([event.id, here.name(event.trigger), *labels, *cluster]))
                lines += [f"  {argument.role}: {here.name(argument)}" for argument in event.arguments]
        for attribution in document.attributions:
            if document.sentence_at(attribution.anchor.start) == number - 1:
                lines += _attribution_lines(document, attribution, number, places, ontology)
    return "\n".join(lines) + "\n"


def read_notation(text: str, document: Document, ontology: Ontology, name: str | None = None) -> Document:
    """Reads an annotation that was written as plain text.

    Args:
        text: The notation; it may leave out sentences in which nothing is annotated.
        document: The document that it annotates; its own annotation is left aside.
        ontology: The labels.
        name: What to call the notation in an error, usually its file.

    Returns:
        The document with this annotation, renumbered by position.

    Raises:
        InputError: If a line cannot be understood, or a phrase does not stand where it should; names the line.
    """
    reader = _Reader(document.without_annotation(), ontology, name)
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.startswith("//"):
            reader.take(number, line)
    return reader.document()


class _Places:
    """Where phrases stand in one sentence: at tokens, and no others."""

    def __init__(self, document: Document, sentence: Sentence, cuts: Sequence[int]):
        self.text, self.sentence = document.text, sentence
        found = tokens(document.text, cuts, sentence.start, sentence.end)
        self.starts = [token.start for token in found]
        self.ends = {token.end for token in found}

    def of(self, phrase: str) -> list[Extent]:
        """All places of a phrase, in order."""
        found = (Extent(start, start + len(phrase)) for start in self.starts if self.text.startswith(phrase, start))
        return [place for place in found if place.end in self.ends]

    def name(self, span: Span | Argument) -> str:
        """A phrase as it is written: with the number of its place where that is not plain."""
        places = self.of(span.text)
        if span.extent not in places:
            raise InputError("a span does not begin and end with tokens of its sentence", None, f"offset {span.start}")
        plain = len(places) == 1 and not _PLACE.search(span.text) and span.text != _NO_CUE
        return span.text if plain else f"{span.text}#{places.index(span.extent) + 1}"

    def cut_words(self, cuts: Sequence[int]) -> list[str]:
        """The words of this sentence that are cut, each with a bar where it is."""
        whole = tokens(self.text, (), self.sentence.start, self.sentence.end)
        return [
            f"{self.text[word.start : cut]}|{self.text[cut : word.end]}"
            for cut in cuts
            for word in whole
            if word.start < cut < word.end
        ]


def _marked(value: str, values: Sequence[str]) -> list[str]:
    """A label, unless it is the unmarked one."""
    return [] if value == values[0] else [value]


def _attribution_lines(
    document: Document, attribution: Attribution, number: int, places: Sequence[_Places], ontology: Ontology
) -> list[str]:
    cue = _NO_CUE if attribution.cue is None else places[number - 1].name(attribution.cue)
    labels = [
        *_marked(attribution.stance, ontology.attribution.stance),
        *_marked(attribution.polarity, ontology.attribution.polarity),
    ]
    covered = [">", *attribution.events] if attribution.events else []
    lines = [" ".join([attribution.id, cue, *labels, *covered])]
    for kind, attribute in _MENTIONS.items():
        for span in getattr(attribution, attribute):
            there = document.sentence_at(span.start)
            if there is None:
                raise InputError("a span stands in no sentence", None, f"offset {span.start}")
            sentence = "" if there == number - 1 else f" s{there + 1}"
            lines.append(f"  {kind}{sentence}: {places[there].name(span)}")
    return lines


@dataclass
class _Open:
    """An event or an attribution whose lines are being read."""

    line: int
    kind: type[Event] | type[Attribution]
    values: dict[str, Any]
    mentions: list[tuple[str, Span]] = field(default_factory=list)


class _Reader:
    """Takes the lines of a notation one after another."""

    def __init__(self, document: Document, ontology: Ontology, name: str | None):
        self.text, self.ontology, self.name = document, ontology, name
        self.here = -1
        self.cuts = list(document.cuts)
        self.items: list[_Open] = []

    def take(self, number: int, line: str) -> None:
        """Takes one line that is not blank."""
        first = line.split(maxsplit=1)[0]
        if line[0] == " ":
            self._mention(number, line)
        elif first == "document":
            if line.split() != ["document", self.text.id]:
                raise self._error(number, f"annotates {line[9:].strip()}, not {self.text.id}")
        elif first == "cut":
            self._cut(number, line)
        elif regex.fullmatch(r"s\d+", first):
            self._sentence(number, int(first[1:]), line[len(first) + 1 :])
        elif regex.fullmatch(r"[ea][\w.-]*", first):
            self._item(number, line.split())
        else:
            raise self._error(number, f"begins with {first!r}, not with sN, eN, aN, `cut` or two spaces")

    def document(self) -> Document:
        """The document with everything that was taken."""
        names = [item.values["id"] for item in self.items]
        events, attributions = [], []
        for item in self.items:
            if names.count(item.values["id"]) > 1:
                raise self._error(item.line, f"{item.values['id']} stands twice")
            if item.kind is Event:
                arguments = tuple(Argument(role=role, **span.model_dump()) for role, span in item.mentions)
                events.append(Event(**item.values, arguments=arguments))
                continue
            if missing := [e for e in item.values["events"] if not (e[0] == "e" and e in names)]:
                raise self._error(item.line, f"covers {missing[0]}, and no event is called so")
            spans: dict[str, Any] = {
                attribute: tuple(span for what, span in item.mentions if what == kind)
                for kind, attribute in _MENTIONS.items()
            }
            attributions.append(Attribution(**item.values, **spans))
        meta = dict(self.text.meta or {}) | ({"cuts": sorted(self.cuts)} if self.cuts else {})
        annotated = {"events": tuple(events), "attributions": tuple(attributions), "meta": meta or None}
        fields = {key: getattr(self.text, key) for key in Document.model_fields}
        return Document(**fields | annotated).renumbered()

    def _sentence(self, number: int, which: int, shown: str) -> None:
        if not 1 <= which <= len(self.text.sentences):
            raise self._error(number, f"there are {len(self.text.sentences)} sentences, and no s{which}")
        sentence = self.text.sentences[which - 1]
        if shown.strip() and shown != self.text.text[sentence.start : sentence.end]:
            raise self._error(number, f"s{which} is another sentence than the document's")
        self.here = which - 1

    def _cut(self, number: int, line: str) -> None:
        left, bar, right = line[4:].strip().partition("|")
        places = self._places(number).of(left + right) if left and bar and right else []
        if len(places) != 1:
            raise self._error(number, "names no word, cut by one bar, that stands once in its sentence")
        self.cuts = sorted({*self.cuts, places[0].start + len(left)})

    def _item(self, number: int, words: list[str]) -> None:
        own, arrow, covered = _split(words, ">", 2)
        if len(own) < 2:
            raise self._error(number, f"{own[0]} names no word of the sentence")
        where = None if own[1] == _NO_CUE and own[0][0] == "a" else self._span(number, own[1], self.here)
        rest, layer = own[2:], self.ontology.attribution
        if own[0][0] == "a":
            values: dict[str, Any] = {"id": own[0], "cue": where, "events": tuple(covered)}
            values["stance"] = _taken(rest, layer.stance)
            values["polarity"] = _taken(rest, layer.polarity)
        else:
            if arrow:
                raise self._error(number, "an event covers nothing; only attributions have `>`")
            if not rest or rest[0] not in self.ontology.types:
                raise self._error(
                    number, f"{own[0]} needs an event type after its trigger: {', '.join(self.ontology.types)}"
                )
            values = {"id": own[0], "type": rest.pop(0), "trigger": where}
            values["polarity"] = _taken(rest, self.ontology.polarity)
            values["realis"] = _taken(rest, self.ontology.realis)
            values["cluster"] = next(
                (rest.pop(i)[1:] for i, word in enumerate(rest) if word[0] == "@" and word[1:]), None
            )
        if rest:
            raise self._error(number, f"does not know the label {rest[0]!r}")
        self.items.append(_Open(number, Event if own[0][0] == "e" else Attribution, values))

    def _mention(self, number: int, line: str) -> None:
        match = _MENTION.fullmatch(line)
        if match is None or not self.items:
            raise self._error(
                number, "is no `Role: phrase`, `source: phrase` or `channel: phrase` under an event or attribution"
            )
        what, sentence, phrase = match.groups()
        item = self.items[-1]
        known = self.ontology.roles if item.kind is Event else tuple(_MENTIONS)
        if what not in known:
            raise self._error(number, f"{what!r} is none of {', '.join(known)}")
        if sentence and item.kind is Event:
            raise self._error(number, "an argument stands in its trigger's sentence")
        item.mentions.append((what, self._span(number, phrase, int(sentence) - 1 if sentence else self.here)))

    def _span(self, number: int, phrase: str, sentence: int) -> Span:
        match = _PLACE.search(phrase)
        which = int(match[1]) if match else None
        bare = phrase[: match.start()] if match else phrase
        places = self._places(number, sentence).of(bare)
        if not places:
            raise self._error(number, f"{bare!r} does not stand in s{sentence + 1} as whole words")
        if which is None and len(places) > 1:
            raise self._error(number, f"{bare!r} stands {len(places)} times in s{sentence + 1}; write {bare}#1, #2, …")
        if which is not None and not 1 <= which <= len(places):
            raise self._error(
                number, f"{bare!r} stands {len(places)} times in s{sentence + 1}, so there is no #{which}"
            )
        return self.text.span(*places[(which or 1) - 1])

    def _places(self, number: int, sentence: int | None = None) -> _Places:
        which = self.here if sentence is None else sentence
        if not 0 <= which < len(self.text.sentences):
            raise self._error(number, "stands under no sentence; write its sN first")
        return _Places(self.text, self.text.sentences[which], self.cuts)

    def _error(self, number: int, reason: str) -> InputError:
        return InputError(reason, self.name, f"line {number}")


def _split(words: list[str], mark: str, start: int) -> tuple[list[str], bool, list[str]]:
    """Words before a mark that stands at `start` or later, whether it is there, words after it."""
    i = words.index(mark, start) if mark in words[start:] else len(words)
    return words[:i], i < len(words), words[i + 1 :]


def _taken(labels: list[str], values: Sequence[str]) -> str:
    """Takes the label that is one of `values` out of `labels`; the unmarked value if there is none."""
    found = next((label for label in labels if label in values), None)
    if found is None:
        return values[0]
    labels.remove(found)
    return found
