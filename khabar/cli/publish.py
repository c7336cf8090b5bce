"""The verbs of publishing: `publish` and `rehydrate`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, print_json, project_of, refuse_unsound
from khabar.errors import InputError


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
    publish = add_verb(
        verbs,
        "publish",
        _publish,
        "writes the corpus as a dataset: a folder in the layout of the Hugging Face Hub",
        "khabar publish dataset --to out\nkhabar publish dataset --to out --text standoff",
    )
    publish.add_argument("what", choices=["dataset"], help="what to publish")
    publish.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder that `load_dataset` loads")
    publish.add_argument(
        "--text",
        choices=["full", "standoff"],
        default="full",
        help="full (the default): with the articles' text; standoff: offsets and hashes, no word of the articles",
    )
    publish.add_argument("--json", action="store_true", help="print each file and its size in bytes as JSON")

    rehydrate = add_verb(
        verbs,
        "rehydrate",
        _rehydrate,
        "puts the text of the articles, from copies of your own, into a dataset that was published without it",
        "khabar rehydrate dataset --articles copies --to with-text",
    )
    rehydrate.add_argument("dataset", type=Path, metavar="DIR", help="the files of a dataset without text")
    rehydrate.add_argument(
        "--articles",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help="the articles as they were published: text files, web pages, and folders of them",
    )
    rehydrate.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder that `load_dataset` loads")
    rehydrate.add_argument("--json", action="store_true", help="print each file and its size in bytes as JSON")


def _publish(options: argparse.Namespace) -> int:
    from khabar.corpus.checks import check_documents
    from khabar.hub.dataset import material_of, write_files

    project = project_of(options)
    material = material_of(project)
    published = [*(d for documents in material.splits.values() for d in documents), *material.authored]
    refuse_unsound(check_documents(published, project.ontology))
    with _extra_packages():
        from khabar.hub.dataset_card import dataset_files

        files = dataset_files(project, options.text)
    write_files(files, options.to)
    _tell(files, options)
    return 0


def _rehydrate(options: argparse.Namespace) -> int:
    from khabar.hub.dataset import write_files

    with _extra_packages():
        from khabar.hub.rehydrate import rehydrated

        files, refused = rehydrated(options.dataset, options.articles)
    for refusal in refused:
        print(refusal, file=sys.stderr)
    if refused:
        raise InputError(f"{len(refused)} documents cannot be rebuilt; nothing was written", options.dataset)
    write_files(files, options.to)
    _tell(files, options)
    return 0


@contextmanager
def _extra_packages() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(f"needs the package {error.name}; install it with `pip install 'khabar[hub]'`") from None


def _tell(files: Mapping[str, bytes], options: argparse.Namespace) -> None:
    if options.json:
        print_json({path: len(data) for path, data in files.items()})
    else:
        print(options.to)
