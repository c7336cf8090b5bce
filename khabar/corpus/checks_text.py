"""Level 2, text: spans, sentences, title and cuts agree with the document's text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import regex

from khabar.arabic import CLOSING, OPENING, QUOTES, sentences, word_tokens
from khabar.corpus.incident import Checks, Finding
from khabar.corpus.subject import DocumentSubject
from khabar.document import Document

CHECKS: Checks[DocumentSubject] = Checks(level=2)

_OPENER = dict(zip(CLOSING, OPENING, strict=True))
_OPENS_AND_CLOSES = frozenset(QUOTES) - frozenset(OPENING + CLOSING)
_VISIBLE = re.compile(r"\S")  # of `re`: whose white space is that of `str.strip`
_LETTERS = regex.compile(r"\p{L}+")
_ARABIC_LETTERS = regex.compile(r"[\p{L}&&\p{Arabic}]+", regex.V1)


@CHECKS("text.offsets")
def _offsets(subject: DocumentSubject) -> Iterator[Finding]:
    """Every span begins before it ends, and ends within the text."""
    length = len(subject.document.text)
    for name, span, _ in subject.spans:
        if span.start >= span.end:
            yield subject.finding(f"{name} is empty: it begins at {span.start} and ends at {span.end}", span.start)
        elif span.end > length:
            yield subject.finding(f"{name} ends at {span.end}, and the text at {length}", span.start)


@CHECKS("text.slice")
def _slice(subject: DocumentSubject) -> Iterator[Finding]:
    """The `text` of every span is what stands between its offsets."""
    for name, span, found in subject.placed_spans:
        if found != span.text:
            yield subject.finding(f"{name} says {quoted(span.text)}, and the text has {quoted(found)}", span.start)


@CHECKS("text.edges")
def _edges(subject: DocumentSubject) -> Iterator[Finding]:
    """No span begins or ends with white space."""
    for name, span, found in subject.placed_spans:
        if found != found.strip():
            yield subject.finding(f"{name} has white space at its edge: {quoted(found)}", span.start)


@CHECKS("text.tokens")
def _tokens(subject: DocumentSubject) -> Iterator[Finding]:
    """Every span begins and ends where a token does."""
    if not subject.placed_spans:
        return
    starts, ends = subject.tokens, frozenset(subject.tokens.values())
    for name, span, found in subject.placed_spans:
        # White space at an edge is told by `text.edges`; what is told here is a word that is cut.
        first = span.start + len(found) - len(found.lstrip())
        last = span.end - len(found) + len(found.rstrip())
        if first < last and not (first in starts and last in ends):
            yield subject.finding(f"{name} cuts a word: {quoted(found)}", span.start)


@CHECKS("text.closing")
def _closing(subject: DocumentSubject) -> Iterator[Finding]:
    """No span ends in a closing quotation mark or bracket that was not opened inside it."""
    for name, span, found in subject.placed_spans:
        if _ends_in_unopened_mark(found):
            yield subject.finding(
                f"{name} ends in {found[-1]}, which was not opened inside: {quoted(found)}", span.start
            )


@CHECKS("text.sentence")
def _sentence(subject: DocumentSubject) -> Iterator[Finding]:
    """Every span stands inside one sentence."""
    for name, span, found in subject.placed_spans:
        if subject.sentence_of(span) is None:
            yield subject.finding(f"{name} stands in no one sentence: {quoted(found)}", span.start)


@CHECKS("text.argument_sentence")
def _argument_sentence(subject: DocumentSubject) -> Iterator[Finding]:
    """Every argument stands in its trigger's sentence."""
    for event in subject.document.events:
        home = subject.sentence_of(event.trigger)
        for argument in event.arguments:
            away = subject.sentence_of(argument)
            if home is not None and away is not None and home != away:
                message = f"{argument.role} of {event.id} stands in sentence {away + 1}, its trigger in {home + 1}"
                yield subject.finding(message, argument.start)


