"""Small documents for the tests of scoring, written by their words."""

from __future__ import annotations

import random

from hypothesis import settings
from hypothesis import strategies as st

from khabar.arabic import sentences, tokens
from khabar.document import Argument, Attribution, Document, Event, Sentence, Span

UNHURRIED = settings(deadline=None, derandomize=True)
"""The same examples on every machine, however slow it is."""

TEXT = "قال الجيش لرويترز إن هجوما صاروخيا أصاب القاعدة أمس.\nوأضاف أن القصف أدى إلى مقتل جندي."


def span(words: str, text: str = TEXT) -> Span:
    """The first place where `words` stand in the text."""
    start = text.index(words)
    return Span(start=start, end=start + len(words), text=words)


def argument(role: str, words: str, text: str = TEXT) -> Argument:
    return Argument(role=role, **span(words, text).model_dump())


def event(
    id_: str,
    type_: str,
    trigger: str,
    *arguments: tuple[str, str],
    polarity: str = "Positive",
    realis: str = "Actual",
    text: str = TEXT,
) -> Event:
    return Event(
        id=id_,
        type=type_,
        trigger=span(trigger, text),
        polarity=polarity,
        realis=realis,
        arguments=tuple(argument(role, words, text) for role, words in arguments),
    )


def attribution(
    id_: str,
    cue: str | None,
    *,
    sources: tuple[str, ...] = (),
    channels: tuple[str, ...] = (),
    stance: str = "Asserts",
    events: tuple[str, ...] = (),
    text: str = TEXT,
) -> Attribution:
    return Attribution(
        id=id_,
        cue=None if cue is None else span(cue, text),
        sources=tuple(span(words, text) for words in sources),
        channels=tuple(span(words, text) for words in channels),
        stance=stance,
        polarity="Positive",
        events=events,
    )


def document(*annotation: Event | Attribution, id_: str = "news", text: str = TEXT) -> Document:
    """A document with sentences as the package splits them."""
    return Document(
        id=id_,
        text=text,
        sentences=tuple(Sentence(start=start, end=end) for start, end in sentences(text)),
        events=tuple(a for a in annotation if isinstance(a, Event)),
        attributions=tuple(a for a in annotation if isinstance(a, Attribution)),
    )


GOLD = document(
    event("e1", "Attack", "هجوما", ("Instrument", "صاروخيا"), ("Target", "القاعدة"), ("Time", "أمس")),
    event("e2", "Attack", "القصف", realis="Other"),
    event("e3", "Die", "مقتل", ("Victim", "جندي")),
    attribution("a1", "قال", sources=("الجيش",), channels=("لرويترز",), events=("e1",)),
    attribution("a2", "وأضاف", sources=("الجيش",), channels=("لرويترز",), events=("e2", "e3")),
)

PREDICTED = document(
    event("e1", "Attack", "هجوما", ("Instrument", "صاروخيا"), ("Place", "القاعدة"), polarity="Negative"),
    event("e2", "Die", "القصف", ("Victim", "جندي")),
    event("e3", "Injure", "أصاب", ("Victim", "القاعدة")),
    attribution("a1", "قال", sources=("الجيش",), stance="Denies", events=("e1", "e3")),
    attribution("a2", "وأضاف", sources=("الجيش",), channels=("لرويترز",), events=("e2",)),
    attribution("a3", None, sources=("لرويترز",), events=("e1",)),
)

_TYPES = st.sampled_from(["Attack", "Die", "Meet"])
_ROLES = st.sampled_from(["Agent", "Place", "Time"])
_PLACES = tokens(TEXT)


@st.composite
def _spans(draw: st.DrawFn, aligned: bool) -> Span:
    if aligned:
        first = draw(st.integers(0, len(_PLACES) - 1))
        last = draw(st.integers(first, min(first + 3, len(_PLACES) - 1)))
        start, end = _PLACES[first].start, _PLACES[last].end
    else:
        start, end = draw(st.integers(0, len(TEXT) + 5)), draw(st.integers(0, len(TEXT) + 5))
    return Span(start=start, end=end, text=TEXT[start:end])


