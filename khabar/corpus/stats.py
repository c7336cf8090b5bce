"""What a corpus holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from khabar.arabic import word_tokens
from khabar.corpus.manner import manner
from khabar.document import Document
from khabar.ontology import Ontology

Counts = dict[str, int]


def stats(documents: Sequence[Document], ontology: Ontology) -> dict[str, Any]:
    """Counts what documents hold.

    Args:
        documents: Any documents.
        ontology: Labels that are told even where nothing bears them.

    Returns:
        `total`, and the same counts for each `story` and each `document`; events by `type`, `polarity` and `realis`,
        arguments by `role`, attributions by `stance`, `attribution_polarity` and `cue` (`word` or `none`); `clusters`
        and `clusters_across_stories`; documents by `manner` (see `khabar.corpus.manner`).
    """
    stories = sorted({document.source.story or document.id for document in documents})
    events = [event for document in documents for event in document.events]
    attributions = [a for document in documents for a in document.attributions]
    by_cluster: dict[str, set[str]] = {}
    for document in documents:
        for event in document.events:
            if event.cluster is not None:
                by_cluster.setdefault(event.cluster, set()).add(document.source.story or document.id)
    return {
        "total": _totals(documents),
        "story": {s: _totals([d for d in documents if (d.source.story or d.id) == s]) for s in stories},
        "document": {d.id: _totals([d]) for d in documents},
        "type": _count((e.type for e in events), ontology.types),
        "role": _count((a.role for e in events for a in e.arguments), ontology.roles),
        "polarity": _count((e.polarity for e in events), ontology.polarity),
        "realis": _count((e.realis for e in events), ontology.realis),
        "stance": _count((a.stance for a in attributions), ontology.attribution.stance),
        "attribution_polarity": _count((a.polarity for a in attributions), ontology.attribution.polarity),
        "cue": _count(("word" if a.cue else "none" for a in attributions), ("word", "none")),
        "manner": manner(documents),
        "clusters": len(by_cluster),
        "clusters_across_stories": sum(len(stories) > 1 for stories in by_cluster.values()),
    }


def _totals(documents: Sequence[Document]) -> Counts:
    words = sum(len(word_tokens(d.text, d.cuts)) for d in documents)
    return {
        "documents": len(documents),
        "sentences": sum(len(d.sentences) for d in documents),
        "words": words,
        "characters": sum(len(d.text) for d in documents),
        "events": sum(len(d.events) for d in documents),
        "arguments": sum(len(e.arguments) for d in documents for e in d.events),
        "attributions": sum(len(d.attributions) for d in documents),
        "sources": sum(len(a.sources) for d in documents for a in d.attributions),
        "channels": sum(len(a.channels) for d in documents for a in d.attributions),
        "covered_events": sum(len(a.events) for d in documents for a in d.attributions),
    }


def _count(labels: Iterable[str], order: Sequence[str]) -> Counts:
    counted = Counter(labels)
    return {label: counted.pop(label, 0) for label in order} | dict(sorted(counted.items()))
