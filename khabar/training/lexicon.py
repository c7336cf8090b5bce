"""The lexicon floor: words that were triggers in training are triggers, words that were cues are cues.

A model that does not beat it has learned nothing. It knows no arguments and no sources.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import regex

from khabar.arabic import is_word, normalise_word
from khabar.corpus.store import write_atomic
from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import Ontology
from khabar.training.encode import gold_mentions, with_sentences, words_of
from khabar.training.layers import Layers, Mention, layers_of
from khabar.training.link import link

FILE = "lexicon.json"
"""Name of the lexicon in a model folder."""

_ALEF = regex.compile("[أإآٱ]")
# One of each group, in this order: the conjunction, the preposition, the article (`لل` is a preposition and one).
_PROCLITICS = (("و", "ف"), ("ب", "ل"), ("ال", "ل"))
_STEM_LETTERS = 3
_REMEMBERED = 65_536  # words, some megabytes: more than a day's news has


@lru_cache(maxsize=_REMEMBERED)
def stem(word: str) -> str:
    """A word without what light stemming takes off.

    Harakat, tatweel, the forms of alef, and the proclitics و ف, ب ل, ال, as long as three letters are left: light
    stemming in the manner of Larkey et al. (2002), "Improving stemming for Arabic information retrieval", without
    the suffixes.
    """
    word = _ALEF.sub("ا", normalise_word(word))
    for group in _PROCLITICS:
        proclitic = next((p for p in group if word.startswith(p) and len(word) - len(p) >= _STEM_LETTERS), "")
        word = word[len(proclitic) :]
    return word


class Entry(NamedTuple):
    """What a stem is.

    Attributes:
        label: An event type, or the label of the cue.
        score: Share of the stem's occurrences in training that were triggers (cues).
    """

    label: str
    score: float


@dataclass(frozen=True)
class LexiconTagger:
    """Tags documents by a lexicon of stems.

    Attributes:
        ontology: The labels.
        triggers: What each stem triggers.
        cues: Which stems are cues.
    """

    ontology: Ontology
    triggers: dict[str, Entry]
    cues: dict[str, Entry]

    @classmethod
    def fit(cls, documents: Iterable[Document], ontology: Ontology, threshold: float = 0.5) -> LexiconTagger:
        """Reads a lexicon off annotated documents.

        Args:
            documents: To learn from.
            ontology: Their labels.
            threshold: A stem is a trigger (a cue) if it was one in at least this share of its occurrences.

        Raises:
            InputError: If a span is unsound (see `encode.gold_mentions`).
        """
        layers = layers_of(ontology)
        occurrences: Counter[str] = Counter()
        counters: list[defaultdict[str, Counter[str]]] = [defaultdict(Counter) for _ in layers]
        labels = Layers(*counters)
        for document in map(with_sentences, documents):
            words = words_of(document)
            mentions, _ = gold_mentions(document, words, layers)
            for inside, sentence in zip(words, mentions, strict=True):
                stems = [stem(document.text[word.start : word.end]) for word in inside]
                occurrences.update(stems)
                for seen, layer, spans in zip(labels, layers, sentence, strict=True):
                    for span in spans:
                        if span.label in layer.one_word:
                            seen[stems[span.start]][span.label] += 1

        def entries(seen: dict[str, Counter[str]], order: Sequence[str]) -> dict[str, Entry]:
            found = {}
            for word in sorted(seen):
                share = seen[word].total() / occurrences[word]
                if word and share >= threshold:
                    label = min(order, key=lambda label: (-seen[word][label], order.index(label)))
                    found[word] = Entry(label, round(share, 4))
            return found

        return cls(
            ontology,
            entries(labels.trigger, layers.trigger.labels),
            entries(labels.attribution, layers.attribution.labels),
        )

    def __call__(self, documents: Sequence[Document]) -> list[Document]:
        """Tags documents; see `stream`."""
        return list(self.stream(documents))

    def stream(
        self, documents: Iterable[Document], advance: Callable[[str], object] | None = None
    ) -> Iterator[Document]:
        """Tags documents one by one.

        Args:
            documents: Any documents; their own annotation is left out.
            advance: Called with each stretch of text that is done.
        """
        for document in map(with_sentences, documents):
            mentions = []
            for words in words_of(document):
                texts = [document.text[word.start : word.end] for word in words]
                stems = [stem(text) if is_word(text) else "" for text in texts]
                triggers, cues = (
                    [
                        Mention(lexicon[s].label, word.start, word.end, lexicon[s].score)
                        for s, word in zip(stems, words, strict=True)
                        if s in lexicon
                    ]
                    for lexicon in (self.triggers, self.cues)
                )
                mentions.append(Layers(triggers, [], cues))
            yield link(document, mentions, self.ontology)
            if advance is not None:
                advance(document.text)

    def save(self, folder: Path, provenance: dict[str, Any]) -> None:
        """Writes the lexicon to `folder/lexicon.json`, with what it was made from."""
        content = {
            "provenance": provenance,
            "ontology": self.ontology.model_dump(),
            "triggers": self.triggers,
            "cues": self.cues,
        }
        write_atomic(folder / FILE, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> LexiconTagger:
        """Reads a lexicon from a model folder.

        Raises:
            InputError: If the file is damaged.
        """
        path = folder / FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            ontology = Ontology.model_validate_json(json.dumps(content["ontology"]))
            triggers, cues = ({s: Entry(*e) for s, e in content[key].items()} for key in ("triggers", "cues"))
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", path) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError("is no lexicon, or a damaged one; train it again", path) from None
        return cls(ontology, triggers, cues)
