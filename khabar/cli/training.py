"""The verbs of the training room: a tagger trained, documents tagged."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, project_of, refuse_unsound
from khabar.errors import InputError


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
    _add_train(verbs)
    _add_extract(verbs)


def _add_train(verbs: Any) -> None:
    train = add_verb(
        verbs,
        "train",
        _train,
        "trains what a recipe describes and saves a model folder; the same command goes on with a run that was stopped",
        """khabar train training/recipes/default.yaml
        khabar train training/recipes/arabert.yaml --encoder ~/models/arabertv02 --seed 2 --out models/arabert
        accelerate launch --cpu --num_processes 2 -m khabar.cli.main train training/recipes/default.yaml""",
    )
    train.add_argument("recipe", type=Path, metavar="RECIPE", help="a recipe (training/recipes/*.yaml)")
    train.add_argument("--out", type=Path, metavar="DIR", help="the model folder (else: runs/RECIPE-SEED)")
    train.add_argument("--seed", type=int, metavar="N", help="another seed than the recipe's")
    train.add_argument(
        "--encoder",
        metavar="PATH_OR_HUB_ID",
        help="a pretrained encoder in place of the recipe's: a folder, owner/name or owner/name@revision",
    )
    train.add_argument(
        "--train",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="documents to train on (else: all of corpus/gold, and of corpus/authored what the recipe says)",
    )
    train.add_argument(
        "--tracker",
        choices=("trackio",),
        help="also tell loss and rates to an experiment tracker on this machine (needs khabar[trackio])",
    )
    train.add_argument("--force", action="store_true", help="start over where the model folder holds a run already")


def _train(options: argparse.Namespace) -> int:
    from khabar.corpus.checks import check_documents
    from khabar.corpus.store import read_documents
    from khabar.corpus.supplement import part
    from khabar.training.processes import is_first
    from khabar.training.provenance import revision_of
    from khabar.training.recipe import TaggerRecipe, load_recipe
    from khabar.training.train import train

    project = project_of(options)
    recipe = load_recipe(options.recipe)
    if options.seed is not None:
        recipe = recipe.changed(seed=options.seed)
    if options.encoder is not None:
        if not isinstance(recipe, TaggerRecipe):
            raise InputError("this kind of recipe has no encoder; leave --encoder out", options.recipe)
        recipe = recipe.changed(encoder=options.encoder, architecture=None)
    documents = read_documents(options.train or [project.gold])
    if not options.train:
        documents += part(project.authored_documents(), recipe.supplement, recipe.supplement_of)
    refuse_unsound(check_documents(documents, project.ontology))
    out = options.out or project.root / "runs" / f"{recipe.name}-{recipe.seed}"
    with _progress("training") as bar:
        train(
            recipe,
            documents,
            project.ontology,
            out,
            roots=(Path(), project.root),
            revision=revision_of(project.root),
            force=options.force,
            advance=lambda done, total: bar(done, total),
            tell=lambda line: print(line, file=sys.stderr) if is_first() else None,
            tracker=options.tracker,
        )
    if is_first():
        print(out)
    return 0


def _add_extract(verbs: Any) -> None:
    extract = add_verb(
        verbs,
        "extract",
        _extract,
        "tags documents with a trained model; their text stays as it is, and offsets count its code points",
        """khabar extract --model runs/default-1 article.txt --out predicted/
        khabar extract --model runs/default-1 articles.jsonl > predicted.jsonl
        khabar extract --model owner/khabar-tagger@v1 article.txt
        cat article.txt | khabar extract --model runs/default-1 -""",
    )
    extract.add_argument(
        "--model",
        required=True,
        metavar="DIR_OR_HUB_ID",
        help="a folder that `khabar train` made, or an id on the Hugging Face Hub (owner/name, owner/name@revision)",
    )
    extract.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="INPUT",
        help='.txt (one document), .jsonl ({"id", "text"} a line), documents, folders of them, - (standard input)',
    )
    to = extract.add_mutually_exclusive_group()
    to.add_argument("--out", type=Path, metavar="DIR", help="write one file a document, named by its id")
    to.add_argument("--jsonl", action="store_true", help="print one document a line (the default)")


def _extract(options: argparse.Namespace) -> int:
    from khabar.corpus.store import write_document
    from khabar.document import dumps_line
    from khabar.training.inputs import STANDARD_INPUT, input_files, read_inputs
    from khabar.training.model_folder import find_model
    from khabar.training.predict import documents_trained_on, predictor

    files = input_files(options.inputs)
    model = find_model(options.model)
    tagger = predictor(model)
    on_disk = {file.resolve() for file in files if file != STANDARD_INPUT}
    size = sum(file.stat().st_size for file in on_disk) if STANDARD_INPUT not in files else None
    trained_on = set(documents_trained_on(model))
    done = seen = silent = 0
    with _progress("extracting") as bar:

        def advance(text: str) -> None:
            nonlocal done
            done += len(text.encode())
            bar(done, size)

        for document in tagger.stream(read_inputs(files), advance):
            seen += document.id in trained_on
            silent += not document.events and not document.attributions
            if options.out is None:
                print(dumps_line(document))
            elif (target := options.out / f"{document.id}.json").resolve() in on_disk:
                raise InputError("is an input, and would be overwritten; name another folder with --out", target)
            else:
                write_document(document, options.out)
    if seen:
        told = "this model was trained on; scores on them say nothing about others"
        print(f"khabar extract: {seen} of the documents bear ids that {told}", file=sys.stderr)
    if silent:
        print(f"khabar extract: nothing was found in {silent} of the documents", file=sys.stderr)
    return 0


@contextmanager
def _progress(what: str) -> Iterator[Callable[[float, float | None], None]]:
    """A progress bar on standard error, on a terminal; gives a function that is told how much is done, and of what."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    # Documents may be printed meanwhile: rich must not take standard output for its own.
    with Progress(console=console, transient=True, redirect_stdout=False, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
