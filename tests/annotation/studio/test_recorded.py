"""What a real Label Studio once gave, read without one.

`KHABAR_RECORD=1 pytest tests/annotation/studio` records it anew.
"""

from __future__ import annotations

import json

import pytest

from khabar.annotation.studio.client import Prediction
from khabar.annotation.studio.pull import Pulled, read_passes
from khabar.errors import InputError
from tests.annotation.studio.conftest import AMISS, RECORDED
from tests.annotation.studio.documents import ONTOLOGY
from tests.conftest import annotated


def read(name: str, names: dict[str, str] | None = None) -> Pulled:
    kept = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    predictions = [Prediction(**one) for one in kept["predictions"]]
    users = {int(id): address for id, address in kept["users"].items()}
    return read_passes(kept["tasks"], predictions, users, ONTOLOGY, names=names)


def test_what_a_person_drew_in_the_browser_is_read_code_point_by_code_point() -> None:
    pulled = read("drawn")
    (document,) = pulled.passes["annotator-1"]
    (event,), (attribution,) = document.events, document.attributions
    assert document.text.startswith("🚀")
    assert (event.type, event.polarity, event.realis, event.trigger.text) == ("Attack", "Negative", "Actual", "أطلقت")
    assert [(a.role, a.text) for a in event.arguments] == [("Instrument", "خمسة صواريخ")]
    assert attribution.cue is not None
    assert (attribution.cue.start, attribution.cue.text) == (2, "قال")
    assert [s.text for s in attribution.sources] == ["مَصدران أمنيان"]
    assert attribution.events == (event.id,)
    assert pulled.findings == []


def test_drafts_skipped_tasks_and_loose_relations_are_told_item_by_item() -> None:
    pulled = read("amiss", {"1": "nour"})
    assert [d.id for d in pulled.passes["nour"]] == ["done", "twice"]
    assert all(d == annotated(d.id) for d in pulled.passes["nour"])
    assert {(f.document, f.kind) for f in pulled.findings} == AMISS
    assert pulled.waiting == ["drafted", "skipped", "untouched"]


def test_a_name_for_nobody_is_refused() -> None:
    with pytest.raises(InputError, match="no user 'layla'"):
        read("amiss", {"layla": "layla"})
