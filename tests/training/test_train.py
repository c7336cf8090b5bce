"""Training for real, at a size that takes a second: what comes out, and that it comes out the same again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from safetensors.torch import load_file
from transformers import AutoModel

from khabar.corpus.checks import check_documents
from khabar.corpus.items import items
from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import default_ontology
from khabar.training.layers import layers_of
from khabar.training.model import KhabarForEventTagging
from khabar.training.predict import predictor
from khabar.training.recipe import LexiconRecipe, Recipe, load_recipe
from khabar.training.train import train
from tests.conftest import annotated, blank
from tests.training.encoders import TINY, save_encoder

ONTOLOGY = default_ontology()
DOCUMENTS = [annotated("one"), annotated("two", story="other")]
FILES = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "recipe.yaml", "README.md"} | {
    "log.jsonl"
}
SHORT = TINY.changed(epochs=4, dropout=0.2, checkpoint_seconds=0)


class Killed(BaseException):
    """What a run meets in the middle."""


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def names(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*")}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learned two sentences by heart."""
    return train(TINY, DOCUMENTS, ONTOLOGY, tmp_path_factory.mktemp("runs") / "tiny")


def test_a_model_learns_its_own_training_text_by_heart(model: Path) -> None:
    (predicted,) = predictor(model)([annotated().without_annotation()])
    wanted, found = items(annotated(), annotated()), items(predicted, annotated())
    for layer in ("TC", "AC+", "cue", "source_link", "event_link"):
        assert found[layer] == wanted[layer], layer


def test_what_a_model_predicts_is_scored_and_valid(model: Path) -> None:
    (predicted,) = predictor(model)([blank("other", "وأضافا أن صواريخ أطلقت الأحد. قال مصدران إن الهجوم «انتهى».")])
    assert [i for i in check_documents([predicted], ONTOLOGY) if i.severity == "error"] == []
    assert predicted.events
    assert all(event.score is not None and event.trigger.score is not None for event in predicted.events)


def test_a_model_folder_holds_what_loads_it_and_nothing_else(model: Path) -> None:
    assert names(model) == FILES


def test_whoever_may_read_the_configuration_may_read_the_weights(model: Path) -> None:
    assert {(model / name).stat().st_mode for name in FILES} == {(model / "config.json").stat().st_mode}


def test_a_model_folder_names_no_path_of_this_machine(tmp_path: Path) -> None:
    encoder = save_encoder(tmp_path / "secret" / "encoder")
    recipe = TINY.changed(architecture=None, encoder=str(encoder), epochs=1)
    out = train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "out")
    assert names(out) == FILES
    assert not any(b"secret" in (out / name).read_bytes() for name in FILES)
    assert load_recipe(out / "recipe.yaml").changed(encoder=str(encoder)) == recipe


def test_the_configuration_carries_the_ontology_and_the_tags_in_order(model: Path) -> None:
    config = KhabarForEventTagging.from_pretrained(model).config
    assert config.labels == ONTOLOGY
    assert config.labels.types == ONTOLOGY.types
    assert config.tags == {layer.name: list(layer.tags) for layer in layers_of(ONTOLOGY)}


def test_the_model_card_says_what_it_was_made_from(model: Path) -> None:
    card = (model / "README.md").read_text(encoding="utf-8")
    provenance = json.loads((model / "config.json").read_text(encoding="utf-8"))["provenance"]
    assert provenance["documents"] == ["one", "two"]
    assert provenance["corpus_sha256"] in card
    assert "epochs: 60" in card
    assert "weights started at random" in card


def test_transformers_loads_it_by_its_own_name(model: Path) -> None:
    assert isinstance(AutoModel.from_pretrained(model), KhabarForEventTagging)


def test_the_log_has_a_line_an_epoch(tmp_path: Path) -> None:
    out = train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "out")
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in log] == [1, 2, 3, 4]
    assert log[-1]["loss"] < log[0]["loss"]


def test_a_tracker_that_is_not_installed_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tracker no_such: is not installed; pip install 'khabar\[no_such\]'"):
        train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "out", tracker="no_such")


def test_an_encoder_that_starts_at_random_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "out", tell=told.append)
    assert told[0].startswith("encoder: random weights (1 layers of 32), nothing pretrained; ")
    assert told[1] == "2 documents, 4 windows; no mention lost to overlaps"


def test_the_same_seed_gives_the_same_weights_whatever_the_order_of_documents(tmp_path: Path) -> None:
    one = train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "one")
    same = train(SHORT, DOCUMENTS[::-1], ONTOLOGY, tmp_path / "same")
    other = train(SHORT.changed(seed=2), DOCUMENTS, ONTOLOGY, tmp_path / "other")
    assert weights(one) == weights(same)
    assert weights(one) != weights(other)


def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    def kill(done: int, total: int) -> None:
        if done == 5:
            raise Killed

    out = tmp_path / "killed"
    with pytest.raises(Killed):
        train(SHORT, DOCUMENTS, ONTOLOGY, out, advance=kill)
    assert "checkpoints/checkpoint-4" in names(out)
    told: list[str] = []
    steps: list[int] = []
    train(SHORT, DOCUMENTS, ONTOLOGY, out, advance=lambda done, total: steps.append(done), tell=told.append)
    assert told[-1] == "going on from checkpoint-4"
    assert steps == [5, 6, 7, 8]
    assert names(out) == FILES
    assert weights(out) == weights(train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "unharmed"))


