"""The encoder that comes with the repository loads the usual way, is small, and carries the default recipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from transformers import AutoModel, AutoTokenizer

from khabar.ontology import default_ontology
from khabar.training.recipe import TaggerRecipe, load_recipe
from khabar.training.train import train
from tests.conftest import ROOT, annotated

FOLDER = ROOT / "training" / "encoder"
MEGABYTE = 1 << 20


def test_transformers_loads_it() -> None:
    encoder, tokenizer = AutoModel.from_pretrained(FOLDER), AutoTokenizer.from_pretrained(FOLDER)
    assert encoder.get_input_embeddings().weight.shape == (len(tokenizer), encoder.config.hidden_size)
    assert tokenizer.unk_token_id not in tokenizer("قال مصدران أمنيان إن خمسة صواريخ أطلقت")["input_ids"]


def test_it_is_small_and_holds_no_pickle() -> None:
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 40 * MEGABYTE
    assert max(file.stat().st_size for file in files) <= 15 * MEGABYTE
    assert {file.suffix for file in files} == {".safetensors", ".json", ".jsonl", ".yaml", ".md"}


def test_its_card_names_its_sources_and_its_licence() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "license: cc-by-nc-sa-4.0" in card
    assert "saudinewsnet" in card


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder, made by the default recipe from two sentences."""
    recipe = load_recipe(ROOT / "training" / "recipes" / "default.yaml")
    assert isinstance(recipe, TaggerRecipe)
    documents = [annotated("one", story="one"), annotated("two", story="two")]
    out = tmp_path_factory.mktemp("model") / "default"
    return train(recipe.changed(epochs=1), documents, default_ontology(), out, roots=(ROOT,))


def test_what_the_default_recipe_makes_tells_the_encoders_licence(model: Path) -> None:
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "derive from `training/encoder`, whose licence applies to them too: cc-by-nc-sa-4.0." in card


def test_what_the_default_recipe_makes_loads_in_a_clean_process(model: Path) -> None:
    code = (
        "from khabar.training.conditional import KhabarForEventExtraction as Model;"
        f"print(type(Model.from_pretrained({str(model)!r})).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["KhabarForEventExtraction"]
