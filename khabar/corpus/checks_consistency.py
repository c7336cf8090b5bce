"""Level 6, consistency: the same words between the same words are annotated in the same way.

Variation n-grams (Dickinson and Meurers 2003, "Detecting errors in part-of-speech annotation"): a word or phrase, the
nucleus, that stands with one and the same word on either side and has several annotations. Each is a place to look,
not an error: arguments depend on their trigger, and the same words may be said of another occasion.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from khabar.arabic import normalise_word, tokens
from khabar.corpus.incident import Checks, Finding
from khabar.corpus.subject import Collection, DocumentSubject
from khabar.document import Argument, Extent, Span

CHECKS: Checks[Collection] = Checks(level=6)

LONGEST = 8
"""Words of the longest phrase that is looked at."""
_NOTHING = "nothing"
_EDGE = ""  # before the first and after the last word of a sentence


class _Place(NamedTuple):
    """Where a nucleus stands, and how it is annotated there."""

    subject: DocumentSubject
    offset: int
    label: str


class _Sentence(NamedTuple):
    """One sentence as it is compared: its tokens' places and what they are like, an edge on either side."""

    subject: DocumentSubject
    places: list[Extent]
    words: list[str]


@CHECKS("consistency.trigger", severity="warning")
def _triggers(collection: Collection) -> Iterator[Finding]:
    """A word between the same two words is a trigger of the same type everywhere, or of none."""
    labels = {
        (subject.document.id, event.trigger.extent): event.type
        for subject in collection.subjects
        for event in subject.document.events
    }
    yield from _variation(collection, labels)


@CHECKS("consistency.cue", severity="warning")
def _cues(collection: Collection) -> Iterator[Finding]:
    """A word between the same two words is a cue everywhere, or nowhere."""
    labels = {
        (subject.document.id, attribution.cue.extent): "a cue"
        for subject in collection.subjects
        for attribution in subject.document.attributions
        if attribution.cue is not None
    }
    yield from _variation(collection, labels)


@CHECKS("consistency.phrase", severity="warning")
def _phrases(collection: Collection) -> Iterator[Finding]:
    """A phrase between the same two words is an argument, a source or a channel everywhere, or nowhere."""
    labels = {
        (subject.document.id, span.extent): "a phrase" for subject in collection.subjects for span in _mentions(subject)
    }
    yield from _variation(collection, labels, LONGEST)


def _mentions(subject: DocumentSubject) -> Iterator[Argument | Span]:
    for event in subject.document.events:
        yield from event.arguments
    for attribution in subject.document.attributions:
        yield from (*attribution.sources, *attribution.channels)


def _variation(collection: Collection, labels: dict[tuple[str, Extent], str], longest: int = 1) -> Iterator[Finding]:
    """A finding for every nucleus, up to `longest` words, that is labelled in several ways between the same words.

    It stands at the first place that has the rarest of its labels.
    """
    sentences = [sentence for subject in collection.subjects for sentence in _sentences(subject)]
    labelled = {
        key for s in sentences for key, extent in _nuclei(s, longest) if (s.subject.document.id, extent) in labels
    }
    found: defaultdict[tuple[str, ...], list[_Place]] = defaultdict(list)
    for sentence in sentences:
        for key, extent in _nuclei(sentence, longest):
            if key in labelled:
                label = labels.get((sentence.subject.document.id, extent), _NOTHING)
                found[key].append(_Place(sentence.subject, extent.start, label))
    for key, places in found.items():
        counted = Counter(place.label for place in places)
        if len(counted) > 1:
            rarest = min(counted, key=lambda label: (counted[label], label))
            odd = next(place for place in places if place.label == rarest)
            told = ", ".join(f"{label} {n} times" for label, n in sorted(counted.items(), key=lambda item: -item[1]))
            yield odd.subject.finding(f"“{' '.join(filter(None, key))}” is {told}; here {rarest}", odd.offset)


def _nuclei(sentence: _Sentence, longest: int) -> Iterable[tuple[tuple[str, ...], Extent]]:
    """Every run of words, with the word on either side, and where the run itself stands."""
    words, places = sentence.words, sentence.places
    for first in range(len(places)):
        for last in range(first, min(first + longest, len(places))):
            yield tuple(words[first : last + 3]), Extent(places[first].start, places[last].end)


def _sentences(subject: DocumentSubject) -> Iterator[_Sentence]:
    text, cuts = subject.document.text, subject.document.cuts
    for sentence in subject.document.sentences:
        places = tokens(text, cuts, sentence.start, sentence.end)
        words = [normalise_word(text[place.start : place.end]) for place in places]
        yield _Sentence(subject, places, [_EDGE, *words, _EDGE])
