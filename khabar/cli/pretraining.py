"""The verb that makes an encoder from raw text."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb
from khabar.corpus.store import find_project
from khabar.errors import InputError


def add_verbs(verbs: Any) -> None:
    """Declares the verb."""
    pretrain = add_verb(
        verbs,
        "pretrain",
        _pretrain,
        "pre-trains a small encoder from raw text; the same command goes on with a run that was stopped",
        """khabar pretrain training/recipes/pretrain.yaml --text news/ --out runs/encoder
        khabar pretrain training/recipes/pretrain.yaml --text news/ --packed packed/ --pack-only
        khabar pretrain training/recipes/pretrain.yaml --packed packed/ --out runs/encoder""",
    )
    pretrain.add_argument("recipe", type=Path, metavar="RECIPE", help="a recipe of kind `encoder`")
    pretrain.add_argument(
        "--text",
        nargs="+",
        type=Path,
        default=[],
        metavar="PATH",
        help=".txt, .txt.xz or folders of them: a paragraph a line, blank lines between documents",
    )
    pretrain.add_argument(
        "--packed", type=Path, metavar="DIR", help="packed text is here, or will be (else: OUT-packed)"
    )
    pretrain.add_argument("--pack-only", action="store_true", help="pack the text and stop")
    pretrain.add_argument("--out", type=Path, metavar="DIR", help="the encoder's folder (else: runs/RECIPE-SEED)")
    pretrain.add_argument("--seed", type=int, metavar="N", help="another seed than the recipe's")
    pretrain.add_argument("--force", action="store_true", help="start over where the folder holds a run already")


def _pretrain(options: argparse.Namespace) -> int:
    from khabar.training.pretraining.pretrain import packed_text, pretrain
    from khabar.training.pretraining.recipe import load_pretraining_recipe
    from khabar.training.provenance import revision_of

    recipe = load_pretraining_recipe(options.recipe)
    if options.seed is not None:
        recipe = recipe.changed(seed=options.seed)
    out = options.out or _root(options) / "runs" / f"{recipe.name}-{recipe.seed}"
    folder = options.packed or out.with_name(f"{out.name}-packed")

    def tell(line: str) -> None:
        print(line, file=sys.stderr)

    with _progress() as advance:
        packed = packed_text(recipe, folder, options.text, advance, tell)
        if options.pack_only:
            out = folder
        else:
            revision = revision_of(Path(__file__).parent)
            pretrain(recipe, packed, out, revision=revision, force=options.force, advance=advance, tell=tell)
    print(out)
    return 0


def _root(options: argparse.Namespace) -> Path:
    """The project, or the working directory: pre-training needs no corpus."""
    try:
        root: Path = options.project or find_project().root
        return root
    except InputError:
        return Path()


@contextmanager
def _progress() -> Iterator[Callable[[str, float, float], None]]:
    """A progress bar on standard error, on a terminal; gives a function that is told what is done, and how much."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("pre-training", total=None)
        stage = ""

        def advance(what: str, done: float, total: float) -> None:
            nonlocal stage
            if (kind := what.split(" ")[0]) != stage:
                stage = kind
                bar.reset(task, total=total)
            bar.update(task, description=what, completed=done, total=total)

        yield advance
