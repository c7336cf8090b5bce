"""The verbs of the evaluation room: score predictions, run benchmarks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from khabar.cli.verb import add_verb, print_json, progress, project_of, refuse_unsound
from khabar.corpus.store import read_documents, write_atomic

if TYPE_CHECKING:
    from khabar.eval.ledger import Line


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
    score = add_verb(
        verbs,
        "score",
        _score,
        "score predicted documents against gold ones",
        """khabar score corpus/gold predictions
           khabar score corpus/gold/zummar-alhurra.json predictions/zummar-alhurra.json --json""",
    )
    score.add_argument("gold", type=Path, metavar="GOLD", help="gold documents: a folder, a .json or a .jsonl")
    score.add_argument("predicted", type=Path, metavar="PREDICTED", help="predictions on the same documents, likewise")
    score.add_argument("--json", action="store_true", help="print one JSON object, ratios from 0 to 1")

    benchmark = add_verb(
        verbs,
        "benchmark",
        _benchmark,
        "runs a benchmark of eval/benchmarks, prints its table and appends a line to the ledger",
        """khabar benchmark stories
           khabar benchmark stories --seeds 1 2 --encoder path/to/encoder --recipe training/recipes/arabert.yaml""",
    )
    benchmark.add_argument("name", metavar="NAME", help="a file of eval/benchmarks/, without its ending")
    benchmark.add_argument("--recipe", metavar="FILE", help="measure this recipe (else: the benchmark's)")
    benchmark.add_argument("--encoder", metavar="PATH_OR_HUB_ID", help="with this encoder (else: the recipe's)")
    benchmark.add_argument("--seeds", type=int, nargs="+", default=[], metavar="N", help="one training each")
    benchmark.add_argument("--data", type=Path, nargs="+", default=[], metavar="PATH", help="documents from elsewhere")
    benchmark.add_argument("--accept", action="store_true", help="mark the line: pages show it, gates compare to it")
    benchmark.add_argument("--json", action="store_true", help="print the ledger's line")


def _score(options: argparse.Namespace) -> int:
    from khabar.eval.score import score
    from khabar.eval.table import print_table, score_table

    scores = score(read_documents([options.gold]), read_documents([options.predicted]))
    if options.json:
        print_json(scores.to_json())
        return 0
    documents = f"{scores.documents} documents" if scores.documents > 1 else "1 document (too few for an interval)"
    print_table(score_table(scores, f"{documents}; percent, micro-averaged; interval of F1 by bootstrap"))
    return 0


def _benchmark(options: argparse.Namespace) -> int:
    from khabar.corpus.checks import check_documents
    from khabar.eval import ledger
    from khabar.eval.benchmark import Annotators, load_benchmark
    from khabar.eval.protocol import keep_predictions
    from khabar.eval.run import Options, run_annotators, run_trained

    project = project_of(options)
    plan = load_benchmark(project, options.name)
    refuse_unsound(check_documents(project.gold_documents(), project.ontology))
    changed = Options(options.recipe, options.encoder, tuple(options.seeds), tuple(options.data), options.accept)
    if isinstance(plan, Annotators):
        outcome = run_annotators(plan, project, changed)
    else:
        outcome = run_trained(plan, project, changed, progress)
    ledger.append(project.ledger, outcome.line)
    for role, result in outcome.results.items():
        keep_predictions(result, project.root / "runs" / plan.name / role)
    write_atomic(project.ledger.with_name(f"{plan.name}.md"), _as_page(outcome.line))
    if options.json:
        print(ledger.dumps(outcome.line))
    else:
        _print_line(outcome.line)
    return 0


def _print_line(line: Line) -> None:
    from khabar.eval.comparison import caption, part_rows, score_rows
    from khabar.eval.table import print_table, rows_table

    print(caption(line) + "\n")
    print_table(rows_table(*score_rows(line)))
    if part_rows(line)[1]:
        print()
        print_table(rows_table(*part_rows(line)))


def _as_page(line: Line) -> str:
    from khabar.eval.comparison import caption, part_rows, score_rows
    from khabar.markdown import table

    tables = [table(*score_rows(line)), *([table(*part_rows(line))] if part_rows(line)[1] else [])]
    return "\n\n".join([f"# {line.benchmark}", caption(line), *tables]) + "\n"
