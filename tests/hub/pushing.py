"""Run as a child process: pushes two versions to one repository after another, each under a fault of its own.

Prints as JSON, by repository, how often the fault struck and what was waited, told and refused.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request

from huggingface_hub import constants
from huggingface_hub.utils import logging

from khabar.errors import InputError
from khabar.hub.push import Access, Publication, push

TAGS = ("v1", "v2")


def version(repository: str, tag: str) -> dict[str, bytes]:
    """The files of a small dataset; each repository has its own, so that each uploads all of them."""
    files = {
        "README.md": f"---\nlicense: cc-by-4.0\n---\n{tag}, revision `0123456789ab`\n",
        "tokens/train.parquet": f"rows of {repository}, {tag}",
        "ontology.yaml": "types: []\n",
    }
    gone = {"old/train.parquet": f"rows of {repository} that go"} if tag == "v1" else {}
    return {path: text.encode() for path, text in (files | gone).items()}


def publication(repository: str, tag: str) -> Publication:
    """A version as it is pushed."""
    ours, files = re.compile(r"(tokens|old)/.*"), version(repository, tag)
    return Publication("dataset", files, ours, "ontology.yaml", tag, tag, "take another version")


def set_faults(faults: list[dict[str, object]]) -> list[int]:
    """Sets faults; gives how often those before struck."""
    request = urllib.request.Request(f"{constants.ENDPOINT}/-/faults", json.dumps(faults).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        struck: list[int] = json.load(answer)
    return struck


def pushed(repository: str, tag: str, access: Access | None, fault: dict[str, object] | None) -> dict[str, object]:
    """Pushes under a fault; tells what came of it."""
    waited: list[float] = []
    told: list[str] = []
    set_faults([fault] if fault else [])
    refused, committed = None, None
    try:
        committed = push(
            publication(repository, tag), repository, access, tell=told.append, wait=waited.append
        ).committed
    except InputError as error:
        refused = str(error)
    return {
        "struck": sum(set_faults([])), "waited": waited, "told": told, "refused": refused, "committed": committed
    }  # fmt: skip


def main() -> None:
    """Reads `{repository: [fault of the first push, fault of the later ones]}` as JSON from standard input."""
    logging.set_verbosity_error()
    outcome = {}
    for repository, (fault, later) in json.load(sys.stdin).items():
        outcome[repository] = [
            pushed(repository, "v1", Access.PUBLIC, fault),
            pushed(repository, "v1", None, None),
            pushed(repository, "v2", Access.GATED, later),
            pushed(repository, "v2", None, later),
        ]
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
