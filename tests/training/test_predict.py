"""Tagging: any number of documents, any length of sentence, the same answer."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from khabar.document import Document
from khabar.errors import InputError
from khabar.ontology import default_ontology
from khabar.training.neural import NeuralTagger, in_batches
from khabar.training.predict import Tagger, predictor
from khabar.training.train import train
from tests.conftest import TEXT, annotated, blank
from tests.training.encoders import TINY, save_encoder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learned two sentences by heart."""
    return train(TINY, [annotated()], default_ontology(), tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="module")
def tagger(model: Path) -> Tagger:
    return predictor(model)


def triggers(document: Document) -> list[str]:
    return [event.trigger.text for event in document.events]


def test_documents_come_back_in_order_with_everything_else_as_it_was(tagger: Tagger) -> None:
    documents = [annotated("b"), blank("empty", ""), annotated("a")]
    tagged = tagger(documents)
    assert [d.without_annotation() for d in tagged] == [d.without_annotation() for d in documents]


def test_an_empty_document_has_no_sentences_and_no_events(tagger: Tagger) -> None:
    for text in ("", " \n\t "):
        assert tagger([Document(id="empty", text=text)]) == [Document(id="empty", text=text)]


def test_a_document_without_arabic_goes_through(tagger: Tagger) -> None:
    (tagged,) = tagger([Document(id="english", text="Five rockets were fired. 🚀\n№ 5")])
    assert len(tagged.sentences) == 3


def test_no_documents_give_none(tagger: Tagger) -> None:
    assert tagger([]) == []


def test_a_documents_answer_does_not_depend_on_its_company(tagger: Tagger) -> None:
    (alone,) = tagger([blank("x")])
    crowd = tagger([blank("y", TEXT * 9), blank("x"), blank("z", "قال.")])
    assert triggers(crowd[1]) == triggers(alone) == ["أطلقت", "الهجوم", "إصابات"]


def test_a_sentence_of_many_windows_is_tagged_in_every_part(tagger: Tagger) -> None:
    sentence = TEXT.replace(".", "").replace("\n", " ")
    text = " ".join([sentence] * 20)
    (tagged,) = tagger([Document(id="long", text=text)])
    assert len(tagged.sentences) == 1
    assert len(tagged.events) >= 45
    assert tagged.events[-1].trigger.end > len(text) * 0.9


@given(st.lists(st.integers(1, 256), max_size=60))
def test_windows_of_like_length_are_read_together_as_many_as_fit(lengths: list[int]) -> None:
    batches = list(in_batches(lengths, lambda length: length, torch.device("cpu")))
    assert [length for batch in batches for length in batch] == sorted(lengths)
    assert all(len(batch) * batch[-1] <= 768 for batch in batches)
    assert all((len(one) + 1) * other[0] > 768 for one, other in pairwise(batches))


def test_documents_are_read_only_as_they_are_needed(tagger: Tagger) -> None:
    asked: list[int] = []

    def endless() -> Iterator[Document]:
        while True:
            asked.append(1)
            yield blank(f"n{len(asked)}")

    first = next(tagger.stream(endless()))
    assert first.id == "n1"
    assert len(asked) < 1000


def test_progress_tells_of_all_words_once(tagger: Tagger) -> None:
    parts: list[str] = []
    list(tagger.stream([blank("x", TEXT * 5)], parts.append))
    assert Counter("".join(parts).replace(" ", "")) == Counter("".join((TEXT * 5).split()))


def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no model folder"):
        predictor(tmp_path)


def test_a_damaged_model_is_told_in_a_line(model: Path, tmp_path: Path) -> None:
    for file in model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError) as error:
        NeuralTagger.load(tmp_path)
    assert "is no model that khabar can load" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "weight"),
    [("heads.trigger.bias", None), ("heads.trigger.bias", torch.zeros(3)), ("heads.dropped.bias", torch.zeros(3))],
    ids=["one too few", "one of another size", "one too many"],
)
def test_a_model_with_the_weights_of_another_version_is_told(
    model: Path, tmp_path: Path, name: str, weight: torch.Tensor | None
) -> None:
    shutil.copytree(model, tmp_path / "model")
    file = tmp_path / "model" / "model.safetensors"
    weights = {key: value for key, value in load_file(file).items() if key != name}
    save_file(weights if weight is None else weights | {name: weight}, file, metadata={"format": "pt"})
    with pytest.raises(InputError, match=rf"has other weights than such a model, as {name}: was it made"):
        predictor(tmp_path / "model")


def test_a_model_folder_without_its_tokenizer_is_told(model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "model")
    (tmp_path / "model" / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"tokenizer\.json: is missing"):
        predictor(tmp_path / "model")


def test_an_encoder_is_no_tagger(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no tagger \(bert\); `khabar train --encoder` makes one"):
        predictor(save_encoder(tmp_path / "encoder"))