@CHECKS("text.sentences")
def _sentences(subject: DocumentSubject) -> Iterator[Finding]:
    """Sentences are not empty, lie within the text, do not overlap and leave nothing visible out."""
    for message, offset in _sentence_faults(subject.document):
        yield subject.finding(message, offset)


@CHECKS("text.sentence_split", severity="warning")
def _sentence_split(subject: DocumentSubject) -> Iterator[Finding]:
    """Sentences stand where khabar's own splitter puts them."""
    document = subject.document
    if next(_sentence_faults(document), None) is not None:
        return
    found, expected = [s.extent for s in document.sentences], sentences(document.text)
    if found != expected:
        n, place = next((i, e) for i, e in enumerate(expected) if i >= len(found) or found[i] != e)
        message = f"sentence {n + 1} is not where the splitter puts it ({place.start} to {place.end})"
        yield subject.finding(message, place.start)


@CHECKS("text.title")
def _title(subject: DocumentSubject) -> Iterator[Finding]:
    """The title is null or the first line of the text."""
    title, first = subject.document.title, next(iter(subject.document.text.splitlines()), "")
    if title is not None and title != first:
        yield subject.finding(f"the title is {quoted(title)}, and the first line {quoted(first)}", 0)


@CHECKS("text.cuts")
def _cuts(subject: DocumentSubject) -> Iterator[Finding]:
    """`meta.cuts` is a list of offsets inside words, each once."""
    cuts = (subject.document.meta or {}).get("cuts")
    if cuts is None:
        return
    if not isinstance(cuts, list) or not all(type(cut) is int for cut in cuts):
        yield subject.finding("meta.cuts is no list of offsets")
        return
    text = subject.document.text
    words = word_tokens(text)
    for i, cut in enumerate(cuts):
        word = bisect_right(words, cut, key=lambda token: token.start) - 1
        if word < 0 or not words[word].start < cut < words[word].end:
            yield subject.finding(f"the cut at {cut} stands inside no word", cut)
        elif cut in cuts[:i]:
            yield subject.finding(f"the cut at {cut} stands twice", cut)


@CHECKS("text.language", severity="warning")
def _language(subject: DocumentSubject) -> Iterator[Finding]:
    """`language` is `ar` or begins with `ar-`, and most letters of the text are Arabic."""
    language, text = subject.document.language, subject.document.text
    if language.split("-")[0] != "ar":
        yield subject.finding(f"the language is {quoted(language)}, not 'ar'")
    letters, arabic = (len("".join(kind.findall(text))) for kind in (_LETTERS, _ARABIC_LETTERS))
    if arabic * 2 < letters:
        yield subject.finding(f"only {arabic} of {letters} letters are Arabic")


def quoted(text: str) -> str:
    """A text as a message shows it: quoted, on one line, cut off after 60 characters."""
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _ends_in_unopened_mark(text: str) -> bool:
    last = text[-1]
    if last in _OPENS_AND_CLOSES:
        return text.count(last) % 2 == 1
    if last not in _OPENER:
        return False
    depth = 0
    for character in text[:-1]:
        depth += (character == _OPENER[last]) - (character == last and depth > 0)
    return depth == 0


def _sentence_faults(document: Document) -> Iterator[tuple[str, int]]:
    text, reached = document.text, 0
    for n, (start, end) in enumerate((s.extent for s in document.sentences), 1):
        if start >= end:
            yield f"sentence {n} is empty: it begins at {start} and ends at {end}", start
        elif end > len(text):
            yield f"sentence {n} ends at {end}, and the text at {len(text)}", start
        elif start < reached:
            yield f"sentence {n} begins at {start}, before the one before it ends ({reached})", start
        elif left_out := _VISIBLE.search(text, reached, start):
            yield f"no sentence holds {quoted(text[left_out.start() : start].strip())}", left_out.start()
        reached = max(reached, end)
    if left_out := _VISIBLE.search(text, reached):
        yield f"no sentence holds {quoted(text[left_out.start() :].strip())}", left_out.start()
