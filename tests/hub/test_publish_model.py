"""`khabar publish model`: only what a model is loaded from leaves the machine, and the real `transformers` loads it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from huggingface_hub import ModelCard

from khabar.cli.main import main
from khabar.corpus.store import Project, write_document
from khabar.errors import InputError
from khabar.eval.ledger import Line, Metric, System, append, recipe_digest
from khabar.hub.model_card import model_files, result_of
from khabar.hub.publications import refuse_private
from khabar.training.recipe import LexiconRecipe, dump_recipe, load_recipe, parse_recipe
from khabar.training.train import train
from tests.conftest import ROOT, TEXT, annotated
from tests.hub.conftest import Served
from tests.hub.endpoints import OWNER, READER, STRANGER
from tests.hub.repositories import Blob, Fault, Repository
from tests.training.encoders import TINY, save_encoder

REPO = "tester/tagger"
LEXICON = LexiconRecipe(name="lexicon")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model among things that must never be published."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    train(TINY.changed(epochs=2, design="conditional"), [annotated("one")], Project(ROOT).ontology, folder)
    secret = f"{OWNER} {folder}".encode()
    for name in ("training_args.bin", "optimizer.pt", "log.jsonl", "run.json", "notes.txt", "tiny.py"):
        (folder / name).write_bytes(secret)
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "model.safetensors").write_bytes(secret)
    config = json.loads((folder / "config.json").read_bytes())
    config["_name_or_path"] = config["encoder"]["_name_or_path"] = str(folder)
    config["auto_map"] = {"AutoModel": "tiny.Model"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def published(served: Served, model: Path) -> Repository:
    told = served.khabar("publish", "model", model, "--repo", REPO, "--public", "--tag", "v1")
    assert told.code == 0, told.err
    assert told.out.splitlines()[-1] == f"{served.url}/{REPO}: pushed, tag v1, public"
    return served.hub.model(REPO)


def test_nothing_that_was_uploaded_holds_a_token_or_a_path(served: Served, published: Repository, model: Path) -> None:
    (_, first, _), (_, files, _) = published.commits
    assert set(files) - set(first) == {
        *("README.md", "config.json", "model.safetensors", "recipe.yaml", "tokenizer.json", "tokenizer_config.json")
    }
    uploaded = [*served.hub.objects.values(), *(blob.data for blob in files.values())]
    for data in uploaded:
        for private in (OWNER.encode(), str(model.parent).encode(), str(Path.home()).encode() + b"/", b"auto_map"):
            assert private not in data


def test_the_same_again_makes_no_commit(served: Served, published: Repository, model: Path) -> None:
    again = served.khabar("publish", "model", model, "--repo", REPO, "--json").json
    assert (again["committed"], again["access"], again["commit"]) == (False, "public", published.tags["v1"])
    assert len(published.commits) == 2


def test_transformers_loads_it_by_its_id_and_revision(served: Served, published: Repository, model: Path) -> None:
    code = f"""
import json, sys, torch
from transformers import AutoTokenizer
from khabar.document import Document
from khabar.training.conditional import KhabarForEventExtraction as Model
from khabar.training.predict import predictor
there = [Model.from_pretrained({REPO!r}), Model.from_pretrained({REPO!r}, revision="v1")]
there.append(Model.from_pretrained({REPO + "@v1"!r}))
here = Model.from_pretrained(sys.argv[1]).state_dict()
equal = [all(torch.equal(w, here[n]) for n, w in m.state_dict().items()) for m in there]
size = len(AutoTokenizer.from_pretrained({REPO!r}))
(tagged,) = predictor({REPO + "@v1"!r})([Document(id="news", text=sys.argv[2])])
print(json.dumps([equal, size, tagged.text]))"""
    equal, size, text = served.python("-c", code, model, TEXT).json
    assert equal == [True] * 3
    assert size == json.loads((model / "config.json").read_bytes())["encoder"]["vocab_size"]
    assert text == TEXT


def test_extract_takes_an_id_and_then_needs_no_network(served: Served, published: Repository, tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text(TEXT, encoding="utf-8")
    for more in ({}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        told = served.khabar("extract", "--model", f"{REPO}@v1", tmp_path / "news.txt", **more)
        assert told.code == 0, told.err
        assert json.loads(told.out)["text"] == TEXT


FIND = """
import sys, time
from khabar.errors import InputError
started = time.perf_counter()
from khabar.training.model_folder import find_model
try:
    print((find_model(sys.argv[1]) / "recipe.yaml").read_text())
except InputError as error:
    print(error)
