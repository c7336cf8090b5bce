"""Documents that try a converter: any text, any spans in it, everything that the scheme allows to be implicit."""

from __future__ import annotations

from hypothesis import strategies as st

from khabar.arabic import sentences
from khabar.document import Argument, Attribution, Document, Event, Sentence, Span
from khabar.ontology import default_ontology

ONTOLOGY = default_ontology()
PIECES = [
    "قال",
    "هُجوم",
    "ـ",
    "🚀",
    "👨‍👩‍👧",
    "أ",
    "أ",
    "\u200c",
    "\u202b",
    "\r\n",
    "\n",
    "  ",
    "\t",
    "\u00a0",
    "&amp;",
    "<br>",
    "9.50",
    "،",
]
TEXTS = st.lists(st.sampled_from([*PIECES, " "]), min_size=1, max_size=14).map("".join)
SCORES = st.none() | st.floats(0, 1)


@st.composite
def documents(draw: st.DrawFn, scores: st.SearchStrategy[float | None] = SCORES) -> Document:
    """Any document: events and attributions on any spans, several on one span, with and without cue and cluster."""
    text = draw(TEXTS)
    places = [
        (i, j)
        for i in range(len(text))
        for j in range(i + 1, min(i + 9, len(text)) + 1)
        if text[i:j] == text[i:j].strip()
    ]
    bare = Document(
        id=draw(st.sampled_from(["news", "خبر-1"])),
        title=draw(st.sampled_from([None, text])),
        text=text,
        sentences=tuple(Sentence(start=s.start, end=s.end) for s in sentences(text)),
        meta=draw(st.sampled_from([None, {"cuts": [2], "note": "ملاحظة"}])),
    )
    if not places:
        return bare

    def span(place: tuple[int, int]) -> Span:
        start, end = place
        return Span(start=start, end=end, text=text[start:end], score=draw(scores))

    somewhere = st.sampled_from(places)
    several = st.lists(somewhere, max_size=3, unique=True)
    prefix = draw(st.sampled_from(["e", "e.", "حدث.1-"]))
    events = []
    for n in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(ONTOLOGY.types))
        roles = st.sampled_from(ONTOLOGY.events[kind].roles)
        arguments = draw(st.lists(st.tuples(roles, somewhere), max_size=3, unique=True))
        events.append(
            Event(
                id=f"{prefix}{n + 1}",
                type=kind,
                trigger=span(draw(somewhere)),
                polarity=draw(st.sampled_from(ONTOLOGY.polarity)),
                realis=draw(st.sampled_from(ONTOLOGY.realis)),
                cluster=draw(st.sampled_from([None, "one", "واقعة أولى"])),
                arguments=tuple(Argument(role=role, **dict(span(place))) for role, place in arguments),
                score=draw(scores),
            )
        )
    attributions = []
    for n in range(draw(st.integers(0, 3))):
        covered = draw(st.lists(st.sampled_from([e.id for e in events]), unique=True)) if events else []
        attributions.append(
            Attribution(
                id=f"a{n + 1}",
                cue=span(draw(somewhere)) if draw(st.booleans()) else None,
                sources=tuple(span(place) for place in draw(several)),
                channels=tuple(span(place) for place in draw(several)),
                stance=draw(st.sampled_from(ONTOLOGY.attribution.stance)),
                polarity=draw(st.sampled_from(ONTOLOGY.attribution.polarity)),
                events=tuple(covered),
                score=draw(scores),
            )
        )
    whole = {name: getattr(bare, name) for name in Document.model_fields}
    return Document(**{**whole, "events": tuple(events), "attributions": tuple(attributions)})
