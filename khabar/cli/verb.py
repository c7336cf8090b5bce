"""What the verbs share: how one is declared, and which project it works on."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from khabar.corpus.store import Project, find_project


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


def print_json(value: Any) -> None:
    """Prints a value as JSON, Arabic as it is."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    print()


def _indented(lines: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in lines.strip().splitlines())
