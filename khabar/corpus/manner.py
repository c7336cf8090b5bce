"""How documents are written: in how many a trait of length, headline, orthography or attribution is found.

A corpus that is written or gathered to a plan is held to the plan by these counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import regex

from khabar.document import Document

_SHORT, _LONG = 150, 450  # words

TRAITS: Mapping[str, Callable[[Document], bool]] = {
    "no event": lambda d: not d.events,
    f"under {_SHORT} words": lambda d: len(d.text.split()) < _SHORT,
    f"over {_LONG} words": lambda d: len(d.text.split()) > _LONG,
    "no headline": lambda d: d.title is None,
    "headline with a colon": lambda d: d.title is not None and ":" in d.title,
    "latin digits": lambda d: regex.search(r"[0-9]", d.text) is not None,
    "arabic-indic digits": lambda d: regex.search(r"[٠-٩]", d.text) is not None,
    "quotes «»": lambda d: "«" in d.text,
    'quotes ""': lambda d: '"' in d.text,
    "quotes “”": lambda d: "“" in d.text,
    "harakat": lambda d: regex.search(r"[\u064e\u064f\u0650\u0652]", d.text) is not None,
    "source in another sentence": lambda d: any(
        a.cue is not None and d.sentence_at(s.start) != d.sentence_at(a.cue.start)
        for a in d.attributions
        for s in a.sources
    ),
    "attribution without a cue word": lambda d: any(a.cue is None for a in d.attributions),
    "several sources": lambda d: any(len(a.sources) > 1 for a in d.attributions),
    "several channels": lambda d: any(len(a.channels) > 1 for a in d.attributions),
}
"""What is looked for in a document."""


def manner(documents: Sequence[Document]) -> dict[str, int]:
    """In how many documents each trait of `TRAITS` is found."""
    return {name: sum(map(found, documents)) for name, found in TRAITS.items()}
