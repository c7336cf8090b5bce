"""The verb `benchmark`: run one, compare two lines of the ledger, submit a line from elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from khabar.cli.verb import add_verb, print_json, progress, project_of, refuse_unsound
from khabar.corpus.store import Project, write_atomic
from khabar.errors import InputError

if TYPE_CHECKING:
    from khabar.eval.comparison import Rows
    from khabar.eval.ledger import Line


def add_verbs(verbs: Any) -> None:
    """Declares `benchmark`."""
    verb = add_verb(
        verbs,
        "benchmark",
        benchmark,
        "runs a benchmark of eval/benchmarks, prints its table and appends a line to the ledger",
        """khabar benchmark stories
        khabar benchmark stories --seeds 1 2 --recipe training/recipes/arabert.yaml --encoder path/to/encoder
        khabar benchmark stories --gate                        # fail if it fell below the last accepted line
        khabar benchmark --compare stories:model stories:floor # is the difference more than chance? of the newest line
        khabar benchmark --submit line.json                    # a line that was measured elsewhere""",
    )
    verb.add_argument("name", nargs="?", metavar="NAME", help="a file of eval/benchmarks/, without its ending")
    verb.add_argument("--recipe", metavar="FILE", help="measure this recipe (else: the benchmark's)")
    verb.add_argument("--encoder", metavar="PATH_OR_HUB_ID", help="with this encoder (else: the recipe's)")
    verb.add_argument("--seeds", type=_seed, nargs="+", default=[], metavar="N", help="one training each")
    verb.add_argument(
        "--data", type=Path, nargs="+", default=[], metavar="PATH", help="documents or files from elsewhere"
    )
    verb.add_argument("--accept", action="store_true", help="mark the line: pages show it, gates compare to it")
    verb.add_argument("--gate", action="store_true", help="exit 1 if the scores fell (see eval/README.md)")
    verb.add_argument("--json", action="store_true", help="print the ledger's line; with --compare, the tests")
    verb.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="two lines: an id, or a benchmark for its newest line, with :ROLE (else: the model)",
    )
    verb.add_argument("--submit", type=Path, metavar="FILE", help="check a line from elsewhere, and append it")


def benchmark(options: argparse.Namespace) -> int:
    """Does what was asked for: exactly one of NAME, --compare, --submit."""
    project = project_of(options)
    if sum(asked is not None for asked in (options.name, options.compare, options.submit)) != 1:
        raise InputError("give a benchmark's NAME, or --compare A B, or --submit FILE")
    if options.compare:
        return _compare(project, options.compare, options.json)
    if options.submit:
        return _submit(project, options.submit)
    return _run(project, options)


def _run(project: Project, options: argparse.Namespace) -> int:
    from khabar.corpus.checks import check_documents
    from khabar.eval import ledger
    from khabar.eval.benchmark import Stories, load_benchmark
    from khabar.eval.gate import failures
    from khabar.eval.protocol import keep_predictions
    from khabar.eval.run import Options, run
    from khabar.eval.unfinished import Unfinished

    plan = load_benchmark(project, options.name)
    accepted = ledger.last_accepted(project.ledger, plan.name)
    expects = isinstance(plan, Stories) and bool(plan.expect)
    if options.gate and accepted is None and not expects:
        raise InputError(f"no line of {plan.name} is accepted yet; run it once with --accept", project.ledger)
    refuse_unsound(check_documents([*project.gold_documents(), *project.authored_documents()], project.ontology))
    changed = Options(options.recipe, options.encoder, tuple(options.seeds), tuple(options.data), options.accept)
    outcome = run(plan, project, changed, progress)
    ledger.append(project.ledger, outcome.line)
    Unfinished.of(project, plan.name).clear()
    for role, result in outcome.results.items():
        keep_predictions(result, project.root / "runs" / plan.name / role)
    write_atomic(project.ledger.with_name(f"{plan.name}.md"), _as_page(outcome.line))
    if options.json:
        print(ledger.dumps(outcome.line))
    else:
        _print(outcome.line)
    fell = failures(outcome.line, plan, accepted) if options.gate else []
    for reason in fell:
        print(f"gate: {reason}", file=sys.stderr)
    return 1 if fell else 0


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; seeds are whole numbers from 0 on")
    return int(text)


def _compare(project: Project, names: Sequence[str], as_json: bool) -> int:
    from khabar.eval import ledger
    from khabar.eval.compare import Side, compare, compare_rows
    from khabar.eval.table import print_table, rows_table

    sides = []
    for name in names:
        which, _, role = name.partition(":")
        line = ledger.find(project.ledger, which)
        if (role or "model") not in line.systems:
            raise InputError(f"has no role {role or 'model'!r}; it has {', '.join(line.systems)}", line.id)
        sides.append(Side(line, role or "model"))
    if as_json:
        tests = {metric: {"difference": t.difference, "p": t.p} for metric, t in compare(*sides).items()}
        print_json({"a": sides[0].told, "b": sides[1].told, "tests": tests})
        return 0
    rows = compare_rows(*sides)
    for side in sides:
        print(side.told)
    print("F1 in percent; paired approximate-randomisation test over sentences, which are not independent")
    print("inside a document: p is too small rather than too large. Look at every story beside it.\n")
    print_table(rows_table(*rows))
    return 0


def _submit(project: Project, file: Path) -> int:
    from khabar.eval import ledger

    if not file.is_file():
        raise InputError("does not exist", file)
    lines = ledger.read(file)
    if not lines:
        raise InputError("holds no line", file)
    known = {ledger.as_submitted(line).id for line in ledger.read(project.ledger)}
    for line in lines:
        submitted = ledger.as_submitted(line)
        if submitted.id in known:
            raise InputError(f"the ledger holds what line {line.id} tells already", file)
        ledger.append(project.ledger, submitted)
        print(submitted.id)
    return 0


def _tables(line: Line) -> list[Rows]:
    from khabar.eval.comparison import part_rows, score_rows, variance_rows

    return [rows for rows in (score_rows(line), part_rows(line), variance_rows(line)) if rows[1]]


def _print(line: Line) -> None:
    from khabar.eval.comparison import caption
    from khabar.eval.table import print_table, rows_table

    print(caption(line))
    for rows in _tables(line):
        print()
        print_table(rows_table(*rows))


def _as_page(line: Line) -> str:
    from khabar.eval.comparison import caption
    from khabar.markdown import table

    return "\n\n".join([f"# {line.benchmark}", caption(line), *(table(*rows) for rows in _tables(line))]) + "\n"
