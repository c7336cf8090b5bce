"""Training as a command: two processes train the model that one would, and a tracker is told what the log says."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from khabar.corpus.store import write_document
from khabar.training.predict import predictor
from khabar.training.recipe import dump_recipe
from tests.conftest import ROOT, annotated
from tests.training.encoders import TINY, save_encoder

# One sentence a document, all of one length: the mean over a batch is then the mean over its halves.
DOCUMENTS = [
    annotated(name, story=name).model_copy(
        update={
            "text": annotated().text.splitlines()[0],
            "sentences": annotated().sentences[:1],
            "events": annotated().events[:1],
            "attributions": annotated().attributions[:1],
        }
    )
    for name in ("one", "two", "three", "four")
]


TRACKED = importlib.util.find_spec("trackio") is not None or os.environ.get("CI") == "true"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of four documents and a small recipe."""
    root = tmp_path_factory.mktemp("project")
    (root / "corpus").mkdir()
    shutil.copy(ROOT / "corpus" / "ontology.yaml", root / "corpus")
    for document in DOCUMENTS:
        write_document(document, root / "corpus" / "gold")
        authored = document.model_copy(update={"id": f"{document.id}-again", "meta": {"origin": "authored"}})
        write_document(authored, root / "corpus" / "authored")
    (root / "tiny.yaml").write_text(dump_recipe(TINY.changed(epochs=8)), encoding="utf-8")
    encoder = str(save_encoder(root / "encoder"))
    staged = TINY.changed(architecture=None, encoder=encoder, epochs=3, supplement=1.0, supplement_epochs=3, mixing=0.5)
    (root / "staged.yaml").write_text(dump_recipe(staged), encoding="utf-8")
    return root


def trained(
    project: Path, out: str, *launcher: str, recipe: str = "tiny.yaml", tracker: str | None = None
) -> list[dict[str, float]]:
    """The log of a run."""
    command = [sys.executable, *launcher, "-m", "khabar.cli.main", "train", recipe, "--out", out]
    if tracker is not None:
        command += ["--tracker", tracker]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TRACKIO_DIR": str(project / "kept")}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [out]
    return [json.loads(line) for line in (project / out / "log.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("recipe", ["tiny.yaml", "staged.yaml"])
def test_two_processes_have_the_loss_curve_of_one(project: Path, recipe: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    launcher = ["-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--main_process_port", port]
    alone = trained(project, f"alone-{recipe}", recipe=recipe)
    together = trained(project, f"together-{recipe}", *launcher, "--num_machines", "1", recipe=recipe)
    assert [line["step"] for line in together] == [line["step"] for line in alone]
    assert [line["loss"] for line in together] == pytest.approx([line["loss"] for line in alone], rel=0.01)
    assert alone[-1]["loss"] < alone[0]["loss"]
    assert not (project / f"together-{recipe}" / "checkpoints").exists()
    (document,) = predictor(project / f"together-{recipe}")([DOCUMENTS[0].without_annotation()])
    assert document.text == DOCUMENTS[0].text


@pytest.mark.skipif(not TRACKED, reason="khabar[trackio] is not installed")
def test_a_tracker_keeps_the_losses_on_this_machine_and_changes_nothing(project: Path) -> None:
    alone, tracked = trained(project, "untracked"), trained(project, "tracked", tracker="trackio")
    assert tracked == alone
    (kept,) = (project / "kept").glob("khabar*.db")
    with sqlite3.connect(kept) as database:
        told = [json.loads(row[0]) for row in database.execute("select metrics from metrics order by id")]
    assert [line["train/loss"] for line in told if "train/loss" in line] == [line["loss"] for line in alone]
