"""Packed text: the pieces of the text as fine-tuning sees them, each document whole, on one side only."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from khabar.arabic import normalise, tokens
from khabar.errors import InputError
from khabar.training.pretraining.pack import pack
from khabar.training.pretraining.packed import INDEX, PIECES, PackedText
from khabar.training.pretraining.recipe import TextPlan
from khabar.training.pretraining.text import text_files
from tests.training.pretraining.news import TINY, items, write_news


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> PackedText:
    """All items, packed."""
    folder = tmp_path_factory.mktemp("text")
    return pack(text_files([write_news(folder / "news")]), TINY.text, folder / "packed")


def documents(packed: PackedText) -> list[list[int]]:
    """The documents on both sides, as pieces."""
    whole = np.concatenate([packed.training, packed.held_out])
    ends = np.flatnonzero(whole == packed.number("[SEP]"))
    return [part.tolist()[:-1] for part in np.split(whole, ends + 1)[:-1]]


def pieces_at_fine_tuning(packed: PackedText, text: str) -> list[int]:
    tokenizer = packed.tokenizer()
    encoded = tokenizer(normalise(text, tokens(text)), add_special_tokens=False)["input_ids"]
    return [piece for word in encoded for piece in (word or [tokenizer.unk_token_id])]


def test_every_document_is_there_once_as_fine_tuning_would_read_it(packed: PackedText) -> None:
    found = documents(packed)
    assert sorted(found) == sorted(pieces_at_fine_tuning(packed, item) for item in items() if len(item.split()) >= 3)


def test_about_the_share_that_was_asked_for_is_held_out(packed: PackedText) -> None:
    end = packed.number("[SEP]")
    held_out, all_documents = np.sum(packed.held_out == end), len(documents(packed))
    assert 0.05 < held_out / all_documents < 0.15


def test_what_is_held_out_does_not_hang_on_the_other_files(packed: PackedText, tmp_path: Path) -> None:
    news = write_news(tmp_path / "news")
    alone = pack([news / "evening.txt"], TINY.text, tmp_path / "packed")

    def texts(some: PackedText) -> set[str]:
        tokenizer, end = some.tokenizer(), some.number("[SEP]")
        parts = np.split(some.held_out, np.flatnonzero(some.held_out == end) + 1)
        return {tokenizer.decode(part[:-1].tolist()) for part in parts if len(part)}

    assert texts(alone) <= texts(packed)


def test_the_index_tells_sources_counts_and_vocabulary(packed: PackedText) -> None:
    evening, morning = packed.index["sources"]
    assert (morning["name"], morning["origin"], morning["licence"]) == ("morning", "some/where", "CC BY 4.0")
    assert (evening["name"], evening["licence"]) == ("evening", "")
    assert evening["documents"] + morning["documents"] == packed.index["documents"] == len(items())
    assert len(packed.vocabulary) == len(set(packed.vocabulary)) <= TINY.text.vocabulary
    assert packed.counts.sum() == len(packed.training)


def test_the_same_text_gives_the_same_files(packed: PackedText, tmp_path: Path) -> None:
    again = pack(text_files([write_news(tmp_path / "news")]), TINY.text, tmp_path / "packed")
    for name in (PIECES, INDEX):
        assert (again.folder / name).read_bytes() == (packed.folder / name).read_bytes()


def test_repetitions_and_scraps_are_left_out_and_counted(tmp_path: Path) -> None:
    first = " ".join(f"كلمة{n}" for n in "ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
    like = first.replace("كلمةا", "شيء")
    text = "\n\n".join([*items(), f"{first}\n{items()[0]}", like, "خبر"])
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    packed = pack([tmp_path / "a.txt"], TINY.text.model_copy(update={"near_duplicate": 0.7}), tmp_path / "packed")
    left_out = packed.index["left_out"]
    assert left_out["paragraphs_repeated"] == 1
    assert left_out["documents_short"] == 1
    assert left_out["documents_alike"] >= 1
    assert packed.index["documents"] == len(items()) + 3 - 1 - left_out["documents_alike"]


def test_the_two_files_are_enough(packed: PackedText, tmp_path: Path) -> None:
    for name in (PIECES, INDEX):
        shutil.copy(packed.folder / name, tmp_path)
    moved = PackedText.load(tmp_path)
    assert np.array_equal(moved.training, packed.training)
    assert moved.tokenizer().get_vocab() == packed.tokenizer().get_vocab()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        (INDEX, b"{", "is not JSON"),
        (INDEX, b"[]", "of version 1"),
        (PIECES, b"abc", "has 3 bytes"),
        (INDEX, None, "--text"),
    ],
)
def test_files_that_do_not_belong_together_are_told(
    packed: PackedText, tmp_path: Path, name: str, data: bytes | None, told: str
) -> None:
    shutil.copytree(packed.folder, tmp_path / "copy")
    (tmp_path / "copy" / name).unlink()
    if data is not None:
        (tmp_path / "copy" / name).write_bytes(data)
    with pytest.raises(InputError, match=told):
        PackedText.load(tmp_path / "copy")


def test_too_little_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(items()[0], encoding="utf-8")
    with pytest.raises(InputError, match="too little text"):
        pack([tmp_path / "a.txt"], TextPlan(shortest=3), tmp_path / "packed")


def test_the_index_is_json_that_anyone_can_read(packed: PackedText) -> None:
    assert json.loads((packed.folder / INDEX).read_text(encoding="utf-8"))["version"] == 1
