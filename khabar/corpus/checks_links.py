"""Level 4, links: what points to something points to something that is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from khabar.corpus.checks_text import quoted
from khabar.corpus.incident import Checks, Finding
from khabar.corpus.subject import Collection, DocumentSubject

CHECKS: Checks[DocumentSubject] = Checks(level=4)
CLUSTER_CHECKS: Checks[Collection] = Checks(level=4)


@CHECKS("links.ids")
def _ids(subject: DocumentSubject) -> Iterator[Finding]:
    """No two events or attributions of a document have the same id."""
    places = [(event.id, event.trigger.start) for event in subject.document.events]
    places += [(attribution.id, attribution.anchor.start) for attribution in subject.document.attributions]
    seen = set()
    for name, offset in places:
        if name in seen:
            yield subject.finding(f"the id {name} stands twice", offset)
        seen.add(name)


@CHECKS("links.covered")
def _covered(subject: DocumentSubject) -> Iterator[Finding]:
    """Every event that an attribution covers is in the document."""
    known = {event.id for event in subject.document.events}
    for a in subject.document.attributions:
        for name in a.events:
            if name not in known:
                yield subject.finding(f"{a.id} covers {quoted(name)}, which is no event here", a.anchor.start)


@CHECKS("links.covered_twice")
def _covered_twice(subject: DocumentSubject) -> Iterator[Finding]:
    """No attribution names an event twice."""
    for a in subject.document.attributions:
        for name, count in Counter(a.events).items():
            if count > 1:
                yield subject.finding(f"{a.id} names {quoted(name)} {count} times", a.anchor.start)


@CHECKS("links.anchor")
def _anchor(subject: DocumentSubject) -> Iterator[Finding]:
    """Every attribution has a cue or a source."""
    for a in subject.document.attributions:
        if a.cue is None and not a.sources:
            yield subject.finding(f"{a.id} has neither a cue nor a source", a.anchor.start)


@CHECKS("links.source", severity="warning", in_corpus="error")
def _source(subject: DocumentSubject) -> Iterator[Finding]:
    """Every attribution has a source; in a corpus, to have none is an error."""
    for a in subject.document.attributions:
        if a.cue is not None and not a.sources:
            yield subject.finding(f"{a.id} ({quoted(a.cue.text)}) has no source", a.anchor.start)


@CHECKS("links.source_order", severity="warning")
def _source_order(subject: DocumentSubject) -> Iterator[Finding]:
    """A source outside its cue's sentence stands before it."""
    for a in subject.document.attributions:
        if a.cue is None:
            continue
        home = subject.document.sentence_at(a.cue.start)
        for source in a.sources:
            if source.start > a.cue.start and subject.document.sentence_at(source.start) != home:
                message = f"source of {a.id} stands in a later sentence than its cue: {quoted(source.text)}"
                yield subject.finding(message, source.start)


@CLUSTER_CHECKS("links.cluster_types", severity="warning")
def _cluster_types(collection: Collection) -> Iterator[Finding]:
    """The mentions of a cluster have one type; they may differ only where sources disagree on what it was."""
    for cluster, mentions in collection.clusters.items():
        counted = Counter(event.type for _, event in mentions)
        if len(counted) > 1:
            subject, event = next(m for m in mentions if m.event.type != mentions[0].event.type)
            types = ", ".join(f"{count} {name}" for name, count in counted.most_common())
            yield subject.finding(f"the cluster {quoted(cluster)} mixes types: {types}", event.trigger.start)


@CLUSTER_CHECKS("links.cluster_single", severity="warning")
def _cluster_single(collection: Collection) -> Iterator[Finding]:
    """A cluster has two mentions or more, over all the documents given."""
    for cluster, mentions in collection.clusters.items():
        if len(mentions) == 1:
            subject, event = mentions[0]
            yield subject.finding(f"{event.id} is alone in the cluster {quoted(cluster)}", event.trigger.start)
