"""`khabar`: parses the command line, runs one verb, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from khabar.cli import (
    annotation,
    benchmark,
    convert,
    corpus,
    evaluation,
    pretraining,
    publish,
    report,
    studio,
    training,
)
from khabar.corpus.store import find_project
from khabar.errors import InputError

Verb = Callable[[argparse.Namespace], int]
_GO_ON = frozenset({"train", "pretrain"})  # verbs that always go on; a benchmark does with committed code alone


class _Parser(argparse.ArgumentParser):
    """Tells a wrong command line in one line, as every other error is told."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see `{self.prog} --help`\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog="khabar",
        description="Arabic news: what happened and who says so. Corpus, annotation, training, evaluation.",
        epilog="`khabar VERB --help` shows each verb with an example. Exit: 0 done, 1 a check failed, 2 bad input.",
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    top.add_argument(
        "--project", type=Path, metavar="DIR", help="the project (else: the nearest parent folder that is one)"
    )
    top.add_argument("--debug", action="store_true", help="show the traceback of an error")
    verbs = top.add_subparsers(dest="verb", metavar="VERB")
    for room in (corpus, convert, annotation, studio, pretraining, training, evaluation, benchmark, report, publish):
        room.add_verbs(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; gives the exit code."""
    top = parser()
    options = top.parse_args(arguments)
    if options.version:
        from khabar import __version__

        print(f"khabar {__version__}")
        return 0
    if options.verb is None:
        top.print_help()
        return 0
    try:
        if options.project is not None:
            options.project = find_project(options.project).root
        verb: Verb = options.run
        return verb(options)
    except InputError as error:
        if options.debug:
            raise
        print(f"khabar {options.verb}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (`| head`) has gone; what it wanted it has.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        again = "; the same command goes on from here" if options.verb in _GO_ON else ""
        print(f"khabar {options.verb}: stopped{again}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
