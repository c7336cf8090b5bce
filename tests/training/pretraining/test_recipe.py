"""Pre-training recipes: typed like all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from khabar.errors import InputError
from khabar.training.pretraining.recipe import load_pretraining_recipe
from khabar.training.recipe import dump_recipe
from tests.conftest import ROOT
from tests.training.pretraining.news import TINY

RECIPE = ROOT / "training" / "recipes" / "pretrain.yaml"


def test_the_shipped_recipe_has_both_stages() -> None:
    recipe = load_pretraining_recipe(RECIPE)
    assert recipe.name == "pretrain"
    assert recipe.skipgram is not None
    assert recipe.masking is not None


def test_a_recipe_reads_back_as_it_was_written(tmp_path: Path) -> None:
    for recipe in (TINY, TINY.changed(skipgram=None, masking=None)):
        (tmp_path / "r.yaml").write_text(dump_recipe(recipe), encoding="utf-8")
        assert load_pretraining_recipe(tmp_path / "r.yaml") == recipe


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("length: 16", "length: 64", "masking.length (64) is more than architecture.positions (32)"),
        ("family: bert", "family: gpt", "architecture.family: Input should be 'bert' or 'modernbert'"),
        ("heads: 2", "heads: 32", "architecture: hidden (32) is no multiple of twice the heads (32)"),
        ("steps: 12", "steps: 0", "masking.steps: Input should be greater than or equal to 1"),
        ("vocabulary: 400", "vocabulary: 70000", "text.vocabulary: Input should be less than or equal to 65000"),
        ("clip: 1.0", "clips: 1.0", "masking.clips: is no key"),
        ("kind: encoder", "kind: tagger", "kind: 'tagger' is no kind of recipe here; there are encoder"),
    ],
)
def test_a_wrong_value_is_told_with_file_and_key(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = dump_recipe(TINY)
    assert old in text
    (tmp_path / "r.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_pretraining_recipe(tmp_path / "r.yaml")
    assert f"r.yaml: {told}" in str(error.value)
    assert "\n" not in str(error.value)
