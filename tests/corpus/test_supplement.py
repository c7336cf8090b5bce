"""A part of the supplement is the same documents every time, and a larger part holds the smaller one."""

from __future__ import annotations

import random
from itertools import pairwise

from khabar.corpus.supplement import part
from khabar.document import Document
from tests.conftest import annotated, blank

DOCUMENTS = [annotated(f"authored-{n}") for n in range(20)]


def test_a_larger_part_holds_the_smaller_one() -> None:
    parts = [part(DOCUMENTS, share) for share in (0.0, 0.25, 0.5, 1.0)]
    assert [len(found) for found in parts] == [0, 5, 10, 20]
    assert all(large[: len(small)] == small for small, large in pairwise(parts))


def test_the_order_of_the_documents_changes_nothing() -> None:
    shuffled = random.Random(1).sample(DOCUMENTS, len(DOCUMENTS))
    assert part(shuffled, 0.5) == part(DOCUMENTS, 0.5)


def test_a_part_can_be_of_one_kind_of_documents() -> None:
    def told(document: Document, annotation: str) -> Document:
        return document.model_copy(update={"meta": {"origin": "authored", "annotation": annotation}})

    once, twice = [told(d, "reviewed") for d in DOCUMENTS[:12]], [told(d, "adjudicated") for d in DOCUMENTS[12:]]
    silent = blank("authored-silent")
    every = [*once, *twice, silent]
    assert {d.id for d in part(every, 1.0, "reviewed")} == {d.id for d in once}
    assert {d.id for d in part(every, 1.0, "adjudicated")} == {d.id for d in twice}
    assert len(part(every, 0.5, "adjudicated")) == 4
    assert silent in part(every, 1.0)
    assert silent not in part(every, 1.0, "eventful")


def test_no_setting_comes_first_as_a_block() -> None:
    assert part(DOCUMENTS, 1.0) != DOCUMENTS
