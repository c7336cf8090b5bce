"""The verb `studio`: Label Studio configured, filled, read, served and started."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from khabar.cli.verb import add_verb, print_json, progress, project_of, refuse_unsound
from khabar.errors import InputError

if TYPE_CHECKING:
    from khabar.annotation.studio.push import Offer
    from khabar.corpus.store import Project
    from khabar.document import Document


def add_verbs(verbs: Any) -> None:
    """Declares `studio` and what it does."""
    studio = add_verb(
        verbs,
        "studio",
        _studio,
        "Label Studio: an interface from the ontology, documents pushed and pulled, pre-annotation, a server to try it",
        """khabar studio up                                        # a server of your own, with the articles in it
        khabar studio push --round 2 --annotator layla --model runs/default-1
        khabar studio pull --round 2
        khabar studio down""",
    )
    actions = studio.add_subparsers(dest="action", metavar="{config,push,pull,backend,up,down}")
    _add_config(actions)
    _add_push(actions)
    _add_pull(actions)
    from khabar.cli import studio_server

    studio_server.add_actions(actions)


def _studio(_: argparse.Namespace) -> int:
    raise InputError("name what to do: config, push, pull, backend, up or down; see `khabar studio --help`")


def _add_config(actions: Any) -> None:
    config = add_verb(
        actions,
        "config",
        _config,
        "prints the labelling interface made from the ontology, for Label Studio's Settings, Labeling Interface, Code",
        "khabar studio config > config.xml",
    )
    config.add_argument("--out", type=Path, metavar="FILE", help="write it there instead")


def _add_push(actions: Any) -> None:
    push = add_verb(
        actions,
        "push",
        _push,
        "sends documents to Label Studio, each once however often it is repeated; nothing annotated is touched",
        """khabar studio push --round 2 --annotator layla              # the gold's texts, bare, for one annotator
        khabar studio push DIR --round 2 --overlap 2                # one project, each document for two annotators
        khabar studio push DIR --round 2 --model runs/default-1     # pre-annotated, the least sure first
        khabar studio push --round 3 --review                       # the gold, for an Arabic speaker to correct
        khabar studio push --round 2 --adjudicate annotation/rounds/2/layla annotation/rounds/2/karim""",
    )
    push.add_argument("documents", nargs="*", type=Path, metavar="PATH", help="documents (else: corpus/gold)")
    _add_round(push)
    push.add_argument("--overlap", type=int, default=1, metavar="N", help="annotators a document, in a new project")
    push.add_argument("--model", type=Path, metavar="DIR", help="pre-annotate with a model that `khabar train` made")
    push.add_argument("--predictions", nargs="+", type=Path, metavar="PATH", help="pre-annotate with these documents")
    push.add_argument(
        "--model-version", metavar="NAME", help="the predictions' version (else: the name of their folder)"
    )


def _add_pull(actions: Any) -> None:
    pull = add_verb(
        actions,
        "pull",
        _pull,
        "writes every annotator's pass to annotation/rounds/N/ANNOTATOR/, and tells everything odd item by item",
        """khabar studio pull --round 2 --name layla@example.org=layla --name 7=karim
        khabar studio pull --round 3 --review
        khabar studio pull --round 2 --adjudicate annotation/rounds/2/layla annotation/rounds/2/karim""",
    )
    _add_round(pull)
    pull.add_argument(
        "--name", action="append", default=[], metavar="WHO=NAME",
        help="what to call an annotator: e-mail address or number in Label Studio, and a name (else: annotator-N)",
    )  # fmt: skip
    pull.add_argument("--out", type=Path, metavar="DIR", help="where folders of annotators go (else: the round's)")
    pull.add_argument("--log", type=Path, help="with --adjudicate: the log (else: adjudication.jsonl of the round)")
    pull.add_argument("--json", action="store_true", help="print what was found for a script")


def _add_round(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--round", type=int, required=True, metavar="N", help="the round of annotation")
    parser.add_argument("--annotator", metavar="NAME", help="the one annotator whom the project is for")
    parser.add_argument("--title", help="the project's title in Label Studio (else: one that tells the round)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--review", action="store_true", help="the gold, offered to be accepted or corrected")
    what.add_argument("--adjudicate", nargs=2, type=Path, metavar=("A", "B"), help="two passes and their differences")


def _config(options: argparse.Namespace) -> int:
    from khabar.annotation.studio.interface import interface
    from khabar.corpus.store import write_atomic
    from khabar.eval.report.labels import arabic_names

    project = project_of(options)
    made = interface(project.ontology, arabic_names(project))
    if options.out:
        write_atomic(options.out, made)
        print(options.out)
    else:
        print(made, end="")
    return 0


def _push(options: argparse.Namespace) -> int:
    from khabar.annotation.studio.client import connect

    project = project_of(options)
    if options.overlap < 1:
        raise InputError("--overlap must be 1 or more")
    offers = _offers(options, project)
    print_pushed(connect(), project, _title(options), offers, options.overlap, adjudication=bool(options.adjudicate))
    return 0


def print_pushed(
    studio: Any, project: Project, title: str, offers: Sequence[Offer], overlap: int = 1, adjudication: bool = False
) -> None:
    """Pushes with a progress bar and tells what was done."""
    from khabar.annotation.studio.interface import interface
    from khabar.annotation.studio.push import push, ready_project
    from khabar.eval.report.labels import arabic_names

    config = interface(project.ontology, arabic_names(project), adjudication=adjudication)
    there = ready_project(studio, title, config, overlap=overlap)
    with progress("pushing", len(offers)) as bar:
        done = push(studio, there, offers, project.ontology, lambda count: bar("pushing", count))
    print(f"{studio.url}/projects/{there.id}/data")
    print(
        f"{done.created} new, {done.kept} there already, {done.replaced} made anew, {done.predictions} predictions",
        file=sys.stderr,
    )
    for id in done.left:
        print(
            f"  {id}: its text has changed, but it is annotated; left as it is (push it in another round)",
            file=sys.stderr,
        )
    for id in done.doubled:
        print(f"  {id}: stands in the project more than once; delete what is too much in Label Studio", file=sys.stderr)


def _offers(options: argparse.Namespace, project: Project) -> list[Offer]:
    from khabar.annotation.studio.adjudicate import adjudication_offers
    from khabar.annotation.studio.pull import REVIEWED
    from khabar.annotation.studio.push import Offer
    from khabar.corpus.checks import check_documents
    from khabar.corpus.store import read_documents

    if options.adjudicate:
        a, b = (read_documents([folder]) for folder in options.adjudicate)
        refuse_unsound(check_documents([*a], project.ontology))
        refuse_unsound(check_documents([*b], project.ontology))
        return adjudication_offers(a, b)
    documents = read_documents(options.documents or [project.gold])
    refuse_unsound(check_documents(documents, project.ontology))
    if options.review:
        version = f"{REVIEWED}-{project.corpus_version}"
        return [Offer(document.without_annotation(), {version: document}) for document in documents]
    if options.predictions:
        proposed = {document.id: document for document in read_documents(options.predictions)}
        refuse_unsound(check_documents(proposed.values(), project.ontology))
        version = options.model_version or options.predictions[0].resolve().stem
        return [Offer(d.without_annotation(), {version: proposed[d.id]} if d.id in proposed else {}) for d in documents]
    if options.model:
        version = options.model_version or options.model.resolve().name
        return [
            Offer(document.without_annotation(), {version: tagged})
            for document, tagged in zip(documents, _tagged(options.model, documents), strict=True)
        ]
    return [Offer(document.without_annotation()) for document in documents]


def _tagged(model: Path, documents: Sequence[Document]) -> list[Document]:
    from khabar.training.predict import predictor

    tagger = predictor(model)
    tagged = []
    with progress("tagging", len(documents)) as bar:
        for document in tagger.stream(documents):
            tagged.append(document)
            bar("tagging")
    return tagged


def _pull(options: argparse.Namespace) -> int:
    from khabar.annotation.studio.client import connect
    from khabar.annotation.studio.pull import Pulled, pull, write_passes
    from khabar.corpus.checks import check_documents

    project, studio = project_of(options), connect()
    names = dict(_pair(text) for text in options.name)
    title = _title(options)
    found = [p for p in studio.projects() if p.title == title]
    if not options.annotator and not options.title:
        found += [p for p in studio.projects() if p.title.startswith(f"{title} · ")]
    if not found:
        raise InputError(f"there is no project {title!r} on this Label Studio; `khabar studio push` makes it")
    whole = Pulled()
    for there in found:
        annotator = options.annotator or there.title.removeprefix(title).removeprefix(" · ") or None
        part = pull(studio, there, project.ontology, names=names, annotator=annotator)
        for name, documents in part.passes.items():
            if name in whole.passes:
                raise InputError(f"{name} has passes in two projects; pull them one by one, with --title and --out")
            whole.passes[name] = documents
        whole.findings += part.findings
        whole.changes |= part.changes
        whole.waiting += part.waiting
    folder = options.out or project.rounds / str(options.round)
    if options.adjudicate:
        return _adjudicated(options, project, whole, folder)
    written = write_passes(whole, folder)
    unsound = [i for documents in whole.passes.values() for i in check_documents(documents, project.ontology)]
    if options.json:
        print_json(
            {
                "passes": {name: [d.id for d in documents] for name, documents in sorted(whole.passes.items())},
                "written": [str(path) for path in written],
                "findings": [vars(finding) for finding in whole.findings],
                "checks": [str(incident) for incident in unsound],
                "changes": {n: {k: c._asdict() for k, c in layers.items()} for n, layers in whole.changes.items()},
                "waiting": whole.waiting,
            }
        )
        return 0
    for path in written:
        print(path)
    _tell(whole)
    for incident in unsound:
        print(f"  {incident}", file=sys.stderr)
    return 0


def _tell(pulled: Any) -> None:
    """Findings, what came of proposals, and who is still to come, on standard error."""
    for finding in pulled.findings:
        print(f"  {finding}", file=sys.stderr)
    for name, layers in pulled.changes.items():
        for layer, change in layers.items():
            counts = ", ".join(f"{count} {kind}" for kind, count in change._asdict().items())
            print(f"  {name} {layer}: {counts}", file=sys.stderr)
    total = sum(len(documents) for documents in pulled.passes.values())
    waiting = f"; nobody has submitted {', '.join(pulled.waiting[:5])}" if pulled.waiting else ""
    more = f" and {len(pulled.waiting) - 5} more" if len(pulled.waiting) > 5 else ""
    print(
        f"{total} documents of {len(pulled.passes)} annotators, {len(pulled.findings)} findings{waiting}{more}",
        file=sys.stderr,
    )


def _adjudicated(options: argparse.Namespace, project: Project, pulled: Any, folder: Path) -> int:
    from khabar.annotation.adjudication import dumps_log, load_log
    from khabar.annotation.studio.adjudicate import decide, without_rule
    from khabar.corpus.checks import check_documents
    from khabar.corpus.store import read_documents, write_atomic, write_document

    if len(pulled.passes) != 1:
        told = ", ".join(sorted(pulled.passes)) or "nobody"
        raise InputError(f"one adjudicator decides, and {told} submitted; name one with --annotator")
    (decided,) = pulled.passes.values()
    a, b = (read_documents([path]) for path in options.adjudicate)
    log_file = options.log or project.rounds / str(options.round) / "adjudication.jsonl"
    log, gold = decide(a, b, decided, load_log(log_file) if log_file.exists() else [])
    refuse_unsound(check_documents(gold, project.ontology))
    write_atomic(log_file, dumps_log(log))
    print(log_file)
    for document in gold:
        print(write_document(document, options.out or folder / "gold"))
    for finding in pulled.findings:
        print(f"  {finding}", file=sys.stderr)
    print(
        f"{len(log)} decisions, {len(without_rule(log))} of them without a rule: write it into the log", file=sys.stderr
    )
    return 0


def _title(options: argparse.Namespace) -> str:
    if options.title:
        return str(options.title)
    kind = "review" if options.review else "adjudication" if options.adjudicate else "round"
    return f"khabar {kind} {options.round}" + (f" · {options.annotator}" if options.annotator else "")


def _pair(text: str) -> tuple[str, str]:
    who, sign, name = text.partition("=")
    if not sign or not who or not name.replace("-", "").replace("_", "").isalnum():
        raise InputError(f"--name {text}: write WHO=NAME, the name of letters, digits, - and _ only")
    return who, name
