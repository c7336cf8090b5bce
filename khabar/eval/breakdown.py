"""Scores taken apart: by story, type, role, stance, length of span, source, and by what training has seen.

Every table is counts by group, then by metric, and tables add up (`merge`) over documents, folds and seeds. A group is
told by the item itself (see `khabar.eval.facets`): where gold and prediction disagree, precision is of what was
predicted in the group, recall of what is gold in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from seqeval.scheme import IOB2, Entities

from khabar.arabic import tokens
from khabar.corpus.items import items
from khabar.corpus.overlap import Place
from khabar.document import Document, Extent
from khabar.eval import tags
from khabar.eval.counts import Counts
from khabar.eval.facets import Fields, fields, grouped, sentence_at
from khabar.eval.score import add, counts, pairs
from khabar.training.lexicon import stem

Table = dict[str, dict[str, Counts]]
"""By group, then by metric; a metric that has nothing in a group, gold or predicted, is left out there."""

LENGTHS = ("0", "1", "2", "3-4", "5+")
"""Lengths of spans, in tokens; 0 only where a predicted span holds none."""


def breakdown(gold: Sequence[Document], predicted: Sequence[Document], by: str) -> Table:
    """Counts by group.

    Args:
        gold: Gold documents, in any order.
        predicted: Predictions on the same texts under the same ids, in any order.
        by: A name of `BY`:
            `story`: all metrics, by the story of the document (a document that names none is one of its own);
            `type`: of the event, for `TC`, `AI` to `AC+` and `tags.trigger`; of the span (`Cue`, `Source`, `Channel`)
            for `tags.attribution`;
            `role`: for `AC`, `AC+` and `tags.argument`;
            `stance`: for `stance`;
            `length`: of the argument, source or channel, in tokens (`LENGTHS`);
            `source`: for `source_link`, `dropped` where the text does not name the source at the cue: it stands in
            another sentence, or an earlier cue has it in gold; else `explicit`.

    Returns:
        Groups in order of name; of `LENGTHS`, in that order.

    Raises:
        InputError: As `khabar.eval.score.score`.
    """
    return _in_order(merge(*(BY[by](*pair) for pair in pairs(gold, predicted))))


def by_seen(gold: Sequence[Document], predicted: Sequence[Document], training: Iterable[Document]) -> Table:
    """Counts of all metrics whose items name a trigger, apart for words that were triggers in training.

    Args:
        gold: Gold documents.
        predicted: Predictions on them, by what was trained on `training`.
        training: Annotated documents.

    Returns:
        `seen` and `unseen`: whether the stem of the trigger (`khabar.training.lexicon.stem`) is that of a trigger in
        training.

    Raises:
        InputError: As `khabar.eval.score.score`.
    """
    known = {stem(event.trigger.text) for document in training for event in document.events}

    def table(gold: Document, predicted: Document) -> Table:
        def group(item: Fields) -> str | None:
            if "trigger" not in item:
                return None
            start, end = item["trigger"]
            return "seen" if stem(gold.text[start:end]) in known else "unseen"

        return _transposed(grouped(gold, predicted, group))

    return _in_order(merge(*(table(*pair) for pair in pairs(gold, predicted))))


def merge(*tables: Mapping[str, Mapping[str, Counts]]) -> Table:
    """Adds tables up, over documents, folds or seeds."""
    merged: Table = {}
    for group, row in chain.from_iterable(table.items() for table in tables):
        into = merged.setdefault(group, {})
        for metric, counted in row.items():
            into[metric] = into.get(metric, Counts()) + counted
    return merged


def breakdown_rows(table: Table, by: str, metrics: Sequence[str] | None = None) -> tuple[list[str], list[list[str]]]:
    """Header and rows: F1 in percent and, in brackets, the number of gold items, of each group and metric.

    Args:
        table: What `breakdown` or `by_seen` gave.
        by: What the groups are, for the header.
        metrics: What is shown; everything that the table holds if None.
    """
    held = {metric for row in table.values() for metric in row}
    shown = [metric for metric in add() if metric in (held if metrics is None else held.intersection(metrics))]
    rows = [[group, *(_cell(row.get(metric, Counts())) for metric in shown)] for group, row in table.items()]
    return [by, *shown], rows


def _by_story(gold: Document, predicted: Document) -> Table:
    return {gold.source.story or gold.id: {k: c for k, c in counts(gold, predicted).items() if c != Counts()}}


def _by_type(gold: Document, predicted: Document) -> Table:
    table = _transposed(grouped(gold, predicted, lambda item: item.get("type")))
    return merge(table, _by_tag(gold, predicted, "tags.trigger"), _by_tag(gold, predicted, "tags.attribution"))


def _by_role(gold: Document, predicted: Document) -> Table:
    table = _transposed(grouped(gold, predicted, lambda item: item.get("role")))
    return merge(table, _by_tag(gold, predicted, "tags.argument"))


def _by_stance(gold: Document, predicted: Document) -> Table:
    return _transposed(grouped(gold, predicted, lambda item: item.get("stance")))


def _by_length(gold: Document, predicted: Document) -> Table:
    def group(item: Fields) -> str | None:
        return _length(gold, item["span"]) if "span" in item else None

    return _transposed(grouped(gold, predicted, group))


def _by_source(gold: Document, predicted: Document) -> Table:
    first_cue: dict[Place, tuple[int, int]] = {}  # of each source, where the first cue stands that has it in gold
    for item in items(gold, gold)["source_link"]:
        link = fields("source_link", item)
        begin = _begin(gold, link["cue"])
        first_cue[link["span"]] = min(first_cue.get(link["span"], begin), begin)

    def group(item: Fields) -> str | None:
        if item.keys() != {"cue", "span"}:
            return None
        cue, span = item["cue"], item["span"]
        named_before = span in first_cue and first_cue[span] < _begin(gold, cue)
        return "dropped" if named_before or sentence_at(gold, cue) != sentence_at(gold, span) else "explicit"

    return _transposed(grouped(gold, predicted, group))


BY: dict[str, Callable[[Document, Document], Table]] = {
    "story": _by_story,
    "type": _by_type,
    "role": _by_role,
    "stance": _by_stance,
    "length": _by_length,
    "source": _by_source,
}
"""What scores can be taken apart by."""


def _begin(gold: Document, cue: Place) -> tuple[int, int]:
    """Where a cue stands, for order: its sentence, then its start in it; a null cue comes first in its sentence."""
    return sentence_at(gold, cue), cue.start if isinstance(cue, Extent) else -1


def _by_tag(gold: Document, predicted: Document, metric: str) -> Table:
    """Counts a layer of tags by label, as `khabar.eval.tags.tag_counts` counts it whole; `lost` has no label."""
    layer = tags.sequences(gold, predicted)[metric]
    wanted, found = (set(chain.from_iterable(Entities(side, IOB2).entities)) for side in (layer.gold, layer.predicted))
    return {
        label: {metric: Counts.of({e for e in wanted if e.tag == label}, {e for e in found if e.tag == label})}
        for label in {e.tag for e in wanted | found}
    }


def _length(gold: Document, span: Extent) -> str:
    held = len(tokens(gold.text, gold.cuts, span.start, span.end))
    return str(held) if held < 3 else "3-4" if held < 5 else "5+"


def _transposed(by_metric: Mapping[str, Mapping[str, Counts]]) -> Table:
    return merge(*({group: {metric: c}} for metric, groups in by_metric.items() for group, c in groups.items()))


def _in_order(table: Table) -> Table:
    rank = {length: i for i, length in enumerate(LENGTHS)}
    return {
        group: {metric: table[group][metric] for metric in add() if metric in table[group]}
        for group in sorted(table, key=lambda name: (rank.get(name, len(rank)), name))
    }


def _cell(counted: Counts) -> str:
    return f"{100 * counted.f1:.1f} ({counted.gold})" if counted.gold or counted.predicted else "-"
