# mypy: untyped_calls_exclude=transformers

"""Tagging documents with the one-pass tagger: reading, deciding within what is licensed, building documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from khabar.document import Argument, Attribution, Document, Event, Extent, Span
from khabar.training.blocks import Reader, pairs_of, sentences_of, tensors_of, windows_of
from khabar.training.conditional import LINKS, VALUES, KhabarForEventExtraction
from khabar.training.decode import Floats, spans_of
from khabar.training.encode import Window, Windows, with_sentences, words_of
from khabar.training.layers import Layer, Mention
from khabar.training.lexical import LexicalKnowledge
from khabar.training.neural import in_batches, in_groups, load_model
from khabar.training.pairs import Pairs, argument_words
from khabar.training.structure import Structure, Trigger, labels_of

# Pairs that are scored at once: bounds memory in a document of any length.
_PAIRS = 65_536
_NEVER = np.float32(-1e9)
_SCORE_DIGITS = 4

Words = Sequence[Sequence[Extent]]


class _Found(NamedTuple):
    """What tagging found in a document, in words counted through."""

    triggers: list[Mention]
    cues: list[Mention]
    sources: list[Mention]
    channels: list[Mention]


class EventExtractor:
    """Tags documents with a one-pass tagger.

    Args:
        model: The model; it is put on a GPU where there is one.
        tokenizer: Its tokenizer.
    """

    def __init__(self, model: KhabarForEventExtraction, tokenizer: PreTrainedTokenizerBase):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.eval()  # type: ignore[no-untyped-call]
        self.model.to(self.device)
        config = model.config
        self.ontology = config.labels
        self.labels = labels_of(self.ontology)
        self.known = None if config.lexical is None else LexicalKnowledge.load(config.lexical)
        self.reader = Reader(Windows(tokenizer, config.window, config.stride), config.context)
        self.padding: int = tokenizer.pad_token_id
        self.licensed = np.stack([self._licensed(name) for name in self.ontology.types])

    @classmethod
    def load(cls, folder: Path) -> EventExtractor:
        """Reads a model folder.

        Raises:
            InputError: If its files do not make a model.
        """
        return cls(*load_model(KhabarForEventExtraction, folder))

    def __call__(self, documents: Sequence[Document]) -> list[Document]:
        """Tags documents; see `stream`."""
        return list(self.stream(documents))

    def stream(
        self, documents: Iterable[Document], advance: Callable[[str], object] | None = None
    ) -> Iterator[Document]:
        """Tags documents, several at once where they are short.

        Args:
            documents: Any documents; their own annotation is left out.
            advance: Called with each stretch of text that is done.
        """
        for group in in_groups(map(with_sentences, documents)):
            places = [words_of(document) for document in group]
            vectors, hints = self._read(group, places, advance)
            sentences = sentences_of([len(inside) for words in places for inside in words]).to(self.device)
            with torch.inference_mode():
                mixed = self.model.mix(vectors, sentences)
            for document, words in zip(group, places, strict=True):
                count = sum(map(len, words))
                yield self._tagged(document, words, vectors[:count], mixed[:count], hints[:count])
                vectors, mixed, hints = vectors[count:], mixed[count:], hints[count:]

    @torch.inference_mode()
    def _read(
        self, documents: Sequence[Document], places: Sequence[Words], advance: Callable[[str], object] | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Representations (words, width) of all words of the documents, and hints (words, types), each word's once."""
        windows: list[tuple[int, Window, Floats | None, str]] = []
        count = 0
        for document, words in zip(documents, places, strict=True):
            for number, inside in enumerate(words):
                reading = self.reader(document, words, number, self.known)
                for window in reading.windows:
                    last = window.first + len(window.positions)
                    lexical = None if reading.lexical is None else reading.lexical[window.first : last]
                    text = document.text[inside[window.first].start : inside[last - 1].end] if window.positions else ""
                    windows.append((count + window.first, window, lexical, text))
                count += len(inside)
        vectors = torch.zeros(count, self.model.encoder.config.hidden_size, device=self.device)
        hints = torch.zeros(count, len(self.ontology.types), device=self.device)
        for batch in in_batches(windows, lambda item: len(item[1].pieces), self.device):
            inputs = windows_of([window for _, window, _, _ in batch], self.padding)
            if self.known is not None:
                features = [lexical for _, _, lexical, _ in batch if lexical is not None]
                inputs["lexical"] = torch.from_numpy(np.concatenate(features))
            inputs = {name: tensor.to(self.device) for name, tensor in inputs.items()}
            rows = [row for first, window, _, _ in batch for row in range(first, first + len(window.positions))]
            places_read = torch.tensor(rows, device=self.device, dtype=torch.long)
            vectors[places_read] = self.model.read(**inputs).float()
            del inputs["attention_mask"]
            hints[places_read] = self.model.hint(**inputs).float()
            for *_, text in batch:
                if advance is not None and text:
                    advance(text)
        return vectors, hints

    def _tagged(
        self, document: Document, words: Words, vectors: torch.Tensor, mixed: torch.Tensor, hints: torch.Tensor
    ) -> Document:
        tags = self._tags(vectors, mixed, hints)
        found = self._found(document, words, tags)
        structure = Structure(
            [len(inside) for inside in words],
            [0] * len(words),
            [Trigger(m.start, self.labels.trigger.labels.index(m.label)) for m in found.triggers],
            [m.start for m in found.cues],
            [Extent(m.start, m.end) for m in found.sources],
            [Extent(m.start, m.end) for m in found.channels],
        )
        asked = {name: pairs_of(structure, name) for name in ("argument", *LINKS)}
        answers = self._answers(structure, asked, mixed)
        events = self._events(document, words, found, structure, asked["argument"], answers)
        attributions = self._attributions(document, words, found, asked, answers, events)
        # Built in order of position, so that the copy needs no sorting and no new ids.
        return document.model_copy(update={"events": tuple(events), "attributions": tuple(attributions)})

    @torch.inference_mode()
    def _tags(self, vectors: torch.Tensor, mixed: torch.Tensor, hints: torch.Tensor) -> dict[str, Floats]:
        logits = self.model.tag(vectors, mixed, hints)
        del logits["phrase"]  # it has said what it knows in the others
        return {name: tensor.float().cpu().numpy() for name, tensor in logits.items()}

    def _found(self, document: Document, words: Words, logits: dict[str, Floats]) -> _Found:
        layers = {layer.name: layer for layer in self.labels}
        mentions: dict[str, list[Mention]] = {name: [] for name in logits}
        start = 0
        for inside in words:
            for name, scores in logits.items():
                spans = spans_of(document.text, inside, scores[start : start + len(inside)], layers[name])
                mentions[name] += (m._replace(start=m.start + start, end=m.end + start) for m in spans)
            start += len(inside)
        source, channel = self.labels.speaker.labels
        speakers = mentions["speaker"]
        return _Found(
            mentions["trigger"],
            mentions["cue"],
            [m for m in speakers if m.label == source],
            [m for m in speakers if m.label == channel],
        )

    @torch.inference_mode()
    def _answers(self, structure: Structure, asked: dict[str, Pairs], mixed: torch.Tensor) -> dict[str, Floats]:
        """The logits of `KhabarForEventExtraction.ask`, asked a bounded number of pairs at a time."""
        parts: dict[str, list[Floats]] = {}
        longest = max(len(pairs.indices) for pairs in asked.values())
        for start in range(0, max(longest, 1), _PAIRS):
            some = {name: Pairs(*(part[start : start + _PAIRS] for part in pairs)) for name, pairs in asked.items()}
            tensors = {name: tensor.to(self.device) for name, tensor in tensors_of(structure, some).items()}
            for name, logits in self.model.ask(mixed, tensors).items():
                parts.setdefault(name, []).append(logits.float().cpu().numpy())
        # What is asked of every trigger and cue is answered each time: once is enough.
        return {name: logits[0] if name in VALUES else np.concatenate(logits) for name, logits in parts.items()}

    def _events(
        self,
        document: Document,
        words: Words,
        found: _Found,
        structure: Structure,
        pairs: Pairs,
        answers: dict[str, Floats],
    ) -> list[Event]:
        bounds = structure.bounds()
        flat = [word for inside in words for word in inside]
        polarity, realis = (answers[name].argmax(axis=1) for name in VALUES[:2])
        events = []
        row = 0
        for i, mention in enumerate(found.triggers):
            first, last = argument_words(bounds, mention.start)
            logits = answers["argument"][row : row + last - first]
            row += last - first
            logits = np.where(self.licensed[structure.triggers[i].type], logits, _NEVER)
            logits[mention.start - first, 1:] = _NEVER  # no argument holds its own trigger
            spans = spans_of(document.text, flat[first:last], logits, self.labels.argument)
            trigger = _span(document, flat, mention)
            arguments = (
                (m.label, _span(document, flat, m._replace(start=m.start + first, end=m.end + first))) for m in spans
            )
            events.append(
                Event(
                    id=f"e{i + 1}",
                    type=mention.label,
                    trigger=trigger,
                    polarity=self.ontology.polarity[polarity[i]],
                    realis=self.ontology.realis[realis[i]],
                    arguments=tuple(Argument(role=role, **span.model_dump()) for role, span in arguments),
                    score=trigger.score,
                )
            )
        return events

    def _attributions(
        self,
        document: Document,
        words: Words,
        found: _Found,
        asked: dict[str, Pairs],
        answers: dict[str, Floats],
        events: Sequence[Event],
    ) -> list[Attribution]:
        flat = [word for inside in words for word in inside]
        count = len(found.cues)
        sources = _resolved(asked["sources"], answers["sources"], count)
        channels, covered = (_linked(asked[name], answers[name], count) for name in LINKS[1:])
        _inherit(channels, sources, asked["sources"])
        stance, said = (answers[name].argmax(axis=1) for name in VALUES[2:])
        attributions = []
        for i, mention in enumerate(found.cues):
            cue = _span(document, flat, mention)
            attributions.append(
                Attribution(
                    id=f"a{i + 1}",
                    cue=cue,
                    sources=tuple(_span(document, flat, found.sources[j]) for j in sources[i]),
                    channels=tuple(_span(document, flat, found.channels[j]) for j in channels[i]),
                    stance=self.ontology.attribution.stance[stance[i]],
                    polarity=self.ontology.attribution.polarity[said[i]],
                    events=tuple(events[j].id for j in covered[i]),
                    score=cue.score,
                )
            )
        return attributions

    def _licensed(self, event_type: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        layer: Layer = self.labels.argument
        return np.array([tag == "O" or self.ontology.licenses(event_type, tag[2:]) for tag in layer.tags])


def _linked(pairs: Pairs, logits: Floats, cues: int) -> list[list[int]]:
    """What each cue is linked to, ascending: what is more probable than not.

    Args:
        pairs: The pairs that were asked about.
        logits: (pairs,).
        cues: How many cues there are.
    """
    linked: list[list[int]] = [[] for _ in range(cues)]
    for (i, j), logit in zip(pairs.indices.tolist(), logits.tolist(), strict=True):
        if logit > 0:
            linked[i].append(j)
    return linked


def _resolved(pairs: Pairs, logits: Floats, cues: int) -> list[list[int]]:
    """The sources of each cue: of its own sentence those that are probable, else the one most probable anywhere.

    Every attribution has a source, and only one whose subject is dropped has it in another sentence (scheme,
    section 4).
    """
    linked = _linked(pairs, np.where(pairs.home, logits, _NEVER), cues)
    best: dict[int, tuple[float, int]] = {}
    for (i, j), logit in zip(pairs.indices.tolist(), logits.tolist(), strict=True):
        best[i] = max(best.get(i, (logit, j)), (logit, j))
    return [some or ([best[i][1]] if i in best else []) for i, some in enumerate(linked)]


def _inherit(channels: list[list[int]], sources: Sequence[Sequence[int]], pairs: Pairs) -> None:
    """Gives a cue whose subject is dropped its speaker's channels: those of the last cue before that had the source."""
    home = {(i, j) for (i, j), here in zip(pairs.indices.tolist(), pairs.home.tolist(), strict=True) if here}
    carried: dict[int, list[int]] = {}
    for i, some in enumerate(sources):
        if not channels[i] and some and (i, some[0]) not in home:
            channels[i] = list(carried.get(some[0], []))
        for source in some:
            carried[source] = channels[i]


def _span(document: Document, words: Sequence[Extent], mention: Mention) -> Span:
    start, end = words[mention.start].start, words[mention.end - 1].end
    return Span(start=start, end=end, text=document.text[start:end], score=round(mention.score, _SCORE_DIGITS))
