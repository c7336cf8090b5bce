"""The tables of numbers that README and datasheet hold: counted from the corpus, taken from agreement and ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from khabar.annotation.adjudication import ClusterDecision, load_log
from khabar.annotation.agreement import agreement
from khabar.annotation.changes import Change, provenance
from khabar.annotation.report import agreement_rows
from khabar.corpus.copied import RUN
from khabar.corpus.folds import leakage, load_folds
from khabar.corpus.stats import stats
from khabar.corpus.store import Project, read_documents
from khabar.document import Document, Event
from khabar.eval.comparison import caption, part_rows, score_rows
from khabar.eval.ledger import last_accepted
from khabar.markdown import table


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
    """Agreement between the two passes of the first round."""
    first = project.rounds / "1"
    result = agreement(read_documents([first / "a"]), read_documents([first / "b"]))
    rows = [[name, value] for name, value in agreement_rows(result)]
    log = load_log(first / "adjudication.jsonl")
    clusters = sum(isinstance(entry, ClusterDecision) for entry in log)
    return (
        table(["layer", "F1 (A, B, both) or kappa (pairs, same label)"], rows)
        + f"\n\nThe adjudication log holds {len(log)} decisions: {len(log) - clusters} on places where the passes "
        f"differ, and {clusters} that name a cluster (the passes named clusters freely; names are not compared)."
    )


def supplement_sentence(project: Project) -> str:
    """The authored supplement in a few sentences; how it was annotated, as its documents' `meta` says."""
    documents = project.authored_documents()
    if not documents:
        return "This version has no supplement."
    counted = stats(documents, project.ontology)
    total, types = counted["total"], counted["type"]
    passes = Counter((document.meta or {}).get("annotation", "not told") for document in documents)
    silent = sum(not document.events for document in documents)
    share = 100 * types.get("Attack", 0) / max(1, total["events"])
    rarest = min(types, key=lambda name: types[name])
    held = ", ".join(
        f"{total[what]:,} {what}" for what in ("sentences", "words", "events", "arguments", "attributions")
    )
    made = ", ".join(f"{name} {n}" for name, n in sorted(passes.items()))
    settings = len(counted["story"])
    return (
        f"{total['documents']} invented documents in {settings} settings: {held}; {silent} documents hold no event. "
        f"Attack is {share:.0f} % of the events; the rarest type is {rarest} ({types[rarest]}). Annotation: {made}."
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


def scores_table(project: Project) -> str:
    """The accepted result of the benchmark `stories`."""
    line = last_accepted(project.ledger, "stories")
    if line is None:
        return "No result is accepted yet."
    return "\n\n".join([caption(line), table(*score_rows(line)), table(*part_rows(line))])


def verdict(project: Project) -> str:
    """Where the accepted model stands against its floor, in a sentence or two; what the floor cannot do is left out."""
    line = last_accepted(project.ledger, "stories")
    if line is None:
        return "No result is accepted yet."
    model, floor = line.systems["model"].scores, line.systems["floor"].scores
    able = [metric for metric in floor if floor[metric].f1 > 0]
    better = [metric for metric in able if model[metric].f1 > floor[metric].f1]
    worse = [metric for metric in able if metric not in better]
    told = []
    if worse:
        told.append(f"**The model is below the lexicon on {', '.join(worse)}.**")
    if better:
        told.append(f"It is above the lexicon on {', '.join(better)}.")
    told.append("On all other rows the lexicon cannot say anything, so that its zero is no bar.")
    return " ".join(told)


def picture(documents: Sequence[Document]) -> str:
    """One annotated sentence of documents, as a table that reads from right to left."""
    document = next((d for d in documents if d.events), None)
    document = next((d for d in documents if d.id == PICTURED), document)
    if document is None:
        return ""
    return sentence_table(document, document.sentence_at(document.events[0].trigger.start) or 0)


PICTURED = "zummar-alhurra"
"""The document whose first sentence is shown."""


def sentence_table(document: Document, sentence: int) -> str:
    """A sentence with its first event and first attribution, one column a span; HTML, right to left."""
    start, end = document.sentences[sentence].extent
    event = next(e for e in document.events if start <= e.trigger.start < end)
    labels: dict[tuple[int, int], str] = {tuple(s): label for s, label in _labels(document, event)}  # type: ignore[misc]
    cells, position = [], start
    for (left, right), label in sorted(labels.items()):
        if not (start <= left and right <= end):
            continue
        cells += [(document.text[position:left].strip(), ""), (document.text[left:right], label)]
        position = right
    cells.append((document.text[position:end].strip(), ""))
    cells = [cell for cell in cells if cell[0]]
    words = "".join(f"<td>{f'<b>{t}</b>' if label else t}</td>" for t, label in cells)
    marks = "".join(f"<td><sub>{label}</sub></td>" for _, label in cells)
    return f'<table dir="rtl">\n<tr>{words}</tr>\n<tr>{marks}</tr>\n</table>'


def _labels(document: Document, event: Event) -> list[tuple[tuple[int, int], str]]:
    found = [((a.start, a.end), a.role) for a in event.arguments]
    found.append(((event.trigger.start, event.trigger.end), f"{event.type}, {event.polarity}, {event.realis}"))
    for attribution in document.attributions:
        if event.id in attribution.events and attribution.cue is not None:
            found.append(((attribution.cue.start, attribution.cue.end), f"Cue, {attribution.stance}"))
            found += [((s.start, s.end), "Source") for s in attribution.sources]
            found += [((s.start, s.end), "Channel") for s in attribution.channels]
            break
    return found


NUMBER_BLOCKS: dict[str, Callable[[Project], str]] = {
    "summary": summary,
    "documents": documents_table,
    "labels": labels_table,
    "agreement": agreement_table,
    "checked": checked,
    "leakage": leakage_sentence,
    "supplement": supplement_sentence,
    "scores": scores_table,
    "verdict": verdict,
    "picture": lambda project: picture(project.gold_documents()),
}
"""The blocks that README and datasheet hold."""
