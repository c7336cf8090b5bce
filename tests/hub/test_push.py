"""Pushing under faults: whatever goes wrong at whichever step, nothing is lost, nothing is doubled, no tag is early."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from khabar.hub.push import passing
from tests.conftest import ROOT
from tests.hub.conftest import Served
from tests.hub.endpoints import OWNER
from tests.hub.pushing import TAGS, version
from tests.hub.repositories import Blob, Repository
from tests.hub.stand_in import environment

STEPS = (
    *("info", "refs", "tree", "create", "validate", "preupload", "lfs-batch", "lfs-put", "lfs-verify", "commit"),
    *("tag", "settings"),
)
PATIENT = {"tree", "preupload", "lfs-batch", "lfs-put", "lfs-verify"}
"""Steps at which the client itself waits a second: there the first push alone is disturbed."""
KINDS = (("409", 0), ("412", 0), ("429", 0), ("503", 0), ("cut-request", 9), ("cut-answer", 0), ("cut-answer", 60))
FAULTS = {
    f"tester/{step}-{kind}-{after}": {"step": step, "kind": kind, "after": after}
    for step in STEPS
    for kind, after in KINDS
}


def pushed(served: Served, faults: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What one child process tells of its pushes (see `tests.hub.pushing`)."""
    later = {name: None if fault["step"] in PATIENT else fault for name, fault in faults.items()}
    done = subprocess.run(
        [sys.executable, "-m", "tests.hub.pushing"],
        input=json.dumps({name: (fault, later[name]) for name, fault in faults.items()}),
        capture_output=True,
        text=True,
        env=environment(served.url, served.home),
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert OWNER not in done.stdout + done.stderr
    outcome: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return outcome


@pytest.fixture(scope="module")
def outcome(served: Served) -> dict[str, list[dict[str, Any]]]:
    return pushed(served, FAULTS)


def contents(repository: Repository, revision: str) -> dict[str, bytes]:
    return {path: blob.data for path, blob in repository.files(revision).items() if path != ".gitattributes"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_any_step_loses_nothing_and_doubles_nothing(
    served: Served, outcome: dict[str, list[dict[str, Any]]], name: str
) -> None:
    first, again, second, same = outcome[name]
    fault, repository = FAULTS[name], served.hub.dataset(name)
    assert first["struck"] == 1
    assert second["struck"] == (fault["step"] not in PATIENT | {"create"})
    assert [run["refused"] for run in (first, again, second, same)] == [None] * 4
    assert [run["committed"] for run in (first, again, second, same)] == [True, False, True, False]
    assert repository.titles == ["initial commit", "v1", "v2"]
    assert repository.tags == {"v1": repository.commits[1][0], "v2": repository.commits[2][0]}
    assert {tag: contents(repository, tag) for tag in repository.tags} == {tag: version(name, tag) for tag in TAGS}
    assert (repository.private, repository.gated) == (False, "auto")


def test_a_stale_parent_is_read_again(served: Served) -> None:
    race = {"step": "commit", "kind": "race"}
    name = "tester/raced"
    served.hub.repositories["dataset", name] = repository = Repository("dataset", name)
    for path, data in version(name, "v1").items():
        repository.commit({**repository.files(), path: Blob(data, lfs=path.endswith(".parquet"))}, path)
    ((first, _, second, _),) = pushed(served, {name: race}).values()
    assert (first["struck"], second["struck"]) == (0, 1)
    assert second["told"] == ["the Hub answered 412; again in 1 s"]
    assert repository.titles[-2:] == ["somebody else's", "v2"]
    assert contents(repository, "v2") == version(name, "v2") | {"notes.txt": b"somebody else's"}


def wrapped(error: Exception) -> RuntimeError:
    """As the client wraps what goes wrong in an upload."""
    outer = RuntimeError("Error while uploading 'x' to the Hub.")
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize("error", [ConnectionError("hf_xet: 503"), TimeoutError(), wrapped(ConnectionResetError())])
def test_what_uploads_raise_is_tried_again(error: Exception) -> None:
    assert passing(error) == ("the connection to the Hub was cut", 0.0)


@pytest.mark.parametrize("error", [ValueError("metadata"), wrapped(FileNotFoundError()), KeyError("url")])
def test_what_no_other_try_mends_is_not(error: Exception) -> None:
    assert passing(error) is None


@pytest.mark.parametrize("step", ["commit", "tag"])
def test_faults_that_do_not_pass_are_told_and_leave_no_tag(served: Served, step: str) -> None:
    name = f"tester/never-{step}"
    ((first, again, *_),) = pushed(served, {name: {"step": step, "kind": "503", "times": 1000}}).values()
    assert first["waited"] == [1, 2, 4, 8, 16]
    assert first["refused"] == f"dataset {name}: the Hub answered 503 (6 tries, the same command goes on from here)"
    # The next push found what the first had done, and did the rest.
    assert again["refused"] is None
    repository = served.hub.dataset(name)
    assert repository.titles[:2] == ["initial commit", "v1"]
    assert repository.tags["v1"] == repository.commits[1][0]
