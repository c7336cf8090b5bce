"""The verb `score`: predictions against gold, with errors, overlap and breakdowns where asked for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from khabar.cli.verb import add_verb, print_json
from khabar.corpus.store import read_documents

if TYPE_CHECKING:
    from khabar.document import Document
    from khabar.eval.score import Scores


def add_verbs(verbs: Any) -> None:
    """Declares `score`."""
    score = add_verb(
        verbs,
        "score",
        _score,
        "score predicted documents against gold ones",
        """khabar score corpus/gold predictions
           khabar score corpus/gold/zummar-alhurra.json predictions/zummar-alhurra.json --json
           khabar score corpus/gold predictions --errors --overlap --by type""",
    )
    score.add_argument("gold", type=Path, metavar="GOLD", help="gold documents: a folder, a .json or a .jsonl")
    score.add_argument("predicted", type=Path, metavar="PREDICTED", help="predictions on the same documents, likewise")
    score.add_argument("--json", action="store_true", help="print one JSON object, ratios from 0 to 1")
    score.add_argument("--errors", action="store_true", help="tell what is missed, spurious or wrong, and how")
    score.add_argument("--overlap", action="store_true", help="score spans also by overlap, boundaries forgiven")
    groups = ("story", "type", "role", "stance", "length", "source")
    score.add_argument("--by", choices=groups, help="take the scores apart; `source`: named at the cue, or dropped")


def _score(options: argparse.Namespace) -> int:
    from khabar.eval.score import score
    from khabar.eval.table import print_table, rows_table, score_table

    gold, predicted = read_documents([options.gold]), read_documents([options.predicted])
    scores = score(gold, predicted)
    parts = list(_parts_of_score(options, gold, predicted, scores))
    if options.json:
        print_json(scores.to_json() | {name: value for name, value, *_ in parts})
        return 0
    documents = f"{scores.documents} documents" if scores.documents > 1 else "1 document (too few for an interval)"
    print_table(score_table(scores, f"{documents}; percent, micro-averaged; interval of F1 by bootstrap"))
    for _, _, title, (header, rows) in parts:
        print(f"\n{title}")
        print_table(rows_table(header, rows))
    return 0


def _parts_of_score(
    options: argparse.Namespace, gold: Sequence[Document], predicted: Sequence[Document], scores: Scores
) -> Iterator[tuple[str, Any, str, tuple[list[str], list[list[str]]]]]:
    """What was asked for beside the scores: its key and value in JSON, its title and table on a terminal."""
    if options.overlap:
        from khabar.eval.overlap import overlap, overlap_rows

        forgiving = overlap(gold, predicted)
        value: dict[str, Any] = {metric: counts.to_json() for metric, counts in forgiving.items()}
        yield "overlap", value, "overlap counts as found; percent", overlap_rows(scores.by_metric, forgiving)
    if options.errors:
        from khabar.eval.confusion import LAYERS, confusion
        from khabar.eval.errors import error_rows, outcomes, tally
        from khabar.eval.score import pairs

        found = [outcome for pair in pairs(gold, predicted) for outcome in outcomes(*pair)]
        value = {
            "classes": tally(found),
            "confusion": {layer: confusion(found, layer) for layer in LAYERS},
            "list": [outcome.to_json() for outcome in found if outcome.kind != "correct"],
        }
        yield "errors", value, "what became of every item, gold and predicted", error_rows(tally(found))
    if options.by:
        from khabar.eval.breakdown import breakdown, breakdown_rows
        from khabar.eval.ledger import WATCHED

        table = breakdown(gold, predicted, options.by)
        value = {group: {metric: counts.to_json() for metric, counts in row.items()} for group, row in table.items()}
        shown = WATCHED if options.by == "story" else None
        title = f"by {options.by}: F1 in percent (number of gold items)"
        yield "by", {options.by: value}, title, breakdown_rows(table, options.by, shown)
