"""The verbs of the corpus room: a project begun, raw articles in, documents checked, documents counted."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, print_json, project_of
from khabar.corpus.incident import Incident
from khabar.document import Document
from khabar.errors import InputError


def add_verbs(verbs: Any) -> None:
    """Declares the verbs."""
    _add_init(verbs)
    _add_ingest(verbs)
    _add_check(verbs)
    _add_stats(verbs)


def _add_init(verbs: Any) -> None:
    init = add_verb(
        verbs,
        "init",
        _init,
        "makes an empty project of your own: labels to edit, and a place for articles, annotation, recipes and scores",
        """khabar init sports
        cd sports && cat README.md   # what to do next""",
    )
    init.add_argument("folder", type=Path, metavar="DIR", help="where: a new or an empty folder")


def _init(options: argparse.Namespace) -> int:
    from khabar.corpus.start import start_project

    print(start_project(options.folder).root)
    print("next: edit corpus/ontology.yaml; README.md tells the rest", file=sys.stderr)
    return 0


def _add_ingest(verbs: Any) -> None:
    ingest = add_verb(
        verbs,
        "ingest",
        _ingest,
        "cleans raw articles (text or HTML) into documents, and tells every line that it drops",
        """khabar ingest corpus/articles/*.txt --out documents/
        khabar ingest page.html --id base-attack --story base --out documents/""",
    )
    ingest.add_argument("files", nargs="+", type=Path, metavar="FILE", help="raw articles")
    ingest.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the documents go, one file each")
    ingest.add_argument("--id", help="the document's id (else: the manifest's, or the file's name); one FILE only")
    ingest.add_argument("--story", help="the story that the articles tell (else: the manifest's, or the id)")
    ingest.add_argument(
        "--json", action="store_true", help="print documents, dropped lines and near-duplicates as JSON"
    )


def _ingest(options: argparse.Namespace) -> int:
    from khabar.corpus.ingest import ingest, load_manifest
    from khabar.corpus.similarity import near_duplicates
    from khabar.corpus.store import read_documents, write_document

    if options.id and len(options.files) > 1:
        raise InputError("--id names one document; give one FILE with it")
    try:
        project = project_of(options)
    except InputError:
        project = None  # raw articles can be cleaned anywhere; a project adds its manifest and its corpus
    manifest = load_manifest(project.manifest) if project else []
    results = [ingest(file, manifest, options.id, options.story) for file in options.files]
    new = [document for result in results for document in result.documents]
    ids = [document.id for document in new]
    if twice := next((i for n, i in enumerate(ids) if i in ids[:n]), None):
        raise InputError(f"two of the articles would be the document {twice}; give ids in the manifest or with --id")
    known = read_documents(sorted(project.gold.glob("*.json*"))) if project else []
    alike = near_duplicates(new, among=[d for d in known if d.id not in ids]) + near_duplicates(new)
    for document in new:
        write_document(document, options.out)
    if options.json:
        told = {(one, other): similarity for one, other, similarity in alike}
        print_json(
            [
                {
                    "file": str(result.file),
                    "documents": [document.id for document in result.documents],
                    "dropped": [asdict(line) for line in result.dropped],
                    "near_duplicates": [
                        {"document": one, "like": other, "similarity": similarity}
                        for (one, other), similarity in told.items()
                        if one in {document.id for document in result.documents}
                    ],
                }
                for result in results
            ]
        )
        return 0
    for result in results:
        for line in result.dropped:
            print(f"{result.file}:{line.line}: {line.reason}: {line.text}", file=sys.stderr)
        for document in result.documents:
            print(options.out / f"{document.id}.json")
    for one, other, similarity in alike:
        print(f"near-duplicate: {one} is like {other}, similarity {similarity:.2f}", file=sys.stderr)
    return 0


def _add_stats(verbs: Any) -> None:
    stats = add_verb(
        verbs,
        "stats",
        _stats,
        "counts documents by type, role, stance and story, and tells text shared between folds",
        """khabar stats
        khabar stats --plot
        khabar stats corpus/authored --against news/    # how far the supplement is from real news
        khabar stats predicted/ --json""",
    )
    stats.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="documents (else: the corpus's gold)")
    shown = stats.add_mutually_exclusive_group()
    shown.add_argument("--plot", action="store_true", help="draw the counts as bars")
    shown.add_argument(
        "--against",
        nargs="+",
        type=Path,
        metavar="TEXT",
        help="measure beside raw news instead (.txt, .txt.xz, folders; a file an outlet), and try to tell them apart",
    )
    stats.add_argument("--json", action="store_true", help="print the numbers as JSON")


def _likeness(documents: Sequence[Document], options: argparse.Namespace) -> int:
    from khabar.corpus.likeness import likeness
    from khabar.training.pretraining.text import read_text, text_files

    outlets = [(line for lines in read_text(file) for line in lines) for file in text_files(options.against)]
    found = likeness(documents, outlets)
    if options.json:
        print_json(asdict(found))
        return 0
    print(f"{'':<24}{'documents':>12}{'news':>12}")
    for name, value in asdict(found.documents).items():
        print(f"{name:<24}{value:>12.6g}{asdict(found.news)[name]:>12.6g}")
    print(f"told apart by their words: {100 * found.told_apart:.1f} % of the sentences")
    return 0


