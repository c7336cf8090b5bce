"""The endpoints of the stand-in for the Hugging Face Hub: what the clients ask, and what they are answered."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from tests.hub.repositories import Blob, Fault, Hub, Repository

OWNER, READER, STRANGER = "hf_theOwnerOfEverything000", "hf_readerWithAccess0000000", "hf_somebodyElse00000000000"
"""Tokens: who may write, who was let into gated repositories, who was not."""

DATE = "2026-01-01T00:00:00.000Z"
_LFS = (".parquet", ".safetensors")
_PREFIX = {"model": "", "dataset": "datasets/"}


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


def commits(request: Request) -> Answer:
    repository = request.repository()
    authors = [{"user": repository.id.split("/")[0]}]
    return told(
        [
            {"id": sha, "title": title, "message": "", "authors": authors, "date": DATE}
            for sha, _, title in reversed(repository.commits)
        ]
    )


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
        elif operation["key"] == "lfsFile" and value["oid"] not in request.hub.objects:
            raise RefusalError(400, f"LFS object {value['oid']} is not here")
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
ENDPOINTS: list[tuple[str, str, str, Endpoint]] = [
    ("faults", "POST", r"/-/faults", set_faults),
    ("create", "POST", r"/api/repos/create", create),
    ("validate", "POST", r"/api/validate-yaml", validate),
    ("settings", "PUT", rf"{_REPOSITORY}/settings", settings),
    ("info", "GET", rf"{_REPOSITORY}(/revision/{_REVISION})?", info),
    ("refs", "GET", rf"{_REPOSITORY}/refs", refs),
    ("tag", "POST", rf"{_REPOSITORY}/tag/{_REVISION}", tag),
    ("commits", "GET", rf"{_REPOSITORY}/commits/{_REVISION}", commits),
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
