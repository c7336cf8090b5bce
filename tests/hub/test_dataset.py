"""The published dataset: its files load with everybody's tools, and its card says what they hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas
import polars
import pytest
import yaml

from khabar.cli.main import main
from khabar.corpus.convert.features import read_parquet
from khabar.corpus.convert.rows import row_document
from khabar.corpus.stats import stats
from khabar.corpus.store import Project, write_document
from khabar.errors import InputError
from khabar.hub.vocabulary import check_metadata, size_category
from tests.conftest import ROOT, annotated

Out = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published") / "dataset"
    assert main(["--project", str(ROOT), "publish", "dataset", "--to", str(out)]) == 0
    return out


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """One gold document in `train`, and no round, ledger or datasheet."""
    corpus = tmp_path / "small" / "corpus"
    corpus.mkdir(parents=True)
    for name in ("ontology.yaml", "card.yaml"):
        shutil.copy(ROOT / "corpus" / name, corpus)
    (corpus / "folds.yaml").write_text("folds: [{name: story, test: [one]}]\nsplits: {train: [one]}", encoding="utf-8")
    write_document(annotated("one"), corpus / "gold")
    return Project(tmp_path / "small")


def publish(project: Project, out: Path) -> int:
    return main(["--project", str(project.root), "publish", "dataset", "--to", str(out)])


def loaded(folder: Path, cache: Path, code: str) -> object:
    """What a child process that has loaded nothing else prints as JSON; it may reach no network."""
    environment = {**os.environ, "HF_HOME": str(cache), "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    names = "get_dataset_config_names, load_dataset"
    # Threads that still read a stream when the interpreter ends can abort it.
    end = "sys.stdout.flush()\nos._exit(0)"
    whole = (
        f"import json, os, sys\nfrom datasets import {names}\nfolder = sys.argv[1]\nprint(json.dumps({code}))\n{end}"
    )
    command = [sys.executable, "-c", whole, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def front(folder: Path) -> dict[str, object]:
    metadata: dict[str, object] = yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    return metadata


def test_who_does_not_choose_is_told_that_the_articles_are_in(small: Project, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert publish(small, tmp_path / "out") == 0
    assert "holds the articles' text; --text standoff leaves it out" in capsys.readouterr().err


def test_load_dataset_loads_every_config_with_the_features_that_the_card_tells(published: Path, tmp_path: Path) -> None:
    code = (
        "{c: [{s: len(d) for s, d in load_dataset(folder, c).items()},"
        " load_dataset(folder, c, split='train').features._to_yaml_list()]"
        " for c in get_dataset_config_names(folder)}"
    )
    found = loaded(published, tmp_path, code)
    assert isinstance(found, dict)
    told = front(published)["dataset_info"]
    assert isinstance(told, list)
    assert [info["config_name"] for info in told] == list(found)
    for info in told:
        sizes, features = found[info["config_name"]]
        assert {split["name"]: split["num_examples"] for split in info["splits"]} == sizes
        assert info["features"] == features


def test_tokens_is_the_default_and_streams(published: Path, tmp_path: Path) -> None:
    code = "list(next(iter(load_dataset(folder, split='test', streaming=True))))"
    assert "trigger_tags" in loaded(published, tmp_path, code)  # type: ignore[operator]


def test_documents_come_back_in_the_splits_of_the_folds(published: Path, project: Project) -> None:
    gold = {document.id: document for document in project.gold_documents()}
    splits = yaml.safe_load(project.folds.read_text(encoding="utf-8"))["splits"]
    for split, ids in splits.items():
        rows = read_parquet((published / f"documents/{split}-00000-of-00001.parquet").read_bytes())
        assert [row_document(row) for row in rows] == [gold[name] for name in ids]


def test_pandas_reads_events(published: Path, project: Project) -> None:
    frame = pandas.read_parquet(published / "events")
    total = stats(project.gold_documents(), project.ontology)["total"]
    assert len(frame) == total["events"]
    assert frame["arguments"].map(len).sum() == total["arguments"]


def test_polars_reads_attributions(published: Path, project: Project) -> None:
    frame = polars.read_parquet(published / "attributions" / "*.parquet")
    assert (
        frame.filter(polars.col("cue_text").is_null()).height
        == stats(project.gold_documents(), project.ontology)["cue"]["none"]
    )


def test_duckdb_reads_tokens(published: Path, project: Project) -> None:
    query = "select count(*), count(distinct document) from read_parquet(?)"
    found = duckdb.execute(query, [str(published / "tokens" / "*.parquet")]).fetchone()
    total = stats(project.gold_documents(), project.ontology)["total"]
    assert found == (total["sentences"], total["documents"])


def test_the_card_says_what_the_corpus_holds_and_what_it_is_not_for(published: Path, project: Project) -> None:
    card = (published / "README.md").read_text(encoding="utf-8")
    total = stats(project.gold_documents(), project.ontology)["total"]
    assert f"{total['events']} events with {total['arguments']} arguments" in card
    for said in ("Must not be used", "No Arabic speaker", "belongs to its publishers", project.corpus_version):
        assert said in card
    check_metadata(front(published))


def test_no_page_links_to_what_is_not_published(published: Path) -> None:
    for page in published.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (published / target).is_file(), f"{page.name}: {target}"


def test_publishing_again_writes_the_same_bytes(published: Path, tmp_path: Path, project: Project) -> None:
    assert publish(project, tmp_path / "again") == 0
    for path in published.rglob("*.*"):
        if path.is_file():
            assert (tmp_path / "again" / path.relative_to(published)).read_bytes() == path.read_bytes(), path


def test_a_project_without_rounds_or_scores_can_be_published(small: Project, tmp_path: Path) -> None:
    assert publish(small, tmp_path / "out") == 0
    page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "No document was annotated twice" in page
    assert "LICENSE-ANNOTATIONS.md" not in page
    assert not (tmp_path / "out" / "authored").exists()


def test_invented_documents_are_a_config_of_their_own_that_says_so(small: Project, tmp_path: Path) -> None:
    invented = annotated("invented", "invented").model_copy(update={"meta": {"origin": "authored"}})
    write_document(invented, small.root / "corpus" / "authored")
    assert publish(small, tmp_path / "out") == 0
    rows = read_parquet((tmp_path / "out" / "authored" / "train-00000-of-00001.parquet").read_bytes())
    assert [row_document(row) for row in rows] == [invented]
    section = (tmp_path / "out" / "README.md").read_text(encoding="utf-8").split("## Config `authored`")[1]
    assert "never happened" in "\n".join(section.splitlines()[:3])
    assert loaded(tmp_path / "out", tmp_path, "{s: len(d) for s, d in load_dataset(folder, 'authored').items()}") == {
        "train": 1
    }
    gold = read_parquet((tmp_path / "out" / "documents" / "train-00000-of-00001.parquet").read_bytes())
    assert [row["id"] for row in gold] == ["one"]
    shutil.rmtree(small.root / "corpus" / "authored")
    assert publish(small, tmp_path / "out") == 0
    assert not (tmp_path / "out" / "authored" / "train-00000-of-00001.parquet").exists()


def test_a_document_that_is_not_marked_as_invented_is_refused(small: Project, tmp_path: Path, capsys: Out) -> None:
    write_document(annotated("invented"), small.root / "corpus" / "authored")
    assert publish(small, tmp_path / "out") == 2
    assert "is not marked as invented" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_document_in_no_split_is_told(small: Project, tmp_path: Path, capsys: Out) -> None:
    write_document(annotated("two"), small.gold)
    assert publish(small, tmp_path / "out") == 2
    assert "two is in none of the splits" in capsys.readouterr().err


def test_a_folder_with_other_things_is_left_alone(small: Project, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert publish(small, tmp_path) == 2
    assert "which is no part of the dataset" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"license": "nope"}, "'nope' is not known to the Hub"),
        ({"license": "other"}, "needs license_name"),
        ({"language": "arabic"}, "is no language code"),
        ({"task_categories": ["event-extraction"]}, "'event-extraction' is not known"),
        ({"source_datasets": ["somewhere"]}, "neither original nor"),
    ],
)
def test_metadata_that_the_hub_does_not_know_is_refused(metadata: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        check_metadata(metadata)


def test_sizes_have_the_hubs_names() -> None:
    sizes = {1: "n<1K", 999: "n<1K", 1000: "1K<n<10K", 9999: "1K<n<10K", 10_000: "10K<n<100K", 10**9: "1M<n<10M"}
    assert {n: size_category(n) for n in sizes} == sizes