print(time.perf_counter() - started)"""


def found(served: Served, name: str, **more: str) -> tuple[str, float]:
    """What `find_model` finds or tells in a child process, and how long it took."""
    token = more.pop("token", "") or None
    out = served.python("-c", FIND, name, token=token, **more).out.splitlines()
    return "\n".join(out[:-1]), float(out[-1])


def test_a_newer_version_is_fetched_and_an_older_one_stays(served: Served, published: Repository) -> None:
    other = served.hub.repositories["model", "tester/newer"] = Repository("model", "tester/newer")
    other.tags["v1"] = other.commit({"lexicon.json": Blob(b"{}"), "recipe.yaml": Blob(b"first")}, "first")
    assert found(served, "tester/newer")[0] == "first"
    other.commit({"lexicon.json": Blob(b"{}"), "recipe.yaml": Blob(b"second")}, "second")
    assert found(served, "tester/newer")[0] == "second"
    assert found(served, "tester/newer@v1")[0] == "first"


def test_a_download_that_is_cut_is_no_model_that_is_cut(served: Served, tmp_path: Path) -> None:
    weights = Blob(b"weights" * 1000, lfs=True)
    served.hub.objects[weights.sha256] = weights.data
    repository = served.hub.repositories["model", "tester/cut"] = Repository("model", "tester/cut")
    repository.commit({"config.json": Blob(b"{}"), "model.safetensors": weights, "recipe.yaml": Blob(b"cut")}, "model")
    served.hub.faults = [fault := Fault("lfs-get", "cut-answer", after=3000)]
    assert found(served, "tester/cut", HF_HOME=str(tmp_path))[0] == "cut"
    assert fault.struck == 1
    (downloaded,) = tmp_path.rglob("snapshots/*/model.safetensors")
    assert downloaded.read_bytes() == weights.data


@pytest.mark.parametrize(
    ("name", "told", "more"),
    [
        ("tester/none", "is no folder here, and not on the Hugging Face Hub, or private there", {}),
        ("tester/closed", "is no folder here, and not on the Hugging Face Hub, or private there", {}),
        ("tester/gated", "is gated: ask for access at http", {}),
        ("tester/gated", "is gated: ask for access at http", {"token": STRANGER}),
        ("tester/gated@v9", "has no revision 'v9'", {"token": READER}),
        ("tester/empty", "holds no such model", {}),
        ("runs/none", "the Hugging Face Hub cannot be reached: download it", {"HF_ENDPOINT": "http://127.0.0.1:9"}),
        ("runs/none", "the Hugging Face Hub cannot be reached: download it", {"HF_HUB_OFFLINE": "1"}),
        ("./none", "no such folder, and no id on the Hugging Face Hub", {}),
    ],
)
def test_a_model_that_cannot_be_had_is_told_in_a_line(
    served: Served, name: str, told: str, more: dict[str, str]
) -> None:
    for id, private, gated in (("closed", True, False), ("gated", False, "auto"), ("empty", False, False)):
        repository = Repository("model", f"tester/{id}", private, gated)
        repository.commit({} if id == "empty" else {"lexicon.json": Blob(b"{}")}, "model")
        served.hub.repositories["model", repository.id] = repository
    line, seconds = found(served, name, **more)
    assert line.startswith(f"model {name}: ")
    assert told in line
    assert len(line.splitlines()) == 1
    if "HF_ENDPOINT" in more or "HF_HUB_OFFLINE" in more:
        assert seconds < 1.5


def test_training_takes_an_encoder_by_its_id_and_revision(served: Served, tmp_path: Path) -> None:
    encoder = served.hub.repositories["model", "tester/encoder"] = Repository("model", "tester/encoder")
    files = {file.name: file.read_bytes() for file in save_encoder(tmp_path / "encoder").iterdir()}
    blobs = {name: Blob(data, lfs=name.endswith(".safetensors")) for name, data in files.items()}
    served.hub.objects.update({blob.sha256: blob.data for blob in blobs.values()})
    encoder.tags["v1"] = encoder.commit(blobs, "encoder")
    encoder.commit({}, "nothing is here any more")
    corpus = tmp_path / "small" / "corpus"
    corpus.mkdir(parents=True)
    shutil.copy(ROOT / "corpus" / "ontology.yaml", corpus)
    write_document(annotated("one"), corpus / "gold")
    (corpus.parent / "tiny.yaml").write_text(dump_recipe(TINY.changed(epochs=1)), encoding="utf-8")
    arguments = ("train", "tiny.yaml", "--encoder", "tester/encoder@v1", "--out", "out")
    told = served.khabar(*arguments, cwd=corpus.parent)
    assert told.code == 0, told.err
    out = corpus.parent / "out"
    assert "encoder: tester/encoder@v1" in (out / "recipe.yaml").read_text(encoding="utf-8")
    assert ModelCard.load(out / "README.md").data.base_model == "tester/encoder"


@pytest.mark.parametrize(
    ("token", "told"), [(STRANGER, "this token may not write there"), ("hf_none", "does not accept this token")]
)
def test_who_may_not_write_is_told(
    served: Served, published: Repository, model: Path, tmp_path: Path, token: str, told: str
) -> None:
    for repo in (REPO, "tester/mine"):
        line = served.khabar("publish", "model", model, "--repo", repo, "--tag", "v2", token=token).line
        assert told in line
        assert token not in line
    assert list(published.tags) == ["v1"]


@pytest.fixture
def measured(tmp_path: Path) -> tuple[Path, Project]:
    """A lexicon, and a project whose ledger knows its recipe under another seed."""
    project = Project(tmp_path / "small")
    (project.root / "corpus").mkdir(parents=True)
    shutil.copy(ROOT / "corpus" / "ontology.yaml", project.root / "corpus")
    model = train(LEXICON, [annotated("one")], project.ontology, tmp_path / "model")
    measures = {"TC": (0.5, 0.4), "cue": (0.75, 0.6), "TI": (0.6, 0.5)}
    scores = {
        name: Metric(precision=f1, recall=f1, f1=f1, gold=4, predicted=4, correct=2, ci=(low, 0.9))
        for name, (f1, low) in measures.items()
    }
    for seed, minute, accepted in ((7, 1, True), (7, 2, False), (1, 3, False)):
        digest = recipe_digest(LEXICON.changed(seed=seed))
        other = System(recipe="other", recipe_sha256="0" * 64, scores=scores)
        line = Line(
            time=datetime(2026, 1, 1, 0, minute, tzinfo=UTC),
            benchmark="stories",
            accepted=accepted,
            corpus_version="0.1.0",
            corpus_sha256="0" * 64,
            documents=1,
            seeds=(seed,),
            machine="test",
            systems={"model": System(recipe="lexicon", recipe_sha256=digest, scores=scores), "other": other},
        )
        append(project.ledger, line)
    return model, project


def test_the_card_holds_the_ledgers_results_with_intervals(measured: tuple[Path, Project]) -> None:
    model, project = measured
    content = model_files(model, project, "tester/lexicon")["README.md"]
    assert isinstance(content, bytes)
    data = ModelCard(content.decode()).data
    assert data.model_name == "tester/lexicon"
    results = {result.metric_name: result.metric_value for result in data.eval_results}
    assert results["TC f1"] == 0.5
    assert results["cue recall"] == 0.75
    assert "TI f1" not in results
    assert {result.dataset_revision for result in data.eval_results} == {"0.1.0"}
    assert "| TC | 50.0 | 50.0 | 50.0 | 40.0–90.0 |" in content.decode()
    found = result_of(LEXICON, project)
    assert found is not None
    assert f"ledger line `{found[0].id}`, accepted" in content.decode()
    assert found[0].accepted


def test_a_saved_recipe_has_the_digest_of_the_one_that_was_measured(project: Project) -> None:
    for name in ("default", "lexicon"):
        recipe = load_recipe(project.root / "training" / "recipes" / f"{name}.yaml")
        assert recipe_digest(parse_recipe(dump_recipe(recipe))) == recipe_digest(recipe)
        assert recipe_digest(recipe.changed(seed=recipe.seed)) == recipe_digest(recipe)


def test_a_recipe_that_was_never_measured_has_no_results(measured: tuple[Path, Project]) -> None:
    _, project = measured
    assert result_of(LexiconRecipe(name="lexicon", threshold=0.9), project) is None
    assert result_of(TINY, project) is None


def test_a_model_is_written_into_a_folder(
    measured: tuple[Path, Project], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, project = measured
    publish = ["--project", str(project.root), "publish", "model", str(model), "--to", str(tmp_path / "out")]
    assert main(publish) == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["README.md", "lexicon.json", "recipe.yaml"]
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    assert main(publish) == 2
    assert "holds mine.txt, which is no part of the model" in capsys.readouterr().err
    assert main([*publish[:4], str(tmp_path), *publish[5:]]) == 2
    assert "is no model folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"token": "hf_abcdefghijklmnop1234"}', "an access token"),
        ('{"encoder": "/' + 'home/somebody/encoder"}', "a path of this machine"),
        ('{"encoder": "C:\\\\Users\\\\somebody"}', "a path of this machine"),
    ],
)
def test_a_file_with_a_token_or_a_path_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        refuse_private({"config.json": text.encode()})
    assert "hf_abcdefghijklmnop1234" not in str(refused.value)


@pytest.mark.parametrize("text", ["https://example.org/home/page", "word/tmp/word", "hf_short", "A: word"])
def test_what_only_looks_like_a_path_is_published(text: str) -> None:
    refuse_private({"README.md": text.encode()})
