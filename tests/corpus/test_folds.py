"""Folds: a story is never on two sides, and what leaks all the same is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from khabar.corpus.copied import RUN
from khabar.corpus.folds import Leak, leakage, load_folds, select
from khabar.corpus.similarity import near_duplicates
from khabar.corpus.store import Project
from khabar.errors import InputError
from tests.conftest import blank

WIRE = "قال مصدر أمني عراقي إن أربعة صواريخ سقطت في محيط قاعدة عين الأسد دون وقوع إصابات"


def test_the_corpus_has_five_stories_and_the_hub_splits(project: Project) -> None:
    folds = load_folds(project.folds)
    assert [fold.name for fold in folds.folds] == [
        "zummar", "lebanon", "ain-alasad-2024", "withdrawal", "ain-alasad-2023",
    ]  # fmt: skip
    assert folds.splits == {
        "train": ("zummar-alhurra", "lebanon-spy-device", "zummar-base-attack", "kataib-denial"),
        "validation": ("coalition-withdrawal",),
        "test": ("ain-alasad-july", "ain-alasad-november"),
    }


def test_folds_train_on_all_that_they_do_not_test(project: Project) -> None:
    ids = {document.id for document in project.gold_documents()}
    for fold in load_folds(project.folds).folds:
        assert set(fold.test) | set(fold.train) == ids
        assert not set(fold.test) & set(fold.train)


def test_each_fold_tests_one_whole_story(project: Project) -> None:
    documents = project.gold_documents()
    for fold in load_folds(project.folds).folds:
        assert {d.source.story for d in select(documents, fold.test)} == {fold.name}
        assert fold.name not in {d.source.story for d in select(documents, fold.train)}


def test_no_eight_words_in_a_row_stand_on_both_sides_of_a_fold(project: Project) -> None:
    assert leakage(project.gold_documents(), load_folds(project.folds)) == []


def test_a_copied_sentence_across_stories_is_a_leak(tmp_path: Path) -> None:
    file = tmp_path / "folds.yaml"
    file.write_text("folds: [{name: x, test: [a]}, {name: y, test: [b]}]\nsplits: {}\n")
    documents = [blank("a", f"{WIRE}.", "x"), blank("b", f"وفي خبر آخر {WIRE} مساء.", "y")]
    (first, second) = leakage(documents, load_folds(file))
    assert first == Leak("x", "a", "b", len(WIRE.split()) - RUN + 1, first.example)
    assert (second.test, second.train) == ("b", "a")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("folds: [", "is not YAML"),
        ("folds: []\n", "splits: is missing"),
        ("folds: [{name: x}]\nsplits: {}", "test"),
    ],
)
def test_a_wrong_file_is_told(text: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "folds.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=reason):
        load_folds(file)


def test_an_unknown_document_is_told() -> None:
    with pytest.raises(InputError, match="the document b, which is not there"):
        select([blank("a")], ["b"])


class TestNearDuplicates:
    def test_one_wire_report_under_two_mastheads_is_told_with_its_similarity(self) -> None:
        documents = [
            blank("a", f"{WIRE}."),
            blank("b", f"عاجل: {WIRE}."),
            blank("c", "نقلت وكالة عن مصادر أن الخطة تنص."),
        ]
        ((one, other, similarity),) = near_duplicates(documents)
        assert {one, other} == {"a", "b"}
        assert 0.8 < similarity < 1

    def test_a_document_is_never_told_of_itself(self) -> None:
        assert near_duplicates([blank("a")]) == []
        assert near_duplicates([blank("a")], among=[blank("a")]) == []

    def test_documents_too_short_to_compare_are_like_none(self) -> None:
        assert near_duplicates([blank("a", "خبر."), blank("b", "خبر.")]) == []

    def test_in_the_corpus_only_retellings_of_one_story_are_alike(self, project: Project) -> None:
        documents = {document.id: document for document in project.gold_documents()}
        pairs = near_duplicates(list(documents.values()))
        assert pairs
        for one, other, _ in pairs:
            assert documents[one].source.story == documents[other].source.story
