"""Small documents for the tests of scoring, written by their words."""

from __future__ import annotations

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
