"""Level 5, corpus: documents, folds, manifest and raw articles agree, and no story leaks from one fold to another."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from khabar.corpus.checks_text import quoted
from khabar.corpus.copied import copies
from khabar.corpus.folds import Folds, load_folds
from khabar.corpus.incident import Checks, Finding
from khabar.corpus.ingest import load_manifest
from khabar.corpus.similarity import near_duplicates
from khabar.corpus.subject import Collection, CorpusFiles
from khabar.corpus.supplement import is_authored
from khabar.errors import InputError

CHECKS: Checks[Collection] = Checks(level=5)

SPLITS = ("train", "validation", "test")
"""Names of the splits of the published dataset."""


def corpus_files(folder: Path, unread: Sequence[str] = ()) -> CorpusFiles:
    """Reads what stands beside a corpus's documents: `folds.yaml` and `articles/manifest.yaml`.

    Args:
        folder: The folder that holds them (`corpus`).
        unread: Ids of documents that are there, in files that fail level 1.
    """
    obstacles = []
    folds, manifest = None, None
    try:
        folds = load_folds(folder / "folds.yaml")
    except InputError as error:
        obstacles.append(error)
    try:
        manifest = {entry.id: entry for entry in load_manifest(folder / "articles" / "manifest.yaml")}
    except InputError as error:
        obstacles.append(error)
    return CorpusFiles(folder / "articles", folds, manifest, tuple(obstacles), frozenset(unread))


@CHECKS("corpus.files")
def _files(collection: Collection) -> Iterator[Finding]:
    """`folds.yaml` and `articles/manifest.yaml`, beside the documents' folder, can be read."""
    for obstacle in collection.corpus.obstacles if collection.corpus else ():
        yield Finding(str(obstacle), file=str(obstacle.file))


@CHECKS("corpus.ids")
def _ids(collection: Collection) -> Iterator[Finding]:
    """No two documents have the same id."""
    for subject in collection.subjects:
        first = collection.by_id[subject.document.id]
        if first is not subject:
            yield subject.finding(f"{subject.file} holds the document {subject.document.id}, as does {first.file}")


@CHECKS("corpus.story")
def _story(collection: Collection) -> Iterator[Finding]:
    """Every document names its story, without which nobody can tell whether a fold leaks."""
    for subject in collection.subjects:
        if not subject.document.source.story:
            yield subject.finding(f"{subject.document.id} names no story")


@CHECKS("corpus.folds")
def _folds(collection: Collection) -> Iterator[Finding]:
    """Every document is tested in exactly one fold; one of the supplement in none."""
    if (folds := _folds_of(collection)) is not None:
        counted = Counter(name for fold in folds.folds for name in fold.test)
        for name, subject in collection.by_id.items():
            wanted = 0 if is_authored(subject.document) else 1
            if counted[name] != wanted:
                yield subject.finding(f"{name} is tested in {counted[name]} folds of folds.yaml, not in {wanted}")


@CHECKS("corpus.splits")
def _splits(collection: Collection) -> Iterator[Finding]:
    """Every document is in exactly one of the splits train, validation and test; one of the supplement in none."""
    if (folds := _folds_of(collection)) is not None:
        counted = Counter(name for split in SPLITS for name in folds.splits.get(split, ()))
        for name, subject in collection.by_id.items():
            wanted = 0 if is_authored(subject.document) else 1
            if counted[name] != wanted:
                yield subject.finding(f"{name} is in {counted[name]} splits of folds.yaml, not in {wanted}")
        for split in folds.splits:
            if split not in SPLITS:
                yield Finding(f"folds.yaml has a split {quoted(split)}, which is none of {', '.join(SPLITS)}")


@CHECKS("corpus.folds_known")
def _folds_known(collection: Collection) -> Iterator[Finding]:
    """Folds and splits name documents that are there."""
    if collection.corpus is None or (folds := collection.corpus.folds) is None:
        return
    named = [name for fold in folds.folds for name in fold.test] + [n for ids in folds.splits.values() for n in ids]
    for name in dict.fromkeys(named):
        if name not in collection.by_id and name not in collection.corpus.unread:
            yield Finding(f"folds.yaml names {quoted(name)}, and there is no such document")


