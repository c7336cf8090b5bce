"""`khabar publish dataset --repo`: two versions pushed to the stand-in; the real `datasets` loads them from it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from khabar.corpus.store import Project, write_document
from khabar.document import Document
from tests.conftest import ROOT, annotated
from tests.hub.conftest import Child, Served
from tests.hub.endpoints import READER, STRANGER
from tests.hub.repositories import Blob, Repository

REPO = "tester/khabar"
SPLITS = {"train": "one", "validation": "two", "test": "three"}
LOAD = """
import json, os, sys
from datasets import get_dataset_config_names, load_dataset
def rows(*names, **options):
    return {split: len(rows) for split, rows in load_dataset(*names, **options).items()}
"""


@dataclass(frozen=True)
class Told:
    """What each command told, in the order in which they were given."""

    first: Child
    again: Child
    dry: Child
    refused: Child
    second: Child


def corpus(folder: Path) -> Project:
    """A project of three stories and an invented one, in git."""
    (folder / "corpus").mkdir(parents=True)
    for name in ("ontology.yaml", "card.yaml"):
        shutil.copy(ROOT / "corpus" / name, folder / "corpus")
    splits = ", ".join(f"{split}: [{name}]" for split, name in SPLITS.items())
    folds = ", ".join(f"{{name: {name}, test: [{name}]}}" for name in SPLITS.values())
    (folder / "corpus" / "folds.yaml").write_text(f"folds: [{folds}]\nsplits: {{{splits}}}", encoding="utf-8")
    (folder / "corpus" / "VERSION").write_text("0.1.0\n", encoding="utf-8")
    for name in SPLITS.values():
        write_document(annotated(name, name), folder / "corpus" / "gold")
    invented = annotated("invented", "invented").model_copy(update={"meta": {"origin": "authored"}})
    write_document(invented, folder / "corpus" / "authored")
    commit(folder, "init", "--quiet")
    return Project(folder)


def commit(folder: Path, *before: str) -> None:
    """Gives the project another revision."""
    git = ["git", "-C", str(folder), "-c", "user.name=tester", "-c", "user.email=tester@localhost"]
    for command in ([*before] if before else None, ["add", "-A"], ["commit", "--quiet", "--allow-empty", "-m", "more"]):
        if command:
            subprocess.run([*git, *command], check=True)


def without_the_last_event(document: Document) -> Document:
    attributions = [a.model_copy(update={"events": ("e2",)}) if a.id == "a2" else a for a in document.attributions]
    return document.model_copy(update={"events": document.events[:-1], "attributions": tuple(attributions)})


@pytest.fixture(scope="module")
def told(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Told:
    project = corpus(tmp_path_factory.mktemp("corpus") / "small")
    publish = ("--project", project.root, "publish", "dataset", "--repo", REPO, "--text", "full")
    first = served.khabar(*publish)
    commit(project.root)
    again = served.khabar(*publish, "--json")
    write_document(without_the_last_event(annotated("one", "one")), project.gold)
    shutil.rmtree(project.root / "corpus" / "authored")
    commit(project.root)
    refused = served.khabar(*publish)
    (project.root / "corpus" / "VERSION").write_text("0.2.0\n", encoding="utf-8")
    commit(project.root)
    dry = served.khabar(*publish, "--dry-run")
    assert served.hub.dataset(REPO).titles == ["initial commit", "Corpus 0.1.0"]
    return Told(first, again, dry, refused, served.khabar(*publish, "--gated"))


def states(told: Child) -> dict[str, str]:
    """What is told of each path."""
    assert told.code == 0, told.err
    return {path: state for state, path in (line.split() for line in told.out.splitlines()[:-1])}


def test_a_new_repository_is_private_and_holds_one_commit_with_a_tag(served: Served, told: Told) -> None:
    assert set(states(told.first).values()) == {"added"}
    assert told.first.out.splitlines()[-1] == f"{served.url}/datasets/{REPO}: pushed, tag v0.1.0, private"
    repository = served.hub.dataset(REPO)
    assert repository.titles == ["initial commit", "Corpus 0.1.0", "Corpus 0.2.0"]
    assert repository.tags == {"v0.1.0": repository.commits[1][0], "v0.2.0": repository.commits[2][0]}


def test_the_same_again_makes_no_commit_though_the_projects_revision_is_another(served: Served, told: Told) -> None:
    assert told.again.json["committed"] is False
    assert told.again.json["commit"] == told.again.json["tagged"] == served.hub.dataset(REPO).tags["v0.1.0"]
    assert set(told.again.json["files"].values()) == {"same"}


def test_other_data_under_the_same_version_are_refused(told: Told) -> None:
    assert "v0.1.0 is published already, with another " in told.refused.line
    assert "give the corpus a new version in corpus/VERSION" in told.refused.line


def test_a_second_version_changes_what_is_other_and_deletes_what_is_gone(served: Served, told: Told) -> None:
    dry = states(told.dry)
    assert dry["authored/train-00000-of-00001.parquet"] == "deleted"
    assert dry["events/train-00000-of-00001.parquet"] == "changed"
    assert dry["events/test-00000-of-00001.parquet"] == "same"
    assert states(told.second) == {path: state for path, state in dry.items() if state != "same"}
    assert told.second.out.splitlines()[-1].endswith("pushed, tag v0.2.0, gated")
    assert "authored/train-00000-of-00001.parquet" in served.hub.dataset(REPO).files("v0.1.0")
    assert "authored/train-00000-of-00001.parquet" not in served.hub.dataset(REPO).files("v0.2.0")


def test_every_config_of_every_revision_loads_and_streams(served: Served, told: Told) -> None:
    code = f"""{LOAD}