def test_a_checkpoint_that_was_being_written_is_passed_over(tmp_path: Path) -> None:
    def kill(done: int, total: int) -> None:
        if done == 5:
            raise Killed

    out = tmp_path / "killed"
    with pytest.raises(Killed):
        train(SHORT, DOCUMENTS, ONTOLOGY, out, advance=kill)
    (out / "checkpoints" / "checkpoint-4" / "trainer_state.json").write_text('{"global_st', encoding="utf-8")
    steps: list[int] = []
    train(SHORT, DOCUMENTS, ONTOLOGY, out, advance=lambda done, total: steps.append(done))
    assert steps[0] == 1
    assert names(out) == FILES


def test_a_finished_run_is_told_and_not_done_again_unless_forced(tmp_path: Path) -> None:
    out = train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path / "out")
    before = (out / "model.safetensors").stat().st_mtime_ns
    told: list[str] = []
    train(SHORT, DOCUMENTS, ONTOLOGY, out, tell=told.append)
    assert told == [f"{out}: finished already; --force trains it again"]
    assert (out / "model.safetensors").stat().st_mtime_ns == before
    train(SHORT, DOCUMENTS, ONTOLOGY, out, force=True)
    assert (out / "model.safetensors").stat().st_mtime_ns > before


@pytest.mark.parametrize(
    ("recipe", "documents"),
    [(SHORT.changed(epochs=5), DOCUMENTS), (SHORT, DOCUMENTS[:1]), (LexiconRecipe(name="floor"), DOCUMENTS)],
    ids=["another recipe", "other documents", "another kind"],
)
def test_a_model_of_another_run_is_never_overwritten_unasked(
    model: Path, recipe: Recipe, documents: Sequence[Document]
) -> None:
    with pytest.raises(
        InputError, match="holds a model of another recipe, seed, encoder or corpus; --force replaces it"
    ):
        train(recipe, documents, ONTOLOGY, model)


def test_a_folder_of_other_files_is_never_trained_into_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    for force in (False, True):
        with pytest.raises(InputError, match=r"holds thesis\.tex, which is no part of a model"):
            train(SHORT, DOCUMENTS, ONTOLOGY, tmp_path, force=force)


@pytest.mark.parametrize(
    ("documents", "told"),
    [
        ([], "there are no documents to train on"),
        ([blank("one"), blank("two")], "one: none of the 2 documents is annotated"),
        ([annotated("one"), annotated("one")], "one: two documents have this id"),
    ],
)
def test_documents_that_cannot_be_learned_from_are_told(
    tmp_path: Path, documents: Sequence[Document], told: str
) -> None:
    with pytest.raises(InputError) as error:
        train(SHORT, documents, ONTOLOGY, tmp_path / "out")
    assert str(error.value) == told
    assert not (tmp_path / "out").exists()


def test_a_pretrained_encoder_of_araberts_kind_is_fine_tuned(tmp_path: Path) -> None:
    encoder = save_encoder(tmp_path / "encoder")
    out = train(TINY.changed(architecture=None, encoder=str(encoder)), DOCUMENTS, ONTOLOGY, tmp_path / "out")
    (predicted,) = predictor(out)([annotated().without_annotation()])
    assert items(predicted, annotated())["TC"] == items(annotated(), annotated())["TC"]


def test_training_begins_at_the_encoders_own_weights(tmp_path: Path) -> None:
    encoder = save_encoder(tmp_path / "encoder")
    still = TINY.changed(
        architecture=None, encoder=str(encoder), epochs=1, learning_rate={"encoder": 1e-30, "heads": 1e-3}
    )
    trained = load_file(train(still, DOCUMENTS, ONTOLOGY, tmp_path / "out") / "model.safetensors")
    for name, tensor in load_file(encoder / "model.safetensors").items():
        if name.startswith("bert.") and "pooler" not in name:
            assert trained[name.replace("bert.", "encoder.", 1)].allclose(tensor, atol=1e-20), name


def test_windows_longer_than_the_encoder_reads_are_told(tmp_path: Path) -> None:
    encoder = save_encoder(tmp_path / "encoder")
    recipe = TINY.changed(architecture=None, encoder=str(encoder), max_length=100)
    with pytest.raises(InputError, match="max_length is 100, and the encoder reads at most 64"):
        train(recipe, DOCUMENTS, ONTOLOGY, tmp_path / "out")


def test_weights_that_are_pickled_are_refused(tmp_path: Path) -> None:
    encoder = save_encoder(tmp_path / "encoder")
    (encoder / "model.safetensors").rename(encoder / "pytorch_model.bin")
    with pytest.raises(InputError, match="is no encoder that khabar can load"):
        train(TINY.changed(architecture=None, encoder=str(encoder)), DOCUMENTS, ONTOLOGY, tmp_path / "out")


def test_the_lexicon_is_trained_and_loaded_like_any_model(tmp_path: Path) -> None:
    out = train(LexiconRecipe(name="floor"), DOCUMENTS, ONTOLOGY, tmp_path / "out")
    assert names(out) == {"lexicon.json", "recipe.yaml", "README.md"}
    (predicted,) = predictor(out)([annotated().without_annotation()])
    assert items(predicted, annotated())["TC"] == items(annotated(), annotated())["TC"]
    told: list[str] = []
    train(LexiconRecipe(name="floor"), DOCUMENTS, ONTOLOGY, out, tell=told.append)
    assert told == [f"{out}: finished already; --force trains it again"]
