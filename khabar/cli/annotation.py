"""The verbs of the annotation room: how far two annotators agree, and what is made of their differences."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, print_json, project_of
from khabar.corpus.store import decode_text, files_of, read_documents, write_atomic, write_document
from khabar.errors import InputError

_NOTATION = ".ann"


def add_verbs(verbs: Any) -> None:
    """Declares `agreement`, `adjudicate` and `notate`."""
    verb = add_verb(
        verbs,
        "agreement",
        agreement,
        "agreement between two annotators: two folders of the same documents",
        """khabar agreement annotation/rounds/1/a annotation/rounds/1/b
        khabar agreement A B --gold corpus/gold --report annotation/agreement.md""",
    )
    verb.add_argument("a", type=Path, metavar="A", help="one annotator's folder")
    verb.add_argument("b", type=Path, metavar="B", help="the other's folder")
    verb.add_argument("--gold", type=Path, help="the gold made of both, for the report")
    verb.add_argument("--report", type=Path, metavar="FILE", help="write the report, as Markdown")
    verb.add_argument("--worst", type=int, default=0, metavar="N", help="also show the N sentences that agree least")
    verb.add_argument("--json", action="store_true", help="print numbers for a script")

    verb = add_verb(
        verbs,
        "adjudicate",
        adjudicate,
        "differences between two annotators, and the replay of a log of decisions into gold",
        """khabar adjudicate A B                                               # list the differences
        khabar adjudicate A B --decided DIR --log adjudication.jsonl        # log what an adjudicator decided
        khabar adjudicate A B --replay --log adjudication.jsonl --out GOLD  # apply the log""",
    )
    verb.add_argument("a", type=Path, metavar="A", help="one annotator's folder")
    verb.add_argument("b", type=Path, metavar="B", help="the other's folder")
    verb.add_argument("--log", type=Path, help="the log of decisions (.jsonl)")
    verb.add_argument(
        "--decided", type=Path, metavar="DIR", help="the adjudicator's documents: write the log that leads to them"
    )
    verb.add_argument("--replay", action="store_true", help="apply the log, write the gold to --out")
    verb.add_argument("--out", type=Path, metavar="DIR", help="where the gold goes")
    verb.add_argument("--json", action="store_true", help="print the differences as JSON Lines")

    verb = add_verb(
        verbs,
        "notate",
        notate,
        "annotation as plain text that people write and read: documents out to it, and back from it",
        """khabar notate corpus/gold --out runs/notation                   # documents to text, one .ann a document
        khabar notate runs/notation --of corpus/gold --out runs/pass   # text back to documents
        khabar notate runs/notation/zummar-alhurra.ann --of corpus/gold --out runs/pass""",
    )
    verb.add_argument("inputs", nargs="+", type=Path, metavar="PATH", help="documents; with --of, notation (.ann)")
    verb.add_argument("--of", type=Path, metavar="DOCUMENTS", help="read notation: of these documents")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the files go")


def agreement(options: argparse.Namespace) -> int:
    """Prints the agreement of two folders, and writes the report where asked."""
    from khabar.annotation.agreement import agreement as measure
    from khabar.annotation.reliability import alpha, overlap_agreement, worst_passages
    from khabar.annotation.report import agreement_data, agreement_report, agreement_rows, found_cell

    a, b = read_documents([options.a]), read_documents([options.b])
    result = measure(a, b)
    if options.report:
        write_atomic(options.report, agreement_report(a, b, read_documents([options.gold]) if options.gold else ()))
    if options.json:
        worst = [vars(p) | {"found": vars(p.found), "f1": p.found.f1} for p in worst_passages(a, b, options.worst)]
        overlapped = {n: vars(f) | {"f1": f.f1} for n, f in overlap_agreement(a, b).items()}
        print_json(agreement_data(result) | {"overlap": overlapped, "alpha": alpha(a, b), "worst": worst})
        return 0
    rows = agreement_rows(result)
    rows += [(f"{name}, overlapping", found_cell(found)) for name, found in overlap_agreement(a, b).items()]
    rows += [(f"alpha of {label}", f"{value:.2f}") for label, value in alpha(a, b).items()]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    for passage in worst_passages(a, b, options.worst):
        print(f"{passage.document} {passage.start} {found_cell(passage.found)}: {passage.text}")
    return 0


def adjudicate(options: argparse.Namespace) -> int:
    """Lists differences, or writes a log, or replays one."""
    from khabar.annotation import adjudication

    a, b = read_documents([options.a]), read_documents([options.b])
    if (options.replay or options.decided) and (options.log is None or (options.replay and options.out is None)):
        raise InputError("--decided needs --log FILE; --replay needs --log FILE and --out DIR")
    if options.replay:
        for document in adjudication.replay(a, b, adjudication.load_log(options.log)):
            print(write_document(document, options.out))
        return 0
    if options.decided:
        earlier = adjudication.load_log(options.log) if options.log.exists() else []
        log = adjudication.write_log(a, b, read_documents([options.decided]), earlier)
        write_atomic(options.log, adjudication.dumps_log(log))
        without = [entry for entry in log if not entry.rule]
        print(f"{len(log)} decisions, {len(without)} of them without a rule", file=sys.stderr)
        for entry in without:
            where = entry.name if entry.kind == "cluster" else f"{entry.document} {entry.start} {entry.text}"
            print(f"  {entry.kind} {where}", file=sys.stderr)
        return 0
    found = adjudication.differences(a, b)
    if options.json:
        print(adjudication.dumps_log(found), end="")
        return 0
    for decision in found:
        print(f"{decision.document} {decision.kind} {decision.start} {decision.text}")
        for name, versions in (("A", decision.a), ("B", decision.b)):
            for told in [_version_line(version) for version in versions] or ["nothing"]:
                print(f"  {name} {told}")
    print(f"{len(found)} differences", file=sys.stderr)
    return 0


def _version_line(version: dict[str, Any]) -> str:
    """A version on one line: its labels, then its spans by role."""
    labels = " ".join(str(value) for value in version.values() if isinstance(value, str))
    spans = []
    for key, value in version.items():
        if isinstance(value, list) and value:
            shown = [f"{s[0]} {s[3]}" if key == "arguments" else str(s[2]) for s in value]
            spans.append(f"{key}: {', '.join(shown)}")
    return "; ".join([labels, *spans])


def notate(options: argparse.Namespace) -> int:
    """Writes documents as notation, or reads notation into documents; a bad file keeps no other from being read."""
    from khabar.annotation.notation import read_notation, write_notation

    ontology = project_of(options).ontology
    if options.of is None:
        for document in read_documents(options.inputs):
            file = options.out / f"{document.id}{_NOTATION}"
            write_atomic(file, write_notation(document, ontology))
            print(file)
        return 0
    documents = {document.id: document for document in read_documents([options.of])}
    failed = 0
    for file in files_of(options.inputs, (_NOTATION,), "notation"):
        try:
            if file.stem not in documents:
                raise InputError(f"annotates no document of {options.of}", file)
            text = decode_text(file.read_bytes(), file)
            print(write_document(read_notation(text, documents[file.stem], ontology, str(file)), options.out))
        except InputError as error:
            print(f"khabar notate: {error}", file=sys.stderr)
            failed += 1
    return 2 if failed else 0