found = {{}}
for revision in ("v0.1.0", "v0.2.0", "main"):
    names = get_dataset_config_names({REPO!r}, revision=revision)
    found[revision] = {{name: rows({REPO!r}, name, revision=revision) for name in names}}
stream = load_dataset({REPO!r}, split="test", streaming=True)
found["default"] = list(next(iter(stream)))
events = load_dataset({REPO!r}, "events", split="train", revision="v0.2.0")
found["trigger"] = events["trigger_text"]
found["type"] = events.features["event_type"].names[:1]
print(json.dumps(found, default=list))
sys.stdout.flush()
os._exit(0)  # threads that still read the stream can abort an interpreter that ends"""
    found = served.python("-c", code).json
    one = {"train": 2, "validation": 2, "test": 2}
    nested, events = dict.fromkeys(one, 1), dict.fromkeys(one, 3)
    shared = {"tokens": one, "documents": nested, "attributions": one}
    first = {**shared, "events": events, "authored": {"train": 1}}
    assert found["v0.1.0"] == first
    assert found["v0.2.0"] == found["main"] == {**shared, "events": {**events, "train": 2}}
    assert "trigger_tags" in found["default"]
    assert found["trigger"] == ["أطلقت", "الهجوم"]
    assert found["type"]


def test_who_may_not_read_is_refused_by_the_client(served: Served, told: Told, tmp_path: Path) -> None:
    private = served.hub.repositories["dataset", "tester/private"] = Repository("dataset", "tester/private", True)
    private.commit(dict(served.hub.dataset(REPO).files("main")), "copied")
    code = f"""{LOAD}
from datasets.exceptions import DatasetNotFoundError
found = []
for name, token in (({REPO!r}, False), ({REPO!r}, {STRANGER!r}), ({REPO!r}, {READER!r}), ("tester/private", False)):
    try:
        found.append(rows(name, "documents", token=token))
    except DatasetNotFoundError as error:
        found.append(" ".join(str(error).split()))
print(json.dumps(found))"""
    nobody, stranger, reader, private_told = served.python("-c", code, token=None, HF_HOME=str(tmp_path)).json
    assert "is a gated dataset" in nobody
    assert "is a gated dataset" in stranger
    assert reader == {"train": 1, "validation": 1, "test": 1}
    assert "doesn't exist on the Hub or cannot be accessed" in private_told


def test_the_choice_of_text_is_demanded_and_explained(served: Served) -> None:
    line = served.khabar("publish", "dataset", "--repo", REPO).line
    assert "--repo needs --text full or --text standoff: `full` holds the articles' text, which belongs to" in line


def refusal(served: Served, *options: str, repo: str = REPO, **more: Any) -> str:
    return served.khabar("publish", "dataset", "--repo", repo, "--text", "full", *options, **more).line


def test_what_cannot_be_pushed_is_told_at_once_in_a_line(served: Served, told: Told) -> None:
    before = len(served.hub.requests)
    assert "pushing needs a token: set HF_TOKEN" in refusal(served, token=None)
    assert "is switched off (HF_HUB_OFFLINE)" in refusal(served, HF_HUB_OFFLINE="1")
    assert "http://127.0.0.1:9) cannot be reached" in refusal(served, HF_ENDPOINT="http://127.0.0.1:9")
    assert "is no id on the Hugging Face Hub" in refusal(served, repo="khabar")
    assert "--private is for --repo" in served.khabar("publish", "dataset", "--to", "out", "--private").line
    assert len(served.hub.requests) == before


def test_a_repository_with_something_else_is_left_alone(served: Served, told: Told) -> None:
    other = served.hub.repositories["dataset", "tester/other"] = Repository("dataset", "tester/other")
    other.commit({"data.csv": Blob(b"1,2\n")}, "mine")
    assert "holds data.csv and no ontology.yaml" in refusal(served, repo="tester/other")
    assert other.titles == ["initial commit", "mine"]


class TestWithoutText:
    def push(self, served: Served, root: Path, repository: str) -> Child:
        return served.khabar("--project", root, "publish", "dataset", "--repo", repository, "--text", "standoff")

    def test_no_word_of_the_articles_is_pushed_and_it_loads(self, served: Served, tmp_path: Path) -> None:
        project = corpus(tmp_path / "small")
        assert self.push(served, project.root, "tester/bare").code == 0
        files = served.hub.dataset("tester/bare").files("v0.1.0")
        assert not any(path.startswith("tokens/") for path in files)
        loaded = served.python("-c", f"{LOAD}print(json.dumps(rows('tester/bare', 'events')))", cwd=tmp_path)
        assert loaded.json == {"train": 3, "validation": 3, "test": 3}
        card = files["README.md"].data.decode()
        assert 'load_dataset("tester/bare", "events")' in card
        assert "license: cc-by-4.0" in card

    def test_a_repository_whose_history_holds_the_text_is_refused(
        self, served: Served, told: Told, tmp_path: Path
    ) -> None:
        assert told.first.code == 0
        before = served.hub.dataset(REPO).titles
        refused = self.push(served, corpus(tmp_path / "small").root, REPO)
        assert "and its history keeps it; name another repository" in refused.line
        assert served.hub.dataset(REPO).titles == before

    def test_so_is_one_that_holds_it_no_more_but_did(self, served: Served, told: Told, tmp_path: Path) -> None:
        assert told.first.code == 0
        once = served.hub.repositories["dataset", "tester/once"] = Repository("dataset", "tester/once")
        whole = served.hub.dataset(REPO).files("v0.1.0")
        once.commit(whole, "with text")
        once.commit({path: blob for path, blob in whole.items() if not path.startswith("tokens/")}, "without tokens")
        refused = self.push(served, corpus(tmp_path / "small").root, "tester/once")
        assert "and its history keeps it; name another repository" in refused.line
