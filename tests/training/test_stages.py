"""Training in two stages: the supplement first, the articles last."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import default_ontology
from khabar.training.predict import documents_trained_on
from khabar.training.recipe import TaggerRecipe, load_recipe
from khabar.training.train import train
from tests.conftest import annotated
from tests.training.encoders import TINY, save_encoder

ONTOLOGY = default_ontology()
ARTICLES = [annotated("one"), annotated("two", story="other")]


def authored(id: str) -> Document:
    return annotated(id, story="invented").model_copy(update={"meta": {"origin": "authored"}})


DOCUMENTS = [*ARTICLES, authored("far"), authored("near")]


@pytest.fixture
def recipe(tmp_path: Path) -> TaggerRecipe:
    encoder = save_encoder(tmp_path / "encoder")
    changes = {"epochs": 2, "supplement_epochs": 3, "dropout": 0.2, "checkpoint_seconds": 0, "design": "conditional"}
    return TINY.changed(architecture=None, encoder=str(encoder), conditional={"block": 1, "lexical": True}, **changes)


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_the_supplement_is_read_first_and_the_articles_last(recipe: TaggerRecipe, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    out = train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "out", advance=lambda done, total: steps.append((done, total)))
    per_epoch = 2 * len(ARTICLES[0].sentences) // recipe.batch_size or 1
    assert steps[-1] == (2 * per_epoch, 2 * per_epoch)
    assert (3 * per_epoch, 3 * per_epoch) in steps
    assert documents_trained_on(out) == ["far", "near", "one", "two"]
    assert not (out / "checkpoints").exists()
    known = json.loads((out / "config.json").read_bytes())["lexical"]["stems"]
    assert max(seen for seen, _ in known.values()) >= len(DOCUMENTS)  # what the supplement knows of words stays known


def test_a_first_stage_that_is_kept_is_shared_and_changes_nothing(recipe: TaggerRecipe, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    alone = train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "alone")
    first = train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "first", first=shared)
    kept = weights(shared)
    told: list[str] = []
    second = train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "second", first=shared, tell=told.append)
    assert weights(alone) == weights(first) == weights(second)
    assert weights(shared) == kept
    assert any("finished already" in line for line in told)
    fewer = train(recipe, [*ARTICLES[:1], *DOCUMENTS[2:]], ONTOLOGY, tmp_path / "fewer", first=shared)
    assert weights(fewer) != weights(alone)


def test_the_weights_end_between_those_of_the_two_stages(recipe: TaggerRecipe, tmp_path: Path) -> None:
    first = tmp_path / "first"
    last = train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "last", first=first)
    mixed = train(recipe.changed(mixing=0.25), DOCUMENTS, ONTOLOGY, tmp_path / "mixed", first=first)
    before, after, between = (load_file(folder / "model.safetensors") for folder in (first, last, mixed))
    assert before.keys() == after.keys() == between.keys()
    assert all(torch.allclose(between[name], before[name].lerp(after[name], 0.25)) for name in between)
    assert any(not torch.equal(between[name], after[name]) for name in between)


@pytest.mark.parametrize("stage", [1, 2])
def test_a_run_killed_in_either_stage_ends_as_if_nothing_had_been(
    recipe: TaggerRecipe, stage: int, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    ends: list[int] = []

    def kill(done: int, total: int) -> None:
        if done == total - 1 and len(ends) == stage - 1:
            raise Killed
        if done == total:
            ends.append(done)

    recipe, out = recipe.changed(mixing=0.5), tmp_path / "killed"
    with pytest.raises(Killed):
        train(recipe, DOCUMENTS, ONTOLOGY, out, advance=kill)
    train(recipe, DOCUMENTS, ONTOLOGY, out)
    assert weights(out) == weights(train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "unharmed"))


@pytest.mark.parametrize("documents", [ARTICLES, DOCUMENTS[2:]])
def test_documents_of_one_kind_are_trained_on_in_one_stage(
    recipe: TaggerRecipe, documents: list[Document], tmp_path: Path
) -> None:
    out = train(recipe, documents, ONTOLOGY, tmp_path / "out")
    plain = train(recipe.changed(supplement_epochs=None), documents, ONTOLOGY, tmp_path / "plain")
    assert weights(out) == weights(plain)


def test_there_is_nothing_to_mix_with_without_a_first_stage(recipe: TaggerRecipe) -> None:
    with pytest.raises(InputError, match="`mixing` needs `supplement_epochs`"):
        recipe.changed(supplement_epochs=None, mixing=0.5)


def test_a_random_encoder_has_no_vocabulary_for_two_stages(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    architecture = "{layers: 1, hidden: 8, heads: 1, intermediate: 8, vocabulary: 300}"
    rates = "learning_rate: {encoder: 1e-3, heads: 1e-3}"
    head = "name: x\nkind: tagger\nepochs: 1\nbatch_size: 1\nsupplement_epochs: 1\n"
    file.write_text(f"{head}{rates}\narchitecture: {architecture}\n", encoding="utf-8")
    with pytest.raises(InputError, match="`supplement_epochs` needs an `encoder`"):
        load_recipe(file)
