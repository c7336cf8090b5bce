"""A person at work in a real browser: what is pulled is what was dragged, code point by code point.

`KHABAR_SCREENSHOTS=annotation/screenshots pytest tests/annotation/studio/test_in_browser.py` also takes the pictures of
`annotation/README.md`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from khabar.annotation.studio.adjudicate import adjudication_offers
from khabar.annotation.studio.interface import interface
from khabar.annotation.studio.pull import pull
from khabar.annotation.studio.push import Offer, push, ready_project
from khabar.annotation.studio.server import ADMIN
from khabar.corpus.store import Project, read_documents
from khabar.eval.report.labels import arabic_names
from tests.annotation.studio.conftest import PASSWORD, Live, record
from tests.annotation.studio.drawing import join, label, sign_in
from tests.conftest import blank

# An emoji of one code point and two UTF-16 units, one of five code points, harakat, and a line break before the words.
TEXT = "🚀 قال مَصدران أمنيان 👨‍👩‍👧 لرويترز\nإن خمسة صواريخ أطلقت من بلدة زمار الأحد."


@pytest.fixture
def page(chromium: Browser, live: Live) -> Iterator[Page]:
    with chromium.new_context(viewport={"width": 1200, "height": 800}) as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        sign_in(page, live.running.url, ADMIN, PASSWORD)
        yield page


def opened(page: Page, live: Live, room: Any, task: int) -> None:
    page.goto(f"{live.running.url}/projects/{room.id}/data?task={task}")
    page.locator(".khabar-text .lsf-htx-richtext").wait_for()
    page.locator(".lsf-label").first.wait_for()
    page.get_by_role("button", name="Submit").wait_for()


def pictured(page: Page, name: str) -> None:
    if folder := os.environ.get("KHABAR_SCREENSHOTS"):
        page.wait_for_timeout(1000)  # arrows are drawn a moment after regions
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_what_is_dragged_is_what_is_pulled(live: Live, page: Page, project: Project) -> None:
    room = ready_project(live.studio, "in a browser", interface(project.ontology, arabic_names(project)))
    push(live.studio, room, [Offer(blank(text=TEXT))], project.ontology)
    (task,) = live.studio.export(room)
    opened(page, live, room, task["id"])
    label(page, "Attack", "أطلقت")
    label(page, "Argument", "خمسة صواريخ")
    label(page, "Cue", "قال")
    label(page, "Source", "مَصدران أمنيان")
    # By place in the text: cue, source, phrase, trigger.
    join(page, 3, 2, "Instrument")
    join(page, 0, 1, "source")
    join(page, 0, 3, "covers")
    page.locator(".htx-highlight").nth(3).click()
    page.locator(".khabar-values").get_by_text("Negative").first.click()
    pictured(page, "drawn")
    with page.expect_response(lambda reply: "/annotations" in reply.url and reply.request.method == "POST") as reply:
        page.get_by_role("button", name="Submit").click()
    assert reply.value.ok
    record(live, room, "drawn")
    pulled = pull(live.studio, room, project.ontology)
    (document,) = pulled.passes["annotator-1"]
    assert pulled.findings == []
    assert document.text == TEXT
    (event,), (attribution,) = document.events, document.attributions
    assert (event.type, event.polarity, event.realis) == ("Attack", "Negative", "Actual")
    expected = {"أطلقت": event.trigger, "خمسة صواريخ": event.arguments[0], "مَصدران أمنيان": attribution.sources[0]}
    for phrase, span in expected.items():
        assert (span.start, span.text) == (TEXT.index(phrase), phrase)
    assert attribution.cue is not None
    assert (attribution.cue.start, attribution.cue.text) == (2, "قال")
    assert event.arguments[0].role == "Instrument"
    assert attribution.events == (event.id,)
    # What Label Studio itself has saved: code points too, on which all of this rests.
    saved = live.studio.export(room)[0]["annotations"][0]["result"]
    for item in saved:
        if item["type"] == "labels":
            value = item["value"]
            assert TEXT[value["start"] : value["end"]] in {*expected, "قال"}


def test_a_proposal_is_drawn_in_colour_and_accepted_unchanged(live: Live, page: Page, project: Project) -> None:
    document = next(d for d in project.gold_documents() if d.id == "lebanon-spy-device")
    room = ready_project(live.studio, "a proposal", interface(project.ontology, arabic_names(project)))
    push(live.studio, room, [Offer(document.without_annotation(), {"gold": document})], project.ontology)
    (task,) = live.studio.export(room)
    opened(page, live, room, task["id"])
    region = page.locator(".htx-highlight").first
    region.wait_for()
    assert region.evaluate("e => getComputedStyle(e).backgroundColor") not in ("rgba(0, 0, 0, 0)", "transparent")
    assert page.locator(".khabar-text .lsf-htx-richtext").evaluate("e => getComputedStyle(e).direction") == "rtl"
    pictured(page, "proposal")
    with page.expect_response(lambda reply: "/annotations" in reply.url and reply.request.method == "POST"):
        page.get_by_role("button", name="Submit").click()
    pulled = pull(live.studio, room, project.ontology, names={ADMIN: "nour"})
    (made,) = pulled.passes["nour"]
    assert made.model_copy(update={"meta": document.meta}) == document
    assert all(c.changed == c.added == c.removed == 0 for c in pulled.changes["nour"].values())


def test_an_adjudicator_sees_both_versions_side_by_side(live: Live, page: Page, project: Project) -> None:
    first = project.rounds / "1"
    a, b = read_documents([first / "a"]), read_documents([first / "b"])
    config = interface(project.ontology, arabic_names(project), adjudication=True)
    room = ready_project(live.studio, "adjudication", config)
    offers = [o for o in adjudication_offers(a, b) if o.document.id == "zummar-alhurra"]
    push(live.studio, room, offers, project.ontology)
    (task,) = live.studio.export(room)
    opened(page, live, room, task["id"])
    cells = page.locator(".lsf-htx-richtext table td")
    cells.first.wait_for()
    assert cells.count() >= 3
    pictured(page, "adjudication")
