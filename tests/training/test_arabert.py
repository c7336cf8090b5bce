"""`make arabert`: its command with AraBERT's architecture at full size, a tokenizer of its kind, random weights."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from transformers import BertConfig, BertModel, BertTokenizer

from khabar.corpus.store import write_document
from tests.conftest import ROOT, annotated
from tests.training.encoders import LETTERS, SPECIAL

PIECES = 64_000
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")


def vocabulary() -> list[str]:
    """As many word pieces as AraBERT v0.2 has: letters, and pairs and triples of them; special ones in odd places."""
    pieces = [*LETTERS, *(f"##{letter}" for letter in LETTERS)]
    for place in sorted(SPECIAL):
        pieces.insert(place, SPECIAL[place])
    for length in (2, 3):
        for letters in product(LETTERS, repeat=length):
            if len(pieces) == PIECES:
                return pieces
            pieces.append("".join(letters))
    raise AssertionError("too few letters")


@pytest.fixture(scope="module")
def arabert(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Twelve layers of 768, 135 million parameters."""
    folder = tmp_path_factory.mktemp("arabert")
    tokenizer = BertTokenizer(vocab={piece: i for i, piece in enumerate(vocabulary())}, do_lower_case=False)
    config = BertConfig(vocab_size=PIECES, pad_token_id=tokenizer.pad_token_id)
    BertModel(config).half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stories of a document each; the recipe of the repository, but for one pass: a single step a story."""
    root = tmp_path_factory.mktemp("project")
    recipes = root / "training" / "recipes"
    recipes.mkdir(parents=True)
    shutil.copy(ROOT / "training" / "recipes" / "lexicon.yaml", recipes)
    recipe = (ROOT / "training" / "recipes" / "arabert.yaml").read_text(encoding="utf-8")
    (recipes / "arabert.yaml").write_text(re.sub(r"^epochs: \d+", "epochs: 1", recipe, flags=re.M), encoding="utf-8")
    (root / "eval" / "benchmarks").mkdir(parents=True)
    shutil.copy(ROOT / "eval" / "benchmarks" / "stories.yaml", root / "eval" / "benchmarks")
    for name in ("one", "two"):
        write_document(annotated(name, story=name), root / "corpus" / "gold")
    shutil.copy(ROOT / "corpus" / "ontology.yaml", root / "corpus")
    folds = "folds: [{name: one, test: [one]}, {name: two, test: [two]}]\nsplits: {train: [one, two]}\n"
    (root / "corpus" / "folds.yaml").write_text(folds, encoding="utf-8")
    return root


def khabar(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "khabar.cli.main", *words]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=600)


def test_it_ends_with_one_line_that_can_be_sent_in(arabert: Path, project: Path) -> None:
    (command,) = re.findall(r"\$\(BIN\)/khabar (benchmark stories .*?--json) > runs/arabert.json", MAKE)
    command = command.replace("$(if $(ENCODER),--encoder $(ENCODER))", f"--encoder {arabert}").replace("1 2 3", "1")
    done = khabar(project, *command.split())
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    model = line["systems"]["model"]
    assert model["recipe"] == "arabert"
    assert model["encoder"] == arabert.name
    assert line["documents"] == 2

    (project / "eval" / "ledger.jsonl").unlink()  # as if it had been measured elsewhere
    (project / "line.json").write_text(done.stdout, encoding="utf-8")
    sent = khabar(project, "benchmark", "--submit", "line.json")
    assert sent.returncode == 0, sent.stderr
    (kept,) = (project / "eval" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(kept)["submitted"] is True
    assert json.loads(kept)["systems"] == line["systems"]
