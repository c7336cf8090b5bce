"""Recipes: one file says everything that decides a run, and a wrong one is told in a line that names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from khabar.errors import InputError
from khabar.training.recipe import LexiconRecipe, TaggerRecipe, dump_recipe, load_recipe, parse_recipe
from tests.conftest import ROOT

SMALL = """
name: small
architecture: {layers: 1, hidden: 32, heads: 2, intermediate: 64, vocabulary: 500}
epochs: 2
batch_size: 4
learning_rate: {encoder: 5e-4, heads: 1e-3}
"""


def with_line(line: str) -> str:
    """`SMALL` with one key set to something else."""
    key = line.split(":")[0]
    return "\n".join([old for old in SMALL.splitlines() if not old.startswith(f"{key}:")] + [line])


RECIPES = sorted((ROOT / "training" / "recipes").glob("*.yaml"))


@pytest.mark.parametrize("path", [path for path in RECIPES if path.stem != "pretrain"], ids=lambda path: path.stem)
def test_the_shipped_recipes_are_named_after_their_files(path: Path) -> None:
    assert load_recipe(path).name == path.stem


def test_a_recipe_reads_back_as_it_was_written() -> None:
    for recipe in (parse_recipe(SMALL), parse_recipe("{name: floor, kind: lexicon, threshold: 0.4}")):
        assert parse_recipe(dump_recipe(recipe)) == recipe


def test_kind_says_what_is_trained() -> None:
    assert isinstance(parse_recipe(SMALL), TaggerRecipe)
    assert isinstance(parse_recipe("{name: floor, kind: lexicon}"), LexiconRecipe)


def test_rates_may_be_written_without_a_point_though_yaml_takes_them_for_text() -> None:
    recipe = parse_recipe(SMALL)
    assert isinstance(recipe, TaggerRecipe)
    assert recipe.learning_rate.encoder == 5e-4


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("epochs: 0", "r.yaml: epochs: Input should be greater than or equal to 1"),
        ("epochs: many", "r.yaml: epochs: Input should be a valid integer"),
        ("dropout: 1.0", "r.yaml: dropout: Input should be less than 1"),
        ("seed: -1", "r.yaml: seed: Input should be greater than or equal to 0"),
        ("name: a/b", "r.yaml: name: String should match"),
        ("pooling: min", "r.yaml: pooling: Input should be 'first', 'last', 'mean' or 'max'"),
        ("pooling: mean", "r.yaml: `conditional` and another `pooling` than `first` are for `design: conditional`"),
        ("conditional: {lexical: true}", "r.yaml: `conditional` and another `pooling` than"),
        ("conditional: {block: 0}", "r.yaml: conditional.block: Input should be greater than or equal to 1"),
        ("design: deep", "r.yaml: design: Input should be 'flat' or 'conditional'"),
        ("learning_rate: {encoder: 0, heads: 1}", "r.yaml: learning_rate.encoder: Input should be greater than 0"),
        (
            "epoch: 3",
            "r.yaml: epoch: is no key of this kind of recipe; its keys are name, seed, supplement, supplement_of, ",
        ),
        (
            "conditional: {lexicl: true}",
            "r.yaml: conditional.lexicl: is no key of this part of a recipe; its keys are block",
        ),
        ("stride: 200", "r.yaml: stride (200) is more than half of max_length (256)"),
        ("encoder: some/encoder", "r.yaml: give either `encoder` (a folder or a Hub id) or `architecture`"),
        (
            "architecture: {layers: 1, hidden: 30, heads: 4, intermediate: 64, vocabulary: 500}",
            "r.yaml: architecture: hidden (30) is no multiple of heads (4)",
        ),
        ("kind: forest", "r.yaml: kind: 'forest' is no kind of recipe here; there are tagger, lexicon"),
    ],
)
def test_a_wrong_value_is_told_with_file_and_key(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        parse_recipe(with_line(line), "r.yaml")
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


def test_a_misspelt_key_is_told_rather_than_the_one_that_is_missing() -> None:
    with pytest.raises(InputError, match="epoch: is no key of this kind of recipe"):
        parse_recipe(SMALL.replace("epochs:", "epoch:"), "r.yaml")


@pytest.mark.parametrize(("data", "told"), [(b"[1, 2]", "is no recipe"), (b"a: [", "is not YAML"), (b"\xff", "byte 0")])
def test_what_is_no_recipe_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    file = tmp_path / "r.yaml"
    file.write_bytes(data)
    with pytest.raises(InputError, match=told):
        load_recipe(file)


def test_a_recipe_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_recipe(tmp_path / "none.yaml")


def test_a_changed_recipe_is_checked_again() -> None:
    recipe = parse_recipe(SMALL)
    assert recipe.changed(seed=7).seed == 7
    with pytest.raises(InputError, match="recipe small: seed"):
        recipe.changed(seed=-7)
