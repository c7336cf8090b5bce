"""The verb that shows it all on one page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, project_of, refuse_unsound
from khabar.errors import InputError


def add_verbs(verbs: Any) -> None:
    """Declares the verb."""
    report = add_verb(
        verbs,
        "report",
        _report,
        "write one self-contained page: scores, errors, corpus, who says what, agreement",
        """khabar report
           khabar report --out report.html --predictions runs/tagged --open""",
    )
    report.add_argument("--out", type=Path, metavar="FILE.html", help="where to write it (else: runs/report.html)")
    report.add_argument(
        "--predictions",
        type=Path,
        metavar="DIR",
        help="show the errors of these documents (else: the newest of runs/stories)",
    )
    report.add_argument("--open", action="store_true", help="open it in the browser")
    report.add_argument("--picture", type=Path, metavar="FILE.png", help="take a picture of it too; needs Chromium")


def _report(options: argparse.Namespace) -> int:
    import webbrowser

    from khabar.corpus.checks import check_documents
    from khabar.eval.report.page import write_report
    from khabar.eval.report.picture import take_picture

    project = project_of(options)
    out: Path = options.out or project.root / "runs" / "report.html"
    if out.is_dir():
        raise InputError("is a folder; name a file for the page", out)
    refuse_unsound(check_documents(project.gold_documents(), project.ontology))
    write_report(project, out, options.predictions)
    print(out)
    if options.picture is not None:
        take_picture(out, options.picture)
        print(options.picture)
    if options.open:
        webbrowser.open(out.resolve().as_uri())
    return 0
