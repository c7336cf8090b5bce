"""The verb of publishing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, print_json, project_of, refuse_unsound
from khabar.corpus.store import Project
from khabar.errors import InputError


def add_verbs(verbs: Any) -> None:
    """Declares the verb."""
    publish = add_verb(
        verbs,
        "publish",
        _publish,
        "writes the corpus as a dataset: a folder in the layout of the Hugging Face Hub, with the articles' text",
        "khabar publish dataset --to out",
    )
    publish.add_argument("what", choices=["dataset"], help="what to publish")
    publish.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder that `load_dataset` loads")
    publish.add_argument("--json", action="store_true", help="print each file and its size in bytes as JSON")


def _publish(options: argparse.Namespace) -> int:
    from khabar.corpus.checks import check_documents
    from khabar.hub.dataset import material_of, write_files

    project = project_of(options)
    material = material_of(project)
    published = [*(d for documents in material.splits.values() for d in documents), *material.authored]
    refuse_unsound(check_documents(published, project.ontology))
    files = _dataset_files(project)
    write_files(files, options.to)
    if options.json:
        print_json({path: len(data) for path, data in files.items()})
    else:
        print(options.to)
    return 0


def _dataset_files(project: Project) -> dict[str, bytes]:
    try:
        from khabar.hub.dataset_card import dataset_files

        return dataset_files(project)
    except ModuleNotFoundError as error:
        raise InputError(f"needs the package {error.name}; install it with `pip install 'khabar[hub]'`") from None
