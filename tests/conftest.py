"""What every test may use: small Arabic documents, built as a person would read them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from khabar.arabic import sentences
from khabar.corpus.store import Project
from khabar.document import Argument, Attribution, Document, Event, Sentence, Source

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent

TEXT = "قال مصدران أمنيان لرويترز إن خمسة صواريخ أطلقت من بلدة زمار الأحد.\nوأضافا أن الهجوم لم يسفر عن إصابات."


def blank(id: str = "news", text: str = TEXT, story: str | None = "story") -> Document:
    """A document without annotation."""
    places = tuple(Sentence(start=s.start, end=s.end) for s in sentences(text))
    return Document(id=id, text=text, sentences=places, source=Source(story=story))


def spans(document: Document, phrase: str, occurrence: int = 1) -> tuple[int, int]:
    """Where a phrase stands in a document's text."""
    start = -1
    for _ in range(occurrence):
        start = document.text.index(phrase, start + 1)
    return start, start + len(phrase)


def annotated(id: str = "news", story: str | None = "story") -> Document:
    """Two sentences, three events, two attributions (the second with a dropped subject)."""
    document = blank(id, story=story)

    def argument(role: str, phrase: str) -> Argument:
        start, end = spans(document, phrase)
        return Argument(role=role, start=start, end=end, text=phrase)

    def event(n: int, type: str, trigger: str, *arguments: Argument, **values: str) -> Event:
        labels = {"polarity": "Positive", "realis": "Actual"} | values
        return Event(
            id=f"e{n}", type=type, trigger=document.span(*spans(document, trigger)), arguments=arguments, **labels
        )

    source = document.span(*spans(document, "مصدران أمنيان"))
    channel = document.span(*spans(document, "لرويترز"))
    fired = event(
        1,
        "Attack",
        "أطلقت",
        argument("Instrument", "خمسة صواريخ"),
        argument("Origin", "بلدة زمار"),
        argument("Time", "الأحد"),
        cluster="zummar",
    )
    attack = event(2, "Attack", "الهجوم", cluster="zummar")
    hurt = event(3, "Injure", "إصابات", polarity="Negative")

    def attribution(n: int, cue: str, *events: str) -> Attribution:
        return Attribution(
            id=f"a{n}",
            cue=document.span(*spans(document, cue)),
            sources=(source,),
            channels=(channel,),
            stance="Asserts",
            polarity="Positive",
            events=events,
        )

    return document.model_copy(
        update={
            "events": (fired, attack, hurt),
            "attributions": (attribution(1, "قال", "e1"), attribution(2, "وأضافا", "e2", "e3")),
        }
    )


@pytest.fixture
def document() -> Document:
    """Two annotated sentences."""
    return annotated()


@pytest.fixture(scope="session")
def project() -> Project:
    """The corpus that comes with khabar."""
    return Project(ROOT)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process: a second Playwright beside it would be refused."""
    from playwright.sync_api import sync_playwright

    from khabar.eval.report.picture import FLAGS, browser

    executable = browser()
    if executable is None:
        reason = "there is no Chromium here; apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield launched
        launched.close()


# Examples are drawn the same way in every run, and a slow machine fails none.
settings.register_profile("khabar", derandomize=True, deadline=None)
settings.load_profile("khabar")