def _stats(options: argparse.Namespace) -> int:
    from khabar.corpus.copied import RUN
    from khabar.corpus.folds import leakage, load_folds
    from khabar.corpus.stats import stats
    from khabar.corpus.store import read_documents

    project = project_of(options)
    documents = read_documents(options.paths or [project.gold])
    if options.against:
        return _likeness(documents, options)
    counted = stats(documents, project.ontology)
    leaks = leakage(documents, load_folds(project.folds)) if not options.paths and project.folds.exists() else []
    if options.json:
        print_json(counted | {"leakage": [asdict(leak) for leak in leaks]})
        return 0
    if options.plot:
        _draw_bars(counted)
        return 0
    for name, value in counted.items():
        if not isinstance(value, dict):
            print(f"{name}  {value}")
            continue
        print(name)
        for label, number in value.items():
            line = "  ".join(f"{key} {n}" for key, n in number.items()) if isinstance(number, dict) else number
            print(f"  {label:<31} {line}")
    print(f"runs of {RUN} words shared between folds: {sum(leak.shared for leak in leaks)}")
    for leak in leaks:
        print(f"  fold {leak.fold}: {leak.test} and {leak.train} share {leak.shared} ({leak.example})")
    return 0


def _draw_bars(counted: dict[str, Any]) -> None:
    """Counts by label as bars of text, each group to its own scale; as wide on a pipe as on a terminal."""
    for name in ("type", "role", "realis", "polarity", "stance"):
        most = max(counted[name].values(), default=0) or 1
        print(name)
        for label, count in counted[name].items():
            print(f"  {label:<12}{'█' * round(40 * count / most)}{' ' if count else ''}{count}")


def _add_check(verbs: Any) -> None:
    check = add_verb(
        verbs,
        "check",
        _check,
        "checks documents: well-formed, text, ontology, links, corpus, consistency",
        """khabar check
        khabar check predicted/ --level 3 --json
        khabar check corpus/gold corpus/authored --level 6   # where the same words are annotated in several ways
        khabar check --list""",
    )
    check.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files or folders of documents (else: the gold and the supplement)",
    )
    check.add_argument(
        "--level",
        type=int,
        choices=range(1, 7),
        help="the last level to check: 1 well-formed, 2 text, 3 ontology, 4 links, 5 corpus, "
        "6 consistency (else: 5 for the corpus, 4)",
    )
    check.add_argument(
        "--against",
        nargs="+",
        type=Path,
        default=[],
        metavar="TEXT",
        help="also tell runs of eight words that the documents share with these .txt, .txt.xz or folders of them",
    )
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    check.add_argument("--json", action="store_true", help="print a list of objects, one an incident")
    check.add_argument("--list", action="store_true", help="print the checks and stop")


def _check(options: argparse.Namespace) -> int:
    from khabar.corpus.checks import CHECKS, check_paths
    from khabar.corpus.store import read_documents
    from khabar.ontology import default_ontology
    from khabar.training.pretraining.text import text_files

    if options.list:
        _print_checks(CHECKS, options.json)
        return 0
    project = None
    try:
        project = project_of(options)
    except InputError:
        if not options.paths:
            raise
    corpus = (
        [] if project is None else [project.gold, *([project.authored] if any(project.authored.glob("*.json")) else [])]
    )
    paths = options.paths or corpus
    whole = bool(corpus) and {p.resolve() for p in paths} in ({corpus[0].resolve()}, {p.resolve() for p in corpus})
    level = options.level or (5 if whole else 4)
    ontology = default_ontology() if project is None else project.ontology
    incidents = check_paths(paths, ontology, level, _progress)
    if options.against:
        incidents += _copied(read_documents(paths), text_files(options.against))
    if options.json:
        print_json([asdict(incident) for incident in incidents])
    else:
        for incident in incidents:
            print(incident)
    counted = Counter(incident.severity for incident in incidents)
    print(f"checked up to level {level}: errors {counted['error']}, warnings {counted['warning']}", file=sys.stderr)
    return 1 if counted["error"] or (options.strict and counted["warning"]) else 0


def _copied(documents: Sequence[Document], files: Sequence[Path]) -> list[Incident]:
    """Runs that documents share with texts from elsewhere; told, as the texts are no part of the corpus."""
    from khabar.corpus.copied import copies
    from khabar.training.pretraining.text import read_text

    texts = ((file.name, line) for file in _progress(files) for lines in read_text(file) for line in lines)
    return [
        Incident("corpus.copied", 5, "warning", copy.document, None, None, f"“{copy.run}” stands in {copy.text}")
        for copy in copies(documents, texts)
    ]


def _print_checks(checks: Sequence[Any], as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"id": c.id, "level": c.level, "severity": c.severity, "in_corpus": c.in_corpus, "doc": c.doc}
                for c in checks
            ]
        )
        return
    width = max(len(check.id) for check in checks)
    for check in checks:
        print(f"{check.level}  {check.id:<{width}}  {check.severity:<7}  {check.doc}")


def _progress(files: Sequence[Path]) -> Iterable[Path]:
    """Goes over files behind a progress bar, on a terminal."""
    if not sys.stderr.isatty():
        return files
    from rich.console import Console
    from rich.progress import track

    return track(files, "checking", console=Console(stderr=True), transient=True)