@CHECKS("corpus.story_sides")
def _story_sides(collection: Collection) -> Iterator[Finding]:
    """No story stands on two sides of a fold or in two splits."""
    if (folds := _folds_of(collection)) is None:
        return
    for fold in folds.folds:
        for story in sorted(_stories(collection, fold.test) & _stories(collection, fold.train)):
            yield Finding(f"the fold {fold.name} both tests and trains on the story {quoted(story)}")
    # A document in two splits is told by `corpus.splits`; here it has one.
    split_of = {name: split for split, names in folds.splits.items() for name in names if name in collection.by_id}
    splits: dict[str, set[str]] = {}
    for name, split in split_of.items():
        splits.setdefault(collection.by_id[name].story, set()).add(split)
    for story, found in splits.items():
        if len(found) > 1:
            yield Finding(f"the story {quoted(story)} stands in the splits {', '.join(sorted(found))}")


@CHECKS("corpus.near_duplicates")
def _near_duplicates(collection: Collection) -> Iterator[Finding]:
    """Near-duplicates tell one story."""
    for left, right, similarity in near_duplicates(collection.documents):
        if collection.by_id[left].story != collection.by_id[right].story:
            message = f"{left} and {right} are near-duplicates ({similarity:.2f}) of different stories"
            yield collection.by_id[left].finding(message)


@CHECKS("corpus.copied")
def _copied(collection: Collection) -> Iterator[Finding]:
    """A document of the supplement shares no run of eight words with another document."""
    supplement = [document for document in collection.documents if is_authored(document)]
    texts = ((document.id, document.text) for document in collection.documents) if supplement else ()
    for copy in copies(supplement, texts):
        yield collection.by_id[copy.document].finding(f"{copy.document} shares “{copy.run}” with {copy.text}")


@CHECKS("corpus.manifest")
def _manifest(collection: Collection) -> Iterator[Finding]:
    """The manifest lists every document that comes from a raw file, with that file and the document's story."""
    if collection.corpus is None or (manifest := collection.corpus.manifest) is None:
        return
    for subject in collection.subjects:
        name, source = subject.document.id, subject.document.source
        if (entry := manifest.get(name)) is None:
            if source.file is not None:
                yield subject.finding(f"the manifest does not list {name}")
        elif (source.file, source.story) != (entry.file, entry.story):
            message = f"{name} says {source.file}, {source.story}; the manifest {entry.file}, {entry.story}"
            yield subject.finding(message)


@CHECKS("corpus.raw")
def _raw(collection: Collection) -> Iterator[Finding]:
    """The raw file of a document is there, and has the hash that the document names."""
    if collection.corpus is None:
        return
    hashes: dict[str, str] = {}  # one raw file may hold several documents
    for subject in collection.subjects:
        file, expected = subject.document.source.file, subject.document.source.sha256
        if file is None:
            continue
        try:
            if file not in hashes:
                hashes[file] = hashlib.sha256((collection.corpus.articles / file).read_bytes()).hexdigest()
        except OSError as error:
            yield subject.finding(f"the raw file {collection.corpus.articles / file} cannot be read ({error.strerror})")
            continue
        if hashes[file] != expected:
            yield subject.finding(
                f"the raw file {file} has the sha256 {hashes[file]}, and the document says {expected}"
            )


@CHECKS("corpus.cluster_stories", severity="info")
def _cluster_stories(collection: Collection) -> Iterator[Finding]:
    """A cluster stays in one story; one that does not is told, for the same war may be mentioned in several."""
    for cluster, mentions in collection.clusters.items():
        stories = list(dict.fromkeys(subject.story for subject, _ in mentions))
        if len(stories) > 1:
            subject, event = next(m for m in mentions if m.subject.story != stories[0])
            yield subject.finding(f"the cluster {quoted(cluster)} is in {', '.join(stories)}", event.trigger.start)


def _folds_of(collection: Collection) -> Folds | None:
    return None if collection.corpus is None else collection.corpus.folds


def _stories(collection: Collection, names: Sequence[str]) -> set[str]:
    return {collection.by_id[name].story for name in names if name in collection.by_id}
