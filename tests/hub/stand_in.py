"""A stand-in for the Hugging Face Hub on loopback: what the real clients call, and faults at every step.

Repositories live in memory. Clients are sent here by `HF_ENDPOINT`, which they read when they are imported: run them in
child processes (see `environment`). A child may set faults itself: `POST /-/faults` with `[{"step": …, "kind": …}]`
replaces those that are set, and answers how often each of these struck.

`python -m tests.hub.stand_in` runs one by hand.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import socket
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

OWNER, READER, STRANGER = "hf_theOwnerOfEverything000", "hf_readerWithAccess0000000", "hf_somebodyElse00000000000"
"""Tokens: who may write, who was let into gated repositories, who was not."""

DATE = "2026-01-01T00:00:00.000Z"
_LFS = (".parquet", ".safetensors")
_PREFIX = {"model": "", "dataset": "datasets/"}


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


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    def __init__(self, status: int, message: str, code: str = ""):
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self.answer = replace(told({"error": message}, headers), status=status)


def told(value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(body=json.dumps(value).encode(), headers={"Content-Type": "application/json", **(headers or {})})


@dataclass(frozen=True)
class Request:
    """A request for an endpoint, its path taken apart."""

    hub: Hub
    base: str
    token: str | None
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    parts: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def writes(self) -> None:
        if self.token is None or self.token not in (OWNER, READER, STRANGER):
            raise RefusalError(401, "Invalid username or password.")
        if self.token != OWNER:
            raise RefusalError(403, "You don't have the rights to write here")

    def repository(self) -> Repository:
        kind = "dataset" if self.parts["kind"].startswith("datasets") else "model"
        found = self.hub.repositories.get((kind, self.parts["id"]))
        if found is None or (found.private and self.token != OWNER):
            raise RefusalError(401 if self.token is None else 404, "Repository not found", "RepoNotFound")
        return found

    def at(self, repository: Repository, name: str = "revision") -> str:
        revision = urllib.parse.unquote(self.parts.get(name) or "main")
        if (sha := repository.sha(revision)) is None:
            raise RefusalError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return sha


def create(request: Request) -> Answer:
    request.writes()
    wanted = request.json
    kind, id = wanted.get("type") or "model", f"{wanted.get('organization') or 'tester'}/{wanted['name']}"
    url = {"url": f"{request.base}/{_PREFIX[kind]}{id}", "name": id, "id": "0" * 24}
    if (kind, id) in request.hub.repositories:
        return replace(told({"error": "You already created this repo", **url}), status=409)
    request.hub.repositories[kind, id] = Repository(kind, id, private=wanted.get("visibility") == "private")
    return told(url)


def settings(request: Request) -> Answer:
    request.writes()
    repository = request.repository()
    if "visibility" in request.json:
        repository.private = request.json["visibility"] == "private"
    repository.gated = request.json.get("gated", repository.gated)
    return told({"private": repository.private, "gated": repository.gated})


def info(request: Request) -> Answer:
    repository = request.repository()
    sha = request.at(repository)
    files = repository.files(sha)
    card = re.match(rb"---\n(.*?)\n---\n", files["README.md"].data, re.S) if "README.md" in files else None
    return told(
        {
            **{"_id": sha[:24], "id": repository.id, "modelId": repository.id, "author": repository.id.split("/")[0]},
            **{"sha": sha, "lastModified": DATE, "createdAt": DATE, "private": repository.private},
            **{"gated": repository.gated, "disabled": False, "tags": [], "downloads": 0, "likes": 0},
            "cardData": json.loads(json.dumps(yaml.safe_load(card[1]), default=str)) if card else {},
            "siblings": [{"rfilename": path} for path in sorted(files)],
        }
    )


def refs(request: Request) -> Answer:
    repository = request.repository()
    tags = [{"name": n, "ref": f"refs/tags/{n}", "targetCommit": sha} for n, sha in repository.tags.items()]
    main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repository.head}
    return told({"branches": [main], "tags": tags, "converts": []})


def tag(request: Request) -> Answer:
    request.writes()
    repository = request.repository()
    if request.json["tag"] in repository.tags:
        raise RefusalError(409, "Reference already exists")
    repository.tags[request.json["tag"]] = request.at(repository)
    return told({})


def tree(request: Request) -> Answer:
    repository = request.repository()
    sha = request.at(repository)
    files = repository.files(sha)
    folder = urllib.parse.unquote(request.parts.get("path") or "").strip("/")
    inside = sorted(path for path in files if not folder or path.startswith(f"{folder}/"))
    if folder and not inside:
        raise RefusalError(404, f"{folder} does not exist", "EntryNotFound")
    deep = request.query.get("recursive", "").lower() in ("true", "1")
    entries, folders = [], {}
    for path in inside:
        rest = path.removeprefix(f"{folder}/" if folder else "").split("/")
        for depth in range(1, len(rest) if deep else min(len(rest), 2)):
            name = "/".join(([folder] if folder else []) + rest[:depth])
            folders[name] = {
                "type": "directory",
                "path": name,
                "size": 0,
                "oid": hashlib.sha1(name.encode()).hexdigest(),
            }
        if deep or len(rest) == 1:
            entries.append(files[path].entry(path))
    return told([*entries, *folders.values()], {"X-Repo-Commit": sha})


def paths_info(request: Request) -> Answer:
    repository = request.repository()
    files = repository.files(request.at(repository))
    entries = []
    for path in urllib.parse.parse_qs(request.body.decode()).get("paths", []):
        if path in files:
            entries.append(files[path].entry(path))
        elif any(name.startswith(f"{path}/") for name in files):
            entries.append({"type": "directory", "path": path, "size": 0, "oid": "0" * 40})
    return told(entries)


def resolve(request: Request) -> Answer:
    repository = request.repository()
    if repository.gated and request.token not in (OWNER, READER):
        status = 401 if request.token is None else 403
        raise RefusalError(status, f"Access to {repository.id} is restricted", "GatedRepo")
    sha = request.at(repository)
    found = repository.files(sha).get(urllib.parse.unquote(request.parts["path"]))
    headers = {"X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
    if found is None:
        return Answer(404, b"Entry not found", {**headers, "X-Error-Code": "EntryNotFound"})
    if not found.lfs:
        return _ranged(request, found.data, {**headers, "ETag": f'"{found.oid}"'})
    # Clients follow a redirect on the same host, and would miss X-Repo-Commit: contents have another name for this one.
    there = f"{request.base.replace('127.0.0.1', 'localhost')}/-/lfs/{found.sha256}"
    linked = {"X-Linked-Etag": f'"{found.sha256}"', "X-Linked-Size": str(len(found.data))}
    return Answer(302, b"", {**headers, **linked, "ETag": f'"{found.oid}"', "Location": there})


def lfs_get(request: Request) -> Answer:
    return _ranged(request, request.hub.objects[request.parts["oid"]], {"ETag": f'"{request.parts["oid"]}"'})


def _ranged(request: Request, data: bytes, headers: Mapping[str, str]) -> Answer:
    wanted = re.match(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or "")
    if wanted is None:
        return Answer(200, data, headers)
    first, last = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
    return Answer(206, data[first : last + 1], {**headers, "Content-Range": f"bytes {first}-{last}/{len(data)}"})


def validate(request: Request) -> Answer:
    return told({"errors": [], "warnings": []})


def preupload(request: Request) -> Answer:
    request.writes()
    repository = request.repository()
    files = repository.files(request.at(repository))
    answered = []
    for file in request.json["files"]:
        there = files.get(file["path"])
        oid = None if there is None else there.sha256 if there.lfs else there.oid
        mode = "lfs" if file["path"].endswith(_LFS) else "regular"
        answered.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return told({"files": answered})


def lfs_batch(request: Request) -> Answer:
    request.writes()
    request.repository()
    answered = []
    for wanted in request.json["objects"]:
        links = {
            "upload": {"href": f"{request.base}/-/lfs/{wanted['oid']}"},
            "verify": {"href": f"{request.base}/-/verify"},
        }
        there = wanted["oid"] in request.hub.objects
        answered.append({"oid": wanted["oid"], "size": wanted["size"]} | ({} if there else {"actions": links}))
    return told({"transfer": "basic", "objects": answered})


def lfs_put(request: Request) -> Answer:
    if hashlib.sha256(request.body).hexdigest() != request.parts["oid"]:
        raise RefusalError(400, "these are other bytes")
    request.hub.objects[request.parts["oid"]] = request.body
    return Answer()


def lfs_verify(request: Request) -> Answer:
    if len(request.hub.objects.get(request.json["oid"], b"")) != request.json["size"]:
        raise RefusalError(404, "no such object")
    return told({})


def commit(request: Request) -> Answer:
    request.writes()
    repository = request.repository()
    files, title = dict(repository.files()), ""
    for operation in map(json.loads, request.body.splitlines()):
        value = operation["value"]
        if operation["key"] == "header":
            title = value["summary"]
            if not repository.head.startswith(value.get("parentCommit") or ""):
                raise RefusalError(412, "A commit has happened since. Please refresh and try again.")
        elif operation["key"] == "file":
            files[value["path"]] = Blob(base64.b64decode(value["content"]))
        elif operation["key"] == "lfsFile":
            files[value["path"]] = Blob(request.hub.objects[value["oid"]], lfs=True)
        elif operation["key"] == "deletedFile" and value["path"] in files:
            del files[value["path"]]
        else:
            raise RefusalError(404, f"cannot be done: {operation['key']}", "EntryNotFound")
    sha = repository.commit(files, title)
    url = f"{request.base}/{_PREFIX[repository.kind]}{repository.id}/commit/{sha}"
    return told({"success": True, "commitOid": sha, "commitUrl": url, "hookOutput": ""})


def set_faults(request: Request) -> Answer:
    struck = [fault.struck for fault in request.hub.faults]
    request.hub.faults = [Fault(**fault) for fault in request.json]
    return told(struck)


_REPOSITORY = r"/api/(?P<kind>models|datasets)/(?P<id>[^/]+/[^/]+)"
_PAGE = r"/(?P<kind>datasets/)?(?P<id>[^/]+/[^/]+)"
_REVISION = r"(?P<revision>[^/]+)"
Endpoint = Callable[[Request], Answer]
_ENDPOINTS: list[tuple[str, str, str, Endpoint]] = [
    ("faults", "POST", r"/-/faults", set_faults),
    ("create", "POST", r"/api/repos/create", create),
    ("validate", "POST", r"/api/validate-yaml", validate),
    ("settings", "PUT", rf"{_REPOSITORY}/settings", settings),
    ("info", "GET", rf"{_REPOSITORY}(/revision/{_REVISION})?", info),
    ("refs", "GET", rf"{_REPOSITORY}/refs", refs),
    ("tag", "POST", rf"{_REPOSITORY}/tag/{_REVISION}", tag),
    ("tree", "GET", rf"{_REPOSITORY}/tree/{_REVISION}(/(?P<path>.*))?", tree),
    ("paths-info", "POST", rf"{_REPOSITORY}/paths-info/{_REVISION}", paths_info),
    ("preupload", "POST", rf"{_REPOSITORY}/preupload/{_REVISION}", preupload),
    ("commit", "POST", rf"{_REPOSITORY}/commit/{_REVISION}", commit),
    ("lfs-batch", "POST", rf"{_PAGE}\.git/info/lfs/objects/batch", lfs_batch),
    ("lfs-put", "PUT", r"/-/lfs/(?P<oid>[0-9a-f]{64})", lfs_put),
    ("lfs-get", "GET", r"/-/lfs/(?P<oid>[0-9a-f]{64})", lfs_get),
    ("lfs-verify", "POST", r"/-/verify", lfs_verify),
    ("resolve", "GET", rf"{_PAGE}/resolve/{_REVISION}/(?P<path>.+)", resolve),
]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle_any(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        asked = "GET" if self.command == "HEAD" else self.command
        found = ((e, m) for e in _ENDPOINTS if e[1] == asked and (m := re.fullmatch(e[2], url.path)))
        (step, _, _, endpoint), match = next(found, (("", "", "", None), None))
        if match is None or endpoint is None:
            self.hub.unknown.append(f"{self.command} {self.path}")
            self._body()
            return self._send(RefusalError(404, "no such endpoint").answer)
        self.hub.requests.append((step, self.path))
        fault = self.hub.fault(step)
        if fault is not None and fault.kind == "cut-request":
            self.rfile.read(min(fault.after, int(self.headers.get("Content-Length") or 0)))
            return self._hang_up()
        authorization = self.headers.get("Authorization") or ""
        request = Request(
            self.hub,
            f"http://{self.headers['Host']}",
            authorization.removeprefix("Bearer ") or None,
            dict(urllib.parse.parse_qsl(url.query)),
            self.headers,  # type: ignore[arg-type]
            self._body(),
            {name: value or "" for name, value in match.groupdict().items()},
        )
        if fault is not None and fault.kind.isdigit():
            return self._send(Answer(int(fault.kind), b"{}", {"X-Error-Message": "a fault"}))
        with self.hub.lock:
            if fault is not None and fault.kind == "race":
                repository = request.repository()
                repository.commit({**repository.files(), "notes.txt": Blob(b"somebody else's")}, "somebody else's")
            try:
                answer = endpoint(request)
            except RefusalError as refusal:
                answer = refusal.answer
        return self._send(answer, fault.after if fault is not None and fault.kind == "cut-answer" else None)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, answer: Answer, bytes_sent: int | None = None) -> None:
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        head = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        whole = "\r\n".join(head).encode("latin-1") + (b"" if self.command == "HEAD" else answer.body)
        self.wfile.write(whole if bytes_sent is None else whole[: min(bytes_sent, len(whole) - 1)])
        if bytes_sent is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def stand_in(port: int = 0) -> Iterator[tuple[str, Hub]]:
    """A Hub while the block runs: its address, and what it holds."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", hub
    finally:
        server.shutdown()
        server.server_close()


def environment(url: str, home: Path, token: str | None = OWNER) -> dict[str, str]:
    """The environment of a child process whose clients talk to a stand-in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    # Xet has a server of its own, and the client never falls back to LFS by itself.
    ours = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    return kept | ours | ({"HF_TOKEN": token} if token is not None else {})


if __name__ == "__main__":
    with stand_in(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as (url, _):
        print(f"HF_ENDPOINT={url} HF_HUB_DISABLE_XET=1 HF_TOKEN={OWNER}", flush=True)
        threading.Event().wait()
