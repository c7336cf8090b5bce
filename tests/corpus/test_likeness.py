"""Documents beside real news: measures that a person could count, and a classifier that tells what differs."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.likeness import likeness
from khabar.corpus.manner import TRAITS, manner
from khabar.corpus.store import write_document
from khabar.errors import InputError
from tests.conftest import ROOT, annotated, blank

WORDS = [f"كلمة{letter}{other}" for letter in "ابتثجحخد" for other in "رزسشصضطظ"]


def text(words: list[str], seed: int, count: int = 120) -> str:
    drawn = random.Random(seed)
    return "\n".join(" ".join(drawn.choices(words, k=8)) + "." for _ in range(count))


def test_the_same_words_cannot_be_told_apart_and_others_can() -> None:
    documents = [blank("one", text(WORDS[:32], 1))]
    alike = likeness(documents, [text(WORDS[:32], 2).split("\n")])
    other = likeness(documents, [text(WORDS[32:], 2).split("\n")])
    assert alike.told_apart < 0.65
    assert other.told_apart > 0.95


def test_measures_are_those_that_a_person_counts() -> None:
    found = likeness([annotated()] * 5, [["قال مصدران إن الهجوم انتهى."] * 10]).documents
    lengths = sorted(len([w for w in s.split() if w]) for s in annotated().text.split("\n"))
    assert found.sentences == 10
    assert lengths[0] <= found.words <= lengths[-1]
    assert found.cues == 1.0


def test_every_outlet_gives_as_many_sentences() -> None:
    documents = [blank("one", text(WORDS, 1, 30))]
    found = likeness(documents, [[line] * 100 for line in ("خبر أول هنا.", "خبر ثان هنا.", "خبر ثالث هنا.")])
    assert found.news.sentences == 30


def test_nothing_to_compare_is_told() -> None:
    with pytest.raises(InputError, match="0 of news; 5 of each are needed"):
        likeness([annotated()], [[]])


def test_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_document(blank("one", text(WORDS, 1)), tmp_path / "documents")
    (tmp_path / "news.txt").write_text(text(WORDS, 2), encoding="utf-8")
    words = ["--project", str(ROOT), "stats", str(tmp_path / "documents"), "--against", str(tmp_path / "news.txt")]
    assert main(words) == 0
    assert "told apart by their words: " in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"documents", "news", "told_apart"}
    with pytest.raises(SystemExit, match="2"):
        main([*words, "--plot"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_manner_counts_documents_by_trait() -> None:
    plain, dropped = blank("one", "خبر قصير: 12 قتيلا."), annotated("two")
    counted = manner([plain, dropped])
    assert set(counted) == set(TRAITS)
    assert counted["no event"] == 1
    assert counted["latin digits"] == 1
    assert counted["under 150 words"] == 2
    assert counted["source in another sentence"] == 1
    assert counted["harakat"] == counted["over 450 words"] == 0
