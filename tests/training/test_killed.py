"""`kill -9` at any moment: the same command goes on, and ends with the weights of a run that nothing befell."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from khabar.corpus.store import write_document
from khabar.ontology import default_ontology
from khabar.training.recipe import Recipe, dump_recipe
from khabar.training.train import is_model, train
from tests.conftest import ROOT, annotated
from tests.training.encoders import TINY, save_encoder

# Two stages of six steps, with a checkpoint after each epoch of two.
CHANGES = {
    "design": "conditional",
    "conditional": {"block": 2, "lexical": True},
    "pooling": "mean",
    "dropout": 0.2,
    "architecture": None,
    "epochs": 3,
    "supplement_epochs": 3,
    "batch_size": 2,
    "checkpoint_seconds": 0,
}
GOLD = [annotated("one"), annotated("two", story="other")]
AUTHORED = [
    annotated(name, story=name).model_copy(update={"meta": {"origin": "authored"}}) for name in ("made", "invented")
]

# Runs with a moment at which it kills itself: at a step, when a function is called for the nth time, or when a file of
# the model is to be put in its place.
VICTIM = """
import importlib, os, signal, sys
from pathlib import Path
from khabar.corpus.store import read_documents
from khabar.ontology import default_ontology
from khabar.training.recipe import load_recipe
from khabar.training.train import train

folder, moment = Path(sys.argv[1]), sys.argv[2]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

steps = 0
def advance(done, total):
    global steps
    steps += 1
    if moment == str(steps):
        die()

calls = 0
def counted(function, fatal):
    def call(*values, **options):
        global calls
        calls += 1
        if calls == fatal:
            die()
        return function(*values, **options)
    return call

if ":" in moment:
    module, name, fatal = moment.split(":")
    owner = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    setattr(owner, last, counted(getattr(owner, last), int(fatal)))
replace = Path.replace
def placed(file, target):
    if Path(target) == folder / "out" / moment:
        die()
    return replace(file, target)

Path.replace = placed
recipe, documents = load_recipe(folder / "r.yaml"), read_documents([folder / "documents"])
train(recipe, documents, default_ontology(), folder / "out", advance=advance)
"""


def recipe_in(folder: Path) -> Recipe:
    return TINY.changed(**CHANGES, encoder=str(folder / "encoder"))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents, an encoder and a recipe that trains on it."""
    folder = tmp_path_factory.mktemp("killed")
    save_encoder(folder / "encoder")
    (folder / "r.yaml").write_text(dump_recipe(recipe_in(folder)), encoding="utf-8")
    for document in [*GOLD, *AUTHORED]:
        write_document(document, folder / "documents")
    return folder


@pytest.fixture(scope="module")
def unharmed(work: Path) -> bytes:
    steps: list[int] = []
    out = train(
        recipe_in(work), [*GOLD, *AUTHORED], default_ontology(), work / "unharmed", advance=lambda n, _: steps.append(n)
    )
    assert steps == [1, 2, 3, 4, 5, 6] * 2
    return (out / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("1", id="in the first step"),
        pytest.param("5", id="in the first stage, between two checkpoints"),
        pytest.param("transformers.trainer_callback:TrainerState.save_to_json:2", id="while a checkpoint is written"),
        pytest.param("7", id="in the first step of the second stage"),
        pytest.param("12", id="in the last step"),
        pytest.param("khabar.training.train:_write_texts:1", id="before the first stage's model is written"),
        pytest.param("khabar.training.train:_write_texts:2", id="before the model is written"),
        pytest.param("config.json", id="when the weights are in their place, and the configuration is not"),
    ],
)
def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_been(
    work: Path, unharmed: bytes, moment: str, tmp_path: Path
) -> None:
    for name in ("r.yaml", "documents"):
        (tmp_path / name).symlink_to(work / name)
    command = [sys.executable, "-c", VICTIM, str(tmp_path), moment]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, timeout=240).returncode == -signal.SIGKILL
    assert not is_model(tmp_path / "out")
    out = train(recipe_in(work), [*GOLD, *AUTHORED], default_ontology(), tmp_path / "out")
    assert (out / "model.safetensors").read_bytes() == unharmed
    assert not (out / "checkpoints").exists()
