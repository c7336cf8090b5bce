"""What of a project is pushed to the Hub, and under which rules: its dataset, or a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate
from pathlib import Path

from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.hub.dataset import OURS
from khabar.hub.push import Publication
from khabar.training.model_folder import FILES, RECIPE

_PAGES = r"DATASHEET\.md|LICENSE-ANNOTATIONS\.md|croissant\.json"
# What holds the articles' words, and a dataset without them has none of.
_WORDS = re.compile(r"tokens/.*")
# Whatever else a text file may hold, this does not leave the machine: tokens, and paths of somebody's computer.
_TOKEN = re.compile(rb"hf_[A-Za-z0-9]{16,}")
_PATH = re.compile(rb"(?<![\w.:/-])/(?:home|root|Users|tmp|mnt|media|var|opt|srv|work|scratch)/[\w.-]|\b[A-Z]:\\\\?\w")
_BINARY = (".parquet", ".safetensors")


def dataset_publication(project: Project, files: Mapping[str, bytes], tag: str | None = None) -> Publication:
    """A dataset's files as they are pushed.

    Args:
        project: Whose.
        files: What `dataset_card.dataset_files` gave.
        tag: In place of `v` and the version of the corpus.

    Raises:
        InputError: If a page holds a token.
    """
    refuse_private(files, paths=False)
    version = project.corpus_version
    remedy = "give the corpus a new version in corpus/VERSION, or name another tag with --tag"
    ours = re.compile(f"{OURS.pattern}|{_PAGES}")
    bars = None if any(map(_WORDS.fullmatch, files)) else _WORDS
    return Publication("dataset", files, ours, "ontology.yaml", f"Corpus {version}", tag or f"v{version}", remedy, bars)


def model_publication(files: Mapping[str, bytes | Path], title: str, tag: str | None = None) -> Publication:
    """A model's files as they are pushed; see `model_card.model_files`."""
    ours = re.compile("|".join(translate(pattern) for pattern in FILES))
    return Publication("model", files, ours, RECIPE, title, tag, "name another tag with --tag")


def refuse_private(files: Mapping[str, bytes | Path], paths: bool = True) -> None:
    """Refuses files of text that hold what is nobody else's business.

    Args:
        files: What is to be published.
        paths: Whether paths of this machine are refused too, and not tokens alone.

    Raises:
        InputError: If one holds an access token, or a path; names the file and not the token.
    """
    for path, source in files.items():
        if path.endswith(_BINARY):
            continue
        content = source if isinstance(source, bytes) else source.read_bytes()
        if _TOKEN.search(content):
            raise InputError("holds what looks like an access token; take it out before it is published", path)
        if paths and (found := _PATH.search(content)):
            where = content[found.start() : found.start() + 40].split(b'"')[0].decode(errors="replace")
            raise InputError(f"holds a path of this machine ({where}…); take it out before it is published", path)
