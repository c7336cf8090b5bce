"""`khabar check`: levelled validation of documents, after the validator of Universal Dependencies.

Level 1 asks whether a file is a well-formed document, level 2 whether its spans and sentences agree with its text,
level 3 whether its labels follow the ontology, level 4 whether its links hold, level 5 whether documents make a
corpus, level 6 where the same words are annotated in several ways. The rules live in `checks_file`, `checks_text`,
`checks_ontology`, `checks_links`, `checks_corpus` and `checks_consistency`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from khabar.corpus import checks_consistency, checks_corpus, checks_file, checks_links, checks_ontology, checks_text
from khabar.corpus.incident import Check, Incident
from khabar.corpus.store import document_files
from khabar.corpus.subject import Collection, DocumentSubject, file_subjects
from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import Ontology

LEVELS = (1, 2, 3, 4, 5, 6)
"""Well-formed, text, ontology, links, corpus, consistency."""

_DOCUMENT_CHECKS = (checks_text.CHECKS, checks_ontology.CHECKS, checks_links.CHECKS)
_COLLECTION_CHECKS = (checks_links.CLUSTER_CHECKS, checks_corpus.CHECKS, checks_consistency.CHECKS)

CHECKS: tuple[Check[Any], ...] = tuple(
    check for checks in (checks_file.CHECKS, *_DOCUMENT_CHECKS, *_COLLECTION_CHECKS) for check in checks
)
"""Every check, by level."""


def check_documents(documents: Iterable[Document], ontology: Ontology, level: int = 4) -> list[Incident]:
    """Checks documents that are already read.

    Args:
        documents: Gold or predicted documents.
        ontology: The labels that they should follow.
        level: The last level to check, 2 to 4.

    Returns:
        The incidents: each document's, by level and position, then those between documents.
    """
    subjects = [DocumentSubject(document, ontology) for document in documents]
    incidents = [incident for subject in subjects for incident in _of_document(subject, level)]
    return incidents + _of_collection(Collection(subjects), level)


def check_paths(
    paths: Sequence[Path],
    ontology: Ontology,
    level: int = 4,
    track: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> list[Incident]:
    """Checks files.

    A file that holds no document is checked no further; the others are.

    Args:
        paths: Files, or folders of `*.json` and `*.jsonl`. At level 5, the folders of one corpus, whose parent holds
            `folds.yaml` and `articles/`; level 6 leaves level 5 out where there is no such file.
        ontology: The labels that the documents should follow.
        level: The last level to check, 1 to 6.
        track: Goes over the files; a progress bar, for instance.

    Returns:
        The incidents: each file's, by level and position, then those between documents.

    Raises:
        InputError: If a path does not exist, a folder holds no document, or level 5 is asked of no corpus.
    """
    files = document_files(paths)
    corpus = _corpus_folder(paths) if level == 5 or (level > 5 and _is_corpus(paths)) else None
    incidents: list[Incident] = []
    subjects, unread = [], []
    for path in track(files):
        for file in file_subjects(path):
            incidents += checks_file.CHECKS.incidents(file)
            if not isinstance(file.document, Document):
                unread.append(path.stem)
            elif level >= 2:
                subject = DocumentSubject(file.document, ontology, path)
                incidents += _of_document(subject, level, corpus is not None)
                subjects.append(subject)
    files_beside = checks_corpus.corpus_files(corpus, unread) if corpus is not None else None
    return incidents + _of_collection(Collection(subjects, files_beside), level)


def _corpus_folder(paths: Sequence[Path]) -> Path:
    if file := next((path for path in paths if not path.is_dir()), None):
        raise InputError("is a file, and level 5 checks a corpus: name its folder of documents", file)
    parents = {path.resolve().parent for path in paths}
    if len(parents) != 1:
        raise InputError("level 5 checks one corpus at a time: name folders of documents that stand side by side")
    return parents.pop()


def _is_corpus(paths: Sequence[Path]) -> bool:
    return all(path.is_dir() and (path.resolve().parent / "folds.yaml").is_file() for path in paths)


def _of_document(subject: DocumentSubject, level: int, corpus: bool = False) -> list[Incident]:
    found = [i for checks in _DOCUMENT_CHECKS if checks.level <= level for i in checks.incidents(subject, corpus)]
    return sorted(found, key=lambda i: (i.level, -1 if i.offset is None else i.offset))


def _of_collection(collection: Collection, level: int) -> list[Incident]:
    corpus = collection.corpus is not None
    asked = [checks for checks in _COLLECTION_CHECKS if checks.level <= level and (corpus or checks.level != 5)]
    return [i for checks in asked for i in checks.incidents(collection, corpus)]
