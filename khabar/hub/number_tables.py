"""The tables of numbers that README and datasheet hold: counted from the corpus, taken from agreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from khabar.annotation.adjudication import ClusterDecision, load_log
from khabar.annotation.agreement import agreement, first_pair
from khabar.annotation.changes import Change, provenance
from khabar.annotation.report import agreement_rows
from khabar.corpus.copied import RUN
from khabar.corpus.folds import leakage, load_folds
from khabar.corpus.stats import stats
from khabar.corpus.store import Project, read_documents
from khabar.document import Document, Event, Extent
from khabar.markdown import table
from khabar.ontology import Ontology


def summary(project: Project) -> str:
    """The corpus in one sentence."""
    total = stats(project.gold_documents(), project.ontology)["total"]
    stories = len({d.source.story for d in project.gold_documents()})
    return (
        f"{total['documents']} documents that tell {stories} stories: {total['sentences']} sentences, "
        f"{total['words']:,} words, {total['events']} events with {total['arguments']} arguments, "
        f"{total['attributions']} attributions."
    )


def documents_table(project: Project) -> str:
    """What each document holds."""
    documents = project.gold_documents()
    counted = stats(documents, project.ontology)
    columns = ["sentences", "words", "events", "arguments", "attributions"]
    rows = [
        [
            f"`{d.id}`",
            d.source.story or "",
            d.source.publisher or "not told",
            *(str(counted["document"][d.id][c]) for c in columns),
        ]
        for d in documents
    ]
    rows.append(["**total**", "", "", *(str(counted["total"][c]) for c in columns)])
    return table(["document", "story", "publisher", *columns], rows)


def labels_table(project: Project) -> str:
    """How often each label occurs."""
    counted = stats(project.gold_documents(), project.ontology)
    rows = [
        [name, ", ".join(f"{label} {n}" for label, n in counted[key].items())]
        for name, key in (
            ("event types", "type"),
            ("event polarity", "polarity"),
            ("event realis", "realis"),
            ("argument roles", "role"),
            ("stances", "stance"),
            ("attribution polarity", "attribution_polarity"),
            ("cues", "cue"),
        )
    ]
    clusters = f"{counted['clusters']}, of which {counted['clusters_across_stories']} cross stories"
    return table(["label", "count"], [*rows, ["clusters", clusters]])


def agreement_table(project: Project) -> str:
    """Agreement between two passes, A and B, of the first round that has two over the same documents."""
    rounds = [(folder, first_pair(project.passes(folder.name))) for folder in sorted(project.rounds.glob("*/"))]
    first, passes = next(((folder, pair) for folder, pair in rounds if pair), (project.rounds, None))
    if passes is None:
        return "No document was annotated twice, so nothing is known of agreement."
    shown = _agreement(passes)
    file = first / "adjudication.jsonl"
    if not file.is_file():
        return shown
    log = load_log(file)
    clusters = sum(isinstance(entry, ClusterDecision) for entry in log)
    return (
        f"{shown}\n\nThe adjudication log holds {len(log)} decisions: {len(log) - clusters} on places where the passes "
        f"differ, and {clusters} that name a cluster (the passes named clusters freely; names are not compared)."
    )


def _agreement(passes: tuple[Sequence[Document], Sequence[Document]]) -> str:
    rows = [[name, value] for name, value in agreement_rows(agreement(*passes))]
    return table(["layer", "F1 (A, B, both) or kappa (pairs, same label)"], rows)


def supplement_agreement(project: Project) -> str:
    """Agreement between the two passes over those documents of the supplement that were annotated twice."""
    own = {document.id for document in project.authored_documents()}
    for folder in sorted(project.rounds.glob("*/")):
        pair = first_pair(project.passes(folder.name))
        if pair and all(document.id in own for documents in pair for document in documents):
            return f"{len(pair[0])} documents of the supplement were annotated twice:\n\n{_agreement(pair)}"
    return "No document of the supplement was annotated twice, so nothing is known of agreement."


def supplement_sentence(project: Project) -> str:
    """The authored supplement in a few sentences; how it was annotated, as its documents' `meta` says."""
    documents = project.authored_documents()
    if not documents:
        return "This version has no supplement."
    counted = stats(documents, project.ontology)
    total, types = counted["total"], counted["type"]
    passes = Counter((document.meta or {}).get("annotation", "not told") for document in documents)
    silent = sum(not document.events for document in documents)
    commonest, rarest = max(types, key=types.__getitem__), min(types, key=types.__getitem__)
    share = 100 * types[commonest] / max(1, total["events"])
    held = ", ".join(
        f"{total[what]:,} {what}" for what in ("sentences", "words", "events", "arguments", "attributions")
    )
    made = ", ".join(f"{name} {n}" for name, n in sorted(passes.items()))
    settings = len(counted["story"])
    return (
        f"{total['documents']} invented documents in {settings} settings: {held}; {silent} documents hold no "
        f"event. {commonest} is {share:.0f} % of the events; the rarest type is {rarest} ({types[rarest]}). "
        f"Annotation: {made}."
    )


