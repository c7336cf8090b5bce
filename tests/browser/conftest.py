"""The report in a real Chromium, without a window and without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from khabar.corpus.store import Project
from khabar.eval.report.page import write_report
from tests.eval.report.projects import full


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a ledger, predictions and a page, `report.html`."""
    project = full(tmp_path_factory.mktemp("project"))
    write_report(project, project.root / "report.html")
    return project


@pytest.fixture
def page(chromium: Browser, reported: Project) -> Iterator[Page]:
    """The page, wide and light, just opened."""
    with chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light") as context:
        yield opened(context.new_page(), reported.root / "report.html")


@pytest.fixture(scope="module")
def untouched(chromium: Browser, reported: Project) -> Iterator[Page]:
    """The same for tests that only look: one page for all of them."""
    with chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light") as context:
        yield opened(context.new_page(), reported.root / "report.html")


def opened(page: Page, path: Path) -> Page:
    """Opens a file; whatever the page says on its console, and every request to elsewhere, fails the test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith("file:") else None)
    page.goto(path.as_uri())
    assert complaints == []
    page.evaluate("0")  # whatever was still to be said has been said
    assert complaints == []
    return page
