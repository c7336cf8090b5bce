"""What the stand-in for the Hugging Face Hub holds: repositories with commits and tags, and faults that may strike."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Blob:
    """A file's content.

    Attributes:
        data: The bytes.
        lfs: Whether git holds only a pointer to it.
    """

    data: bytes
    lfs: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def git(self) -> bytes:
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.data)}\n"
        return pointer.encode() if self.lfs else self.data

    @property
    def oid(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.git) + self.git).hexdigest()

    def entry(self, path: str) -> dict[str, Any]:
        told = {"type": "file", "path": path, "size": len(self.data), "oid": self.oid}
        lfs = {"oid": self.sha256, "size": len(self.data), "pointerSize": len(self.git)}
        return {**told, "lfs": lfs} if self.lfs else told


@dataclass
class Repository:
    """A repository: one branch, `main`, and tags.

    Attributes:
        kind: `model` or `dataset`.
        id: `owner/name`.
        private: Whether only its owner sees it.
        gated: Whether its files are only for those with access.
        commits: Id, files and title of each, the oldest first.
        tags: Commit ids by name.
    """

    kind: str
    id: str
    private: bool = False
    gated: str | bool = False
    commits: list[tuple[str, dict[str, Blob], str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.commit({".gitattributes": Blob(b"*.parquet filter=lfs\n")}, "initial commit")

    @property
    def head(self) -> str:
        return self.commits[-1][0]

    @property
    def titles(self) -> list[str]:
        return [title for _, _, title in self.commits]

    def commit(self, files: dict[str, Blob], title: str) -> str:
        told = repr([self.id, len(self.commits), title, sorted((path, blob.oid) for path, blob in files.items())])
        self.commits.append((hashlib.sha1(told.encode()).hexdigest(), files, title))
        return self.head

    def sha(self, revision: str) -> str | None:
        wanted = self.head if revision in ("main", "refs/heads/main") else self.tags.get(revision, revision)
        return wanted if any(sha == wanted for sha, _, _ in self.commits) else None

    def files(self, revision: str = "main") -> dict[str, Blob]:
        return next(files for sha, files, _ in self.commits if sha == self.sha(revision))


@dataclass
class Fault:
    """What goes wrong.

    Attributes:
        step: Name of the endpoint.
        kind: A status (`503`); `cut-request`, which hangs up while the request is read; `cut-answer`, which does what
            is asked and hangs up while it answers; `race`, where somebody else commits first.
        after: Bytes until it hangs up.
        times: How often.
        struck: How often it has happened.
    """

    step: str
    kind: str
    after: int = 0
    times: int = 1
    struck: int = 0


@dataclass
class Hub:
    """The whole Hub.

    Attributes:
        repositories: By kind and id.
        objects: LFS contents by SHA-256.
        faults: What goes wrong.
        requests: Step and path of every request, in order.
        unknown: Requests for which there is no endpoint.
    """

    repositories: dict[tuple[str, str], Repository] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def dataset(self, id: str) -> Repository:
        return self.repositories["dataset", id]

    def model(self, id: str) -> Repository:
        return self.repositories["model", id]

    def fault(self, step: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.step == step and fault.struck < fault.times:
                    fault.struck += 1
                    return fault
        return None