def checked(project: Project) -> str:
    """Who has checked the gold, from the reviews that were pulled into the rounds."""
    texts = {document.id: document.text for document in project.gold_documents()}
    reviewed: set[str] = set()
    people: set[str] = set()
    total_of: list[dict[str, Change]] = []
    for folder in sorted(project.rounds.glob("*/*")):
        for document in read_documents([folder]) if any(folder.glob("*.json")) else []:
            told = provenance(document)
            if told and told["review"] and texts.get(document.id) == document.text:
                reviewed.add(document.id)
                people.add(str(told["by"]))
                total_of.append(told["layers"])
    if not reviewed:
        return "**No Arabic speaker has checked the data yet**, and no person has."
    counts = [sum(change[i] for layers in total_of for change in layers.values()) for i in range(4)]
    accepted, changed, added, removed = counts
    return (
        f"**{len(reviewed)} of {len(texts)} documents were reviewed by people** ({len(people)} in all), who accepted "
        f"{accepted} items, changed {changed}, added {added} and removed {removed}. Nobody has checked the others."
        if len(reviewed) < len(texts)
        else f"**All documents were reviewed by people** ({len(people)} in all), who accepted {accepted} items, "
        f"changed {changed}, added {added} and removed {removed}."
    )


def leakage_sentence(project: Project) -> str:
    """What the folds share."""
    leaks = leakage(project.gold_documents(), load_folds(project.folds))
    return f"Runs of {RUN} words that stand on both sides of a fold: {sum(leak.shared for leak in leaks)}."


def picture(documents: Sequence[Document], ontology: Ontology) -> str:
    """One annotated sentence of documents, as a table that reads from right to left: the one that shows most labels.

    Of sentences that show as many, the shortest; spans that overlap cannot be drawn, and come last.
    """
    shown = [
        (overlap, -len({label for _, label in spans}), extent.end - extent.start, document.text, extent, spans)
        for document in documents
        for event in document.events
        if (sentence := document.sentence_at(event.trigger.start)) is not None
        for extent in [document.sentences[sentence].extent]
        for spans in [_labelled(document, event, extent, ontology)]
        for overlap in [any(one.end > next.start for (one, _), (next, _) in pairwise(spans))]
    ]
    if not shown:
        return ""
    *_, text, extent, spans = min(shown, key=lambda one: one[:3])
    return _drawn(text, extent, spans)


def _drawn(text: str, sentence: Extent, spans: Sequence[tuple[Extent, str]]) -> str:
    """A sentence, one column a span; HTML, right to left."""
    cells, position = [], sentence.start
    for span, label in spans:
        cells += [(text[position : span.start].strip(), ""), (text[max(position, span.start) : span.end], label)]
        position = max(position, span.end)
    cells.append((text[position : sentence.end].strip(), ""))
    cells = [(escape(told), label) for told, label in cells if told]
    words = "".join(f"<td>{f'<b>{t}</b>' if label else t}</td>" for t, label in cells)
    marks = "".join(f"<td><sub>{label}</sub></td>" for _, label in cells)
    return f'<table dir="rtl">\n<tr>{words}</tr>\n<tr>{marks}</tr>\n</table>'


def _labelled(document: Document, event: Event, sentence: Extent, ontology: Ontology) -> list[tuple[Extent, str]]:
    """What there is of an event and its first attribution in a sentence: spans in order, each with one label."""
    cue, source, channel = ontology.attribution.mentions
    found = [(argument.extent, argument.role) for argument in event.arguments]
    found.append((event.trigger.extent, f"{event.type}, {event.polarity}, {event.realis}"))
    told = next((a for a in document.attributions if event.id in a.events and a.cue is not None), None)
    if told is not None and told.cue is not None:
        found.append((told.cue.extent, f"{cue}, {told.stance}"))
        found += [(span.extent, source) for span in told.sources]
        found += [(span.extent, channel) for span in told.channels]
    return sorted({s: label for s, label in found if sentence.start <= s.start and s.end <= sentence.end}.items())


NUMBER_BLOCKS: dict[str, Callable[[Project], str]] = {
    "summary": summary,
    "documents": documents_table,
    "labels": labels_table,
    "agreement": agreement_table,
    "checked": checked,
    "leakage": leakage_sentence,
    "supplement": supplement_sentence,
    "supplement_agreement": supplement_agreement,
    "picture": lambda project: picture(project.gold_documents(), project.ontology),
}
"""The blocks that pages hold of the corpus."""
