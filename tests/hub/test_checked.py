"""The datasheet's sentence about who has checked the data follows from the reviews in the rounds."""

from __future__ import annotations

import shutil
from pathlib import Path

from khabar.annotation.changes import changes, with_provenance
from khabar.corpus.store import Project, write_document
from khabar.hub.number_tables import checked


def test_it_follows_from_the_reviews(project: Project, tmp_path: Path) -> None:
    mine = Project(tmp_path)
    shutil.copytree(project.gold, mine.gold)
    assert "No Arabic speaker has checked the data" in checked(mine)
    gold = mine.gold_documents()

    def review(index: int, *, review: bool = True) -> None:
        offered = gold[index]
        made = offered.model_copy(update={"events": offered.events[1:], "attributions": ()})
        told = with_provenance(made, version="gold-1", by="nour", review=review, counted=changes(offered, made))
        write_document(told, mine.rounds / "3" / "nour")

    review(0, review=False)
    assert "No Arabic speaker has checked the data" in checked(mine)
    review(0)
    assert f"1 of {len(gold)} documents were reviewed by people** (1 in all)" in checked(mine)
    for index in range(len(gold)):
        review(index)
    assert checked(mine).startswith("**All documents were reviewed by people** (1 in all)")
