"""The verbs of publishing: a dataset or a model, into a folder or to the Hub; and of putting text back in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, print_json, project_of, refuse_unsound
from khabar.corpus.store import write_atomic
from khabar.errors import InputError

_TEXTS = (
    "`full` holds the articles' text, which belongs to its publishers; `standoff` holds offsets, hashes and sources, "
    "and no word of the articles"
)


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
    publish = add_verb(
        verbs,
        "publish",
        _publish_dataset,
        "publishes the corpus or a model: into a folder in the layout of the Hugging Face Hub, or to the Hub itself",
        """khabar publish dataset --to out
        khabar publish dataset --repo owner/khabar --text full --private --dry-run
        khabar publish model runs/default-1 --repo owner/khabar-tagger""",
    )
    kinds = publish.add_subparsers(dest="what", metavar="WHAT", required=True)
    _add_dataset(kinds)
    _add_model(kinds)
    _add_rehydrate(verbs)


def _add_dataset(kinds: Any) -> None:
    dataset = add_verb(
        kinds,
        "dataset",
        _publish_dataset,
        "publishes the corpus: Parquet that `load_dataset` loads, with card, datasheet and ontology",
        """khabar publish dataset --to out
        khabar publish dataset --repo owner/khabar --text full --private --dry-run
        HF_TOKEN=… khabar publish dataset --repo owner/khabar --text full --gated""",
    )
    _add_target(dataset, "the tag of this version (else: v and corpus/VERSION)")
    dataset.add_argument("--text", choices=("full", "standoff"), help=f"{_TEXTS}; --repo demands it, --to takes `full`")


def _add_model(kinds: Any) -> None:
    model = add_verb(
        kinds,
        "model",
        _publish_model,
        "publishes a model: weights, tokenizer, settings, recipe, and a card with the results that the ledger holds",
        """khabar publish model runs/default-1 --to out
        khabar publish model runs/default-1 --repo owner/khabar-tagger --public --tag v1""",
    )
    model.add_argument("model", type=Path, metavar="DIR", help="a folder that `khabar train` made")
    _add_target(model, "a tag for this version (else: none)")


def _add_rehydrate(verbs: Any) -> None:
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


def _add_target(verb: argparse.ArgumentParser, tag: str) -> None:
    target = verb.add_mutually_exclusive_group(required=True)
    target.add_argument("--to", type=Path, metavar="DIR", help="write a folder")
    target.add_argument(
        "--repo",
        metavar="ID",
        help="push to a repository of the Hub (owner/name), made if need be; token from HF_TOKEN or `hf auth login`",
    )
    access = verb.add_mutually_exclusive_group()
    access.add_argument("--private", action="store_true", help="only its owner reads it (so is every new repository)")
    access.add_argument("--gated", action="store_true", help="who logs in and accepts the conditions reads it")
    access.add_argument("--public", action="store_true", help="everybody reads it")
    verb.add_argument("--tag", metavar="NAME", help=tag)
    verb.add_argument("--dry-run", action="store_true", help="tell what a push would do to each file, and do nothing")
    verb.add_argument("--json", action="store_true", help="print what became of each file as JSON")


def _publish_dataset(options: argparse.Namespace) -> int:
    from khabar.corpus.checks import check_documents
    from khabar.hub.dataset import material_of, write_files

    if options.repo is not None and options.text is None:
        raise InputError(f"--repo needs --text full or --text standoff: {_TEXTS}")
    _check_target(options)
    project = project_of(options)
    material = material_of(project)
    published = [*(d for documents in material.splits.values() for d in documents), *material.authored]
    refuse_unsound(check_documents(published, project.ontology))
    with _extra_packages():
        from khabar.hub.dataset_card import dataset_files

        files = dataset_files(project, options.text or "full", options.repo)
    if options.repo is not None:
        from khabar.hub.publications import dataset_publication

        return _push(options, dataset_publication(project, files, options.tag))
    write_files(files, options.to)
    if options.text is None:
        print(f"{options.to} holds the articles' text; --text standoff leaves it out", file=sys.stderr)
    return _written(options, files)


def _publish_model(options: argparse.Namespace) -> int:
    from khabar.hub.model_card import model_files
    from khabar.hub.publications import model_publication

    _check_target(options)
    try:
        project = project_of(options)
    except InputError:
        if options.project is not None:
            raise
        project = None
    files = model_files(options.model, project, options.repo)
    if options.repo is not None:
        return _push(options, model_publication(files, f"Model {options.model.resolve().name}", options.tag))
    if options.to.is_dir() and (foreign := sorted(p.name for p in options.to.iterdir() if p.name not in files)):
        raise InputError(f"holds {foreign[0]}, which is no part of the model; name another folder", options.to)
    for path, source in files.items():
        write_atomic(options.to / path, source if isinstance(source, bytes) else source.read_bytes())
    return _written(options, files)


def _push(options: argparse.Namespace, publication: Any) -> int:
    from huggingface_hub.utils import logging

    from khabar.hub.push import Access, push

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    wanted = [access for access in Access if getattr(options, access.name.lower())]
    pushed = push(
        publication,
        options.repo,
        wanted[0] if wanted else None,
        dry_run=options.dry_run,
        tell=lambda line: print(f"khabar publish: {line}", file=sys.stderr, flush=True),
    )
    if options.json:
        print_json(
            {
                "url": pushed.url,
                "commit": pushed.commit,
                "committed": pushed.committed and not options.dry_run,
                "tag": pushed.tag,
                "tagged": pushed.tagged,
                "access": pushed.access.name.lower(),
                "files": pushed.files,
            }
        )
        return 0
    if options.dry_run or pushed.committed:
        for path, state in pushed.files.items():
            if options.dry_run or state != "same":
                print(f"{state:8} {path}")
    done = "would be pushed" if options.dry_run else "pushed"
    changed = done if pushed.committed else "holds this already, no commit"
    tag = f", tag {pushed.tag}" if pushed.tag else ""
    if pushed.tagged not in (None, pushed.commit):
        tag += f" (stays at {pushed.tagged[:12] if pushed.tagged else ''}: only pages differ)"
    print(f"{pushed.url}: {changed}{tag}, {pushed.access.name.lower()}")
    return 0


def _check_target(options: argparse.Namespace) -> None:
    if options.repo is not None:
        from khabar.hub.push import check_target

        check_target(options.what, options.repo, options.dry_run)
    else:
        for name in ("private", "gated", "public", "dry_run", "tag"):
            if getattr(options, name):
                raise InputError(f"--{name.replace('_', '-')} is for --repo")


def _written(options: argparse.Namespace, files: Mapping[str, bytes | Path]) -> int:
    if options.json:
        print_json({p: len(s) if isinstance(s, bytes) else s.stat().st_size for p, s in files.items()})
    else:
        print(options.to)
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
    return _written(options, files)


@contextmanager
def _extra_packages() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(f"needs the package {error.name}; install it with `pip install 'khabar[hub]'`") from None
