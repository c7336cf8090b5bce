"""Pushing files to a repository of the Hugging Face Hub: one commit, then a tag, and nothing where nothing changed.

Every try reads what stands there, does what is still missing, and may fail anywhere: the next one goes on from what
it finds. So a fault costs time and nothing else, a commit whose answer was lost is not made twice, and a tag is only
ever set on a commit that is whole.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from khabar.errors import InputError
from khabar.training.remote import hub_id, reachable

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Kind = Literal["dataset", "model"]
State = Literal["added", "changed", "deleted", "same", "kept"]

_DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0)
_LONGEST_DELAY = 120.0
# A conflict, a stale parent, too many requests, a server in trouble: another time it may go well.
_PASSING = frozenset({408, 409, 412, 429, 500, 502, 503, 504})
_HUBS_OWN = ".gitattributes"
# What is said of the data, and may be said in other words under the same version.
_PAGE = re.compile(r".*\.md|croissant\.json")
# What a new commit of the project changes on a card although the data are the same.
_REVISION = re.compile(rb"revision `(?:[0-9a-f]{12}(?:-dirty)?|unknown)`")


class Access(IntEnum):
    """Who may read a repository; a greater number lets more people in."""

    PRIVATE = 0
    GATED = 1
    PUBLIC = 2


@dataclass(frozen=True)
class Publication:
    """What is to stand in a repository.

    Attributes:
        kind: What the repository is.
        files: Contents, or the files that hold them, by path.
        ours: Which paths an earlier version may have left: where they are gone from `files`, they are deleted.
        mark: The path by which a repository is known to hold a publication of this kind.
        title: Of the commit.
        tag: Set on the commit; None for no tag.
        remedy: What to do when the tag stands on other data.
        bars: Paths beside which it is not to stand, since a repository's history keeps what was there: a publication
            without the articles' text bars those with it.
    """

    kind: Kind
    files: Mapping[str, bytes | Path]
    ours: re.Pattern[str]
    mark: str
    title: str
    tag: str | None
    remedy: str
    bars: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Pushed:
    """What came of it.

    Attributes:
        url: The repository's page.
        commit: The commit that holds the files; None where nothing was pushed yet.
        committed: Whether this call made that commit; for a dry run, whether a push would make one.
        tag: The tag that stands, or would stand; None for none.
        tagged: The commit that it stands on, if it stands.
        access: Who may read it.
        files: What became of each path.
    """

    url: str
    commit: str | None
    committed: bool
    tag: str | None
    tagged: str | None
    access: Access
    files: Mapping[str, State]


@dataclass(frozen=True)
class _There:
    """What stands in a repository: its newest commit, git's or LFS's hash of each file, tags."""

    head: str
    access: Access
    files: Mapping[str, tuple[str, bool]]
    tags: Mapping[str, str]


class _PassingError(Exception):
    """What may go well another time."""


def check_target(kind: Kind, repository: str, dry_run: bool = False) -> None:
    """Refuses at once what could not be pushed anyway.

    Args:
        kind: What the repository is.
        repository: `owner/name`.
        dry_run: Whether nothing will be changed there.

    Raises:
        InputError: If that is no id, the Hub cannot be reached, or there is no token.
    """
    from huggingface_hub import constants, get_token

    place = f"{kind} {repository}"
    which = hub_id(repository)
    if which is None or which.revision is not None:
        raise InputError("is no id on the Hugging Face Hub (owner/name)", place)
    if constants.HF_HUB_OFFLINE:
        raise InputError("the Hugging Face Hub is switched off (HF_HUB_OFFLINE); unset it", place)
    if not reachable():
        raise InputError(f"the Hugging Face Hub ({constants.ENDPOINT}) cannot be reached", place)
    if not dry_run and get_token() is None:
        raise InputError("pushing needs a token: set HF_TOKEN, or `hf auth login`", place)


def push(
    publication: Publication,
    repository: str,
    access: Access | None = None,
    *,
    dry_run: bool = False,
    tell: Callable[[str], object] = lambda _: None,
    wait: Callable[[float], object] = time.sleep,
) -> Pushed:
    """Makes a repository hold exactly a publication, apart from files that are not ours.

    Args:
        publication: What is pushed.
        repository: `owner/name`; made if need be.
        access: Who may read it; None leaves it as it is, and makes a new one private.
        dry_run: Change nothing, only tell what would be.
        tell: Is told of every fault that another try follows.
        wait: Waits so many seconds.

    Raises:
        InputError: If it cannot be done: no network, no token, no right to write, another thing in the repository, a
            tag that stands on other data, or faults that do not pass. A tag has then not been set.
    """
    from huggingface_hub import HfApi

    place = f"{publication.kind} {repository}"
    check_target(publication.kind, repository, dry_run)
    session = _Session(HfApi(), publication, repository, access)
    for delay in (*_DELAYS, None):
        try:
            return session.dry_run() if dry_run else session.push()
        except InputError:
            raise
        except Exception as error:
            mendable = passing(error)
            if mendable is None:
                raise InputError(_refusal(error), place) from None
            reason, asked = mendable
            if delay is None:
                tries = f"{len(_DELAYS) + 1} tries, the same command goes on from here"
                raise InputError(f"{reason} ({tries})", place) from None
            pause = min(max(delay, asked), _LONGEST_DELAY)
            tell(f"{reason}; again in {pause:.0f} s")
            wait(pause)
    raise AssertionError  # the last try returns or raises


class _Session:
    """One push, over all its tries."""

    def __init__(self, api: HfApi, publication: Publication, repository: str, access: Access | None):
        self.api, self.publication, self.repository, self.access = api, publication, repository, access
        self.committed = False
        self.hashes: dict[tuple[str, bool], str] = {}

    def dry_run(self) -> Pushed:
        there = self._read()
        if there is None:
            return self._outcome(None, dict.fromkeys(sorted(self.publication.files), "added"), True)
        states = self._states(there)
        self._refuse_moving_tag(there)
        return self._outcome(there, states, _changes(states))

    def push(self) -> Pushed:
        there = self._read()
        if there is None:
            self.api.create_repo(self.repository, repo_type=self.publication.kind, visibility="private", exist_ok=True)
            there = self._read()
        if there is None:
            raise _PassingError("the repository was made, and is not there yet")
        states = self._states(there)
        self._refuse_moving_tag(there)
        wanted = self.access
        # Nobody reads meanwhile who should not: doors are closed first, and opened last.
        if wanted is not None and wanted < there.access:
            self._set_access(wanted)
        commit = self._commit(there, states) if _changes(states) else there.head
        tag = self.publication.tag
        if tag is not None and tag not in there.tags:
            self.api.create_tag(self.repository, tag=tag, revision=commit, repo_type=self.publication.kind)
        if wanted is not None and wanted > there.access:
            self._set_access(wanted)
        there = self._read()
        if there is None or (tag is not None and tag not in there.tags):
            raise _PassingError("what was pushed is not there yet")
        return self._outcome(there, states, self.committed)

    def _read(self) -> _There | None:
        from huggingface_hub.errors import RepositoryNotFoundError

        name, kind = self.repository, self.publication.kind
        try:
            info = self.api.repo_info(name, repo_type=kind)
        except RepositoryNotFoundError:
            return None
        access = Access.PRIVATE if info.private else Access.GATED if info.gated else Access.PUBLIC
        tags = {tag.name: tag.target_commit for tag in self.api.list_repo_refs(name, repo_type=kind).tags}
        return _There(str(info.sha), access, self._hashes_there(str(info.sha)), tags)

    def _hashes_there(self, revision: str) -> dict[str, tuple[str, bool]]:
        """Of each file its hash, and whether that is LFS's: SHA-256 of the content instead of git's."""
        from huggingface_hub.hf_api import RepoFile

        tree = self.api.list_repo_tree(
            self.repository, recursive=True, revision=revision, repo_type=self.publication.kind
        )
        files = (entry for entry in tree if isinstance(entry, RepoFile))
        return {file.path: (file.lfs.sha256, True) if file.lfs else (file.blob_id, False) for file in files}

    def _states(self, there: _There) -> dict[str, State]:
        files = self.publication.files
        others = sorted(set(there.files) - {_HUBS_OWN, "README.md"})
        if others and self.publication.mark not in there.files:
            reason = f"holds {others[0]} and no {self.publication.mark}: something else; name another repository"
            raise InputError(reason, f"{self.publication.kind} {self.repository}")
        self._refuse_barred(there)
        states = {path: self._state(path, there) for path in sorted({*files, *there.files} - {_HUBS_OWN})}
        if _changes(states) and all(self._only_revision(path, state, there) for path, state in states.items()):
            return {path: "same" if state == "changed" else state for path, state in states.items()}
        return states

    def _refuse_barred(self, there: _There) -> None:
        """Raises InputError if a commit that the repository keeps holds what this publication must not stand beside."""
        if self.publication.bars is None:
            return
        kind = self.publication.kind
        commits = {c.commit_id for c in self.api.list_repo_commits(self.repository, repo_type=kind)}
        for commit in [there.head, *sorted({*commits, *there.tags.values()} - {there.head})]:
            files = there.files if commit == there.head else self._hashes_there(commit)
            if kept := sorted(filter(self.publication.bars.fullmatch, files)):
                reason = f"holds {kept[0]} (commit {commit[:12]}), and its history keeps it; name another repository"
                raise InputError(reason, f"{kind} {self.repository}")

    def _state(self, path: str, there: _There) -> State:
        if path not in self.publication.files:
            return "deleted" if self.publication.ours.fullmatch(path) else "kept"
        if path not in there.files:
            return "added"
        known, lfs = there.files[path]
        return "same" if self._hash(path, lfs) == known else "changed"

    def _only_revision(self, path: str, state: State, there: _There) -> bool:
        """Whether a file needs no commit: it is the same, or a page that tells of another revision and nothing else."""
        if state != "changed" or not path.endswith(".md"):
            return state in ("same", "kept")
        with tempfile.TemporaryDirectory() as cache:
            old = self.api.hf_hub_download(
                self.repository, path, revision=there.head, repo_type=self.publication.kind, cache_dir=cache
            )
            published = Path(old).read_bytes()
        return _REVISION.sub(b"", published) == _REVISION.sub(b"", _content(self.publication.files[path]))

    def _hash(self, path: str, lfs: bool) -> str:
        if (path, lfs) not in self.hashes:
            self.hashes[path, lfs] = (_sha256 if lfs else _git)(self.publication.files[path])
        return self.hashes[path, lfs]

    def _refuse_moving_tag(self, there: _There) -> None:
        """Raises InputError if the tag stands on other data; other pages may follow it."""
        tag = self.publication.tag
        if tag is None or tag not in there.tags:
            return
        tagged = there.files if there.tags[tag] == there.head else self._hashes_there(there.tags[tag])
        data = {path for path in self.publication.files if not _PAGE.fullmatch(path)}
        gone = {path for path in tagged if self.publication.ours.fullmatch(path) and not _PAGE.fullmatch(path)} - data
        other = [path for path in data if path not in tagged or self._hash(path, tagged[path][1]) != tagged[path][0]]
        if different := sorted([*other, *gone]):
            reason = f"{tag} is published already, with another {different[0]}; {self.publication.remedy}"
            raise InputError(reason, f"{self.publication.kind} {self.repository}")

    def _commit(self, there: _There, states: Mapping[str, State]) -> str:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        files = self.publication.files
        operations: list[Any] = [
            CommitOperationAdd(path, files[path]) for path, state in states.items() if state in ("added", "changed")
        ]
        operations += [CommitOperationDelete(path) for path, state in states.items() if state == "deleted"]
        # Should the answer be lost, the next try finds the commit: it was made by this call all the same.
        self.committed = True
        made = self.api.create_commit(
            self.repository,
            operations,
            commit_message=self.publication.title,
            repo_type=self.publication.kind,
            parent_commit=there.head,
        )
        return str(made.oid)

    def _set_access(self, access: Access) -> None:
        self.api.update_repo_settings(
            self.repository,
            repo_type=self.publication.kind,
            visibility="private" if access == Access.PRIVATE else "public",
            gated="auto" if access == Access.GATED else False,
        )

    def _outcome(self, there: _There | None, states: Mapping[str, State], committed: bool) -> Pushed:
        from huggingface_hub import constants

        folder = "datasets/" if self.publication.kind == "dataset" else ""
        access = there.access if there is not None else Access.PRIVATE
        tag = self.publication.tag
        return Pushed(
            f"{constants.ENDPOINT}/{folder}{self.repository}",
            there.head if there is not None else None,
            committed,
            tag,
            there.tags.get(tag) if there is not None and tag is not None else None,
            access if self.access is None else self.access,
            states,
        )


def _changes(states: Mapping[str, State]) -> bool:
    return any(state not in ("same", "kept") for state in states.values())


def _content(source: bytes | Path) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _sha256(source: bytes | Path) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _git(source: bytes | Path) -> str:
    content = _content(source)
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def passing(error: Exception) -> tuple[str, float] | None:
    """What to tell of an error that another try may mend, and for how many seconds the Hub asks to wait; else None.

    Args:
        error: What a client of the Hub raised.
    """
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

    # An upload wraps its error in a RuntimeError.
    for cause in _causes(error):
        if isinstance(cause, _PassingError):
            return str(cause), 0.0
        if isinstance(cause, HfHubHTTPError):
            status, asked = cause.response.status_code, cause.response.headers.get("Retry-After", "")
            if status not in _PASSING:
                return None
            return f"the Hub answered {status}", float(asked) if asked.isdigit() else 0.0
        # Xet's client raises Python's own errors, after two minutes of its own tries.
        if isinstance(cause, (HTTPError, ConnectionError, TimeoutError)):
            return "the connection to the Hub was cut", 0.0
    return None


def _refusal(error: Exception) -> str:
    """A line that tells what the Hub refuses, without any token."""
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError

    status = next((cause.response.status_code for cause in _causes(error) if isinstance(cause, HfHubHTTPError)), None)
    if status == 401:
        return "the Hub does not accept this token (HF_TOKEN, or the one of `hf auth login`)"
    if status in (403, 404):
        return "this token may not write there; take one with write access to the repository's owner"
    told = " ".join(str(error).split())[:300]
    return f"the Hub refuses it: {told.replace(get_token() or chr(0), '…')}"