@st.composite
def documents(draw: st.DrawFn, id_: str = "news", aligned: bool = True) -> Document:
    """Documents on `TEXT` with any annotation; spans on tokens (perhaps of two sentences), or anywhere at all."""
    spans = _spans(aligned)
    arguments = st.builds(lambda role, s: Argument(role=role, **s.model_dump()), _ROLES, spans)
    events = draw(
        st.lists(
            st.builds(
                lambda type_, trigger, polarity, realis, found: Event(
                    id="x", type=type_, trigger=trigger, polarity=polarity, realis=realis, arguments=tuple(found)
                ),
                _TYPES,
                spans,
                st.sampled_from(["Positive", "Negative"]),
                st.sampled_from(["Actual", "Generic", "Other"]),
                st.lists(arguments, max_size=4),
            ),
            max_size=5,
        )
    )
    events = [e.model_copy(update={"id": f"e{i}"}) for i, e in enumerate(events, 1)]
    covered = st.lists(st.sampled_from([e.id for e in events]), unique=True) if events else st.just([])
    attributions = draw(
        st.lists(
            st.builds(
                lambda cue, sources, channels, stance, links: Attribution(
                    id="x",
                    cue=cue,
                    sources=tuple(sources),
                    channels=tuple(channels),
                    stance=stance,
                    polarity="Positive",
                    events=tuple(links),
                ),
                st.none() | spans,
                st.lists(spans, max_size=2),
                st.lists(spans, max_size=2),
                st.sampled_from(["Asserts", "Denies"]),
                covered,
            ),
            max_size=4,
        )
    )
    attributions = [a.model_copy(update={"id": f"a{i}"}) for i, a in enumerate(attributions, 1)]
    return document(*events, *attributions, id_=id_)


any_pair = st.tuples(documents(), documents(aligned=False) | documents())
"""A gold document and anything at all as its prediction."""


@st.composite
def near_pairs(draw: st.DrawFn) -> tuple[Document, Document]:
    """A gold document and a prediction that has much of it: right, changed in one thing or another, or hung elsewhere.

    Much of what is right in one of them is wrong in a single way in the other, as with taggers that have learned.
    """
    gold, other = draw(documents()), draw(documents(aligned=draw(st.booleans())))
    events = [e.model_copy(update={"id": f"n{i}"}) for i, e in enumerate(other.events)]
    phrases = [a for e in (*gold.events, *events) for a in e.arguments]
    for event_ in gold.events:
        changes: dict[str, object] = {"arguments": draw(_changed_arguments(event_.arguments, phrases))}
        match draw(st.sampled_from(["keep", "keep", "keep", "type", "trigger", "values"])):
            case "type":
                changes["type"] = draw(_TYPES)
            case "trigger":
                changes["trigger"] = draw(_spans(aligned=True))
            case "values":
                changes |= {"polarity": "Negative", "realis": "Generic"}
        events.append(event_.model_copy(update=changes))
    attributions = list(other.attributions)[: draw(st.integers(0, 1))]
    attributions = [a.model_copy(update={"events": (), "id": f"n{i}"}) for i, a in enumerate(attributions)]
    cues = [a.cue for a in gold.attributions]
    for attribution_ in gold.attributions:
        match draw(st.sampled_from(["keep", "keep", "cue", "sources", "stance", "drop"])):
            case "keep":
                attributions.append(attribution_)
            case "cue":
                attributions.append(attribution_.model_copy(update={"cue": draw(st.sampled_from([None, *cues]))}))
            case "sources":
                attributions.append(attribution_.model_copy(update={"sources": (draw(_spans(aligned=True)),)}))
            case "stance":
                attributions.append(attribution_.model_copy(update={"stance": "Claims"}))
    return gold, document(*draw(st.permutations(events)), *draw(st.permutations(attributions)), id_=gold.id)


@st.composite
def _changed_arguments(
    draw: st.DrawFn, arguments: tuple[Argument, ...], phrases: list[Argument]
) -> tuple[Argument, ...]:
    changed = []
    for given in arguments:
        match draw(st.sampled_from(["keep", "keep", "role", "shorter", "drop", "elsewhere"])):
            case "keep":
                changed.append(given)
            case "role":
                changed.append(given.model_copy(update={"role": draw(_ROLES)}))
            case "shorter":
                changed.append(given.model_copy(update={"end": max(given.start + 1, given.end - 3)}))
            case "elsewhere":
                changed.append(draw(st.sampled_from(phrases)))
    return tuple(changed)


def renamed(original: Document, id_: str, order: random.Random) -> Document:
    """The same annotation in another order, under other names."""
    names = {e.id: f"event-{i}" for i, e in enumerate(order.sample(original.events, len(original.events)))}
    events = [
        e.model_copy(
            update={"id": names[e.id], "arguments": tuple(order.sample(e.arguments, len(e.arguments)))},
        )
        for e in order.sample(original.events, len(original.events))
    ]
    attributions = [
        a.model_copy(
            update={
                "id": f"attribution-{i}",
                "channels": tuple(order.sample(a.channels, len(a.channels))),
                "events": tuple(names[e] for e in order.sample(a.events, len(a.events))),
            }
        )
        for i, a in enumerate(order.sample(original.attributions, len(original.attributions)))
    ]
    return original.model_copy(update={"id": id_, "events": tuple(events), "attributions": tuple(attributions)})
