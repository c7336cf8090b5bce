"""The page as a whole: one file, which loads nothing and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from lxml import html

from khabar.corpus.store import Project, write_document
from khabar.document import Attribution, Document, Event, Source, Span
from khabar.eval.report.page import render
from tests.conftest import blank
from tests.eval.report.projects import copied, full

HOSTILE = "</p><script>alert(1)</script>"
OVERRIDE = "\u202e"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return render(full(tmp_path_factory.mktemp("project")))


def test_equal_inputs_give_equal_pages(tmp_path: Path, page: str) -> None:
    assert render(full(tmp_path)) == page


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    tree = html.fromstring(page)
    assert not tree.xpath("//link | //img | //iframe | //object | //embed | //base | //script[@src] | //*[@srcset]")
    assert all(target.startswith("#") for target in tree.xpath("//@href | //@src | //@action"))
    assert not re.search(r"url\(|@import|https?://|//cdn", page)
    assert len(page.encode()) < 3_000_000


def test_the_only_script_is_the_one_that_the_policy_names(page: str) -> None:
    tree = html.fromstring(page)
    (script,) = tree.xpath("//script")
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")


def test_all_six_sections_are_there_and_every_link_leads_somewhere(page: str) -> None:
    tree = html.fromstring(page)
    assert tree.xpath("//section/@id") == ["history", "scores", "errors", "corpus", "sources", "agreement"]
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in tree.xpath("//@href")} <= set(ids)


def test_arabic_stands_from_right_to_left(page: str) -> None:
    tree = html.fromstring(page)
    assert tree.xpath("//p[@class='sentence']")
    assert not tree.xpath("//p[@class='sentence'][not(@dir='rtl' and @lang='ar')]")


def test_an_empty_ledger_and_missing_predictions_are_told(tmp_path: Path) -> None:
    tree = html.fromstring(render(copied(tmp_path)))
    (history,) = tree.xpath("//section[@id='history']")
    assert "the ledger is empty" in " ".join(history.text_content().split())
    (errors,) = tree.xpath("//section[@id='errors']")
    assert "khabar report --predictions DIR" in " ".join(errors.text_content().split())


def hostile_project(folder: Path) -> Project:
    """A document whose every text, and whose every label, is an attack."""
    text = f"قال {HOSTILE} {OVERRIDE}إن \" ' & هجوما."
    document = blank("hostile", text)

    def span(phrase: str) -> Span:
        start = text.index(phrase)
        return document.span(start, start + len(phrase))

    hostile: Document = document.model_copy(
        update={
            "title": HOSTILE,
            "source": Source(publisher=HOSTILE, story=HOSTILE),
            "events": tuple(
                Event(
                    id=f"e{i}", type=HOSTILE, trigger=span(word), polarity=HOSTILE, realis=HOSTILE, cluster=HOSTILE,
                )
                for i, word in enumerate(("هجوما", "إن"))
            ),
            "attributions": (
                Attribution(
                    id="a1", cue=span("قال"), sources=(span(f"{HOSTILE} {OVERRIDE}إن"),), channels=(span("\" ' &"),),
                    stance=HOSTILE, polarity="Positive", events=("e0",),
                ),
            ),
        }
    )  # fmt: skip
    project = copied(folder)
    for path in project.gold.iterdir():
        path.unlink()
    write_document(hostile, project.gold)
    write_document(hostile.model_copy(update={"events": (), "attributions": ()}), folder / "runs" / "stories" / "floor")
    for name in ("a", "b"):
        for path in (project.rounds / "1" / name).iterdir():
            path.unlink()
        write_document(hostile, project.rounds / "1" / name)
    return project


def test_hostile_text_is_shown_not_executed(tmp_path: Path) -> None:
    project = hostile_project(tmp_path)
    tree = html.fromstring(render(project))
    assert len(tree.xpath("//script")) == 1
    assert not tree.xpath("//@*[starts-with(name(), 'on')]")
    sentence = tree.xpath("//div[@class='text']/p")[0]
    assert sentence.text_content() == project.gold_documents()[0].text
    overrides = tree.xpath(f"//*[text()[contains(., '{OVERRIDE}')]]")
    assert overrides
    assert {(e.tag, e.text, e.get("data-code")) for e in overrides} == {("bdi", OVERRIDE, "U+202E")}
    assert not [value for value in tree.xpath("//@*") if OVERRIDE in value]
