"""How far written documents are from real news: a few measures side by side, and a classifier that tries to tell them.

The classifier is logistic regression on the words and word pairs of a sentence, by five-fold cross-validation over as
many sentences of each kind: at 50 % nobody could tell, at 100 % anybody.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import mean, median

from khabar.arabic import normalise_word, sentences, word_tokens
from khabar.document import Document
from khabar.errors import InputError

_FOLDS = 5
_WINDOW = 1000  # words over which distinct ones are counted: longer text has fewer new ones


@dataclass(frozen=True)
class Measures:
    """What is measured of some text.

    Attributes:
        sentences: How many it has.
        words: Median number of words a sentence.
        longest: Words of a sentence that nine in ten do not exceed.
        distinct: Share of distinct words in a thousand, the mean over stretches of the text.
        cues: Share of sentences with a word that was a cue in the documents.
    """

    sentences: int
    words: float
    longest: float
    distinct: float
    cues: float


@dataclass(frozen=True)
class Likeness:
    """Documents beside real news.

    Attributes:
        documents: Of the documents.
        news: Of the news.
        told_apart: Accuracy (0 to 1) of the classifier on sentences that it has not seen.
    """

    documents: Measures
    news: Measures
    told_apart: float


def likeness(documents: Sequence[Document], outlets: Sequence[Iterable[str]], seed: int = 0) -> Likeness:
    """Compares documents with texts of news.

    Args:
        documents: Annotated documents.
        outlets: News, the paragraphs of each outlet; of all as many sentences are read, and together as many as the
            documents have.
        seed: Of the order in which sentences are dealt to the folds.

    Raises:
        InputError: If there are fewer than five sentences on one side.
    """
    cues = {word for d in documents for a in d.attributions if a.cue is not None for word in _words(a.cue.text)}
    own = [_words(d.text[s.start : s.end]) for d in documents for s in d.sentences]
    share = -(-len(own) // max(1, len(outlets)))
    real = [
        line
        for texts in outlets
        for line in islice((_words(text[s.start : s.end]) for text in texts for s in sentences(text)), share)
    ]
    own, real = [line for line in own if line], [line for line in real if line]
    if min(len(own), len(real)) < _FOLDS:
        raise InputError(f"there are {len(own)} sentences and {len(real)} of news; {_FOLDS} of each are needed")
    return Likeness(_measures(own, cues), _measures(real, cues), _told_apart(own, real, seed))


def _words(sentence: str) -> list[str]:
    return [sentence[place.start : place.end] for place in word_tokens(sentence)]


def _measures(lines: Sequence[Sequence[str]], cues: set[str]) -> Measures:
    lengths = sorted(map(len, lines))
    words = [word for line in lines for word in line]
    stretches = [words[i : i + _WINDOW] for i in range(0, len(words), _WINDOW)]
    whole = [stretch for stretch in stretches if len(stretch) == _WINDOW] or [words]
    return Measures(
        sentences=len(lines),
        words=median(lengths),
        longest=lengths[9 * len(lengths) // 10],
        distinct=mean(len(set(stretch)) / len(stretch) for stretch in whole),
        cues=mean(any(word in cues for word in line) for line in lines),
    )


def _told_apart(own: Sequence[Sequence[str]], real: Sequence[Sequence[str]], seed: int) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    size = min(len(own), len(real))
    order = random.Random(seed)
    lines = [(line, 1) for line in order.sample(own, size)] + [(line, 0) for line in order.sample(real, size)]
    order.shuffle(lines)
    texts = [" ".join(map(normalise_word, line)) for line, _ in lines]
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+"), LogisticRegression(max_iter=1000))
    return float(cross_val_score(model, texts, [kind for _, kind in lines], cv=_FOLDS).mean())
