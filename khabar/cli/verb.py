"""What the verbs share: how one is declared, and which project it works on."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from khabar.corpus.incident import Incident
from khabar.corpus.store import Project, find_project
from khabar.errors import InputError


def add_verb(
    verbs: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
) -> argparse.ArgumentParser:
    """Declares a verb.

    Args:
        verbs: What `ArgumentParser.add_subparsers` gave.
        name: The verb.
        run: Takes the parsed options, gives the exit code.
        summary: One sentence for `khabar --help` and the verb's own help.
        example: Command lines that work, shown at the end of the verb's help.
    """
    parser: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n{_indented(example)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def project_of(options: argparse.Namespace) -> Project:
    """The project named by `--project`, or else the one around the working directory.

    Raises:
        InputError: If there is none.
    """
    return Project(options.project) if options.project is not None else find_project()


def refuse_unsound(incidents: Sequence[Incident]) -> None:
    """Stops before any work if checks found an error.

    Raises:
        InputError: Telling the first error, and how many there are.
    """
    errors = [incident for incident in incidents if incident.severity == "error"]
    if errors:
        more = f" (and {len(errors) - 1} more errors; `khabar check` tells them)" if len(errors) > 1 else ""
        raise InputError(f"{errors[0].message}{more}", errors[0].document, errors[0].check)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error, or a line a part where that is no terminal.

    Gives what is told of each part: its name, and how many of `total` it is (1 unless told).
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(what, total=total)

        def advance(done: str, count: int = 1) -> None:
            bar.update(task, advance=count, description=done)
            if not console.is_terminal:
                print(f"{done} ({int(bar.tasks[task].completed)} of {total})", file=sys.stderr, flush=True)

        yield advance


def print_json(value: Any) -> None:
    """Prints a value as JSON, Arabic as it is."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    print()


def _indented(lines: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in lines.strip().splitlines())
