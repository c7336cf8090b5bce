"""The report, as people see and use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from khabar.corpus.store import Project
from khabar.eval.errors import outcomes
from khabar.eval.report.page import render, write_report
from khabar.eval.report.picture import take_picture
from khabar.eval.report.segments import marks_of
from khabar.eval.report.testimony import occurrences
from tests.browser.conftest import opened
from tests.eval.report.projects import copied, worsened
from tests.eval.report.test_page import hostile_project

SHOWN = "nodes => nodes.filter(n => n.checkVisibility()).map(n => n.dataset.name ?? n.textContent.trim())"


def choose(page: Page, section: str, **values: str) -> None:
    """Sets filters of a section."""
    for key, value in values.items():
        page.select_option(f"#{section} [data-filter={key}]", value)


def visible(page: Page, selector: str) -> list[str]:
    """Texts of the elements that can be seen."""
    found: list[str] = page.eval_on_selector_all(selector, SHOWN)
    return found


# What the filters must leave, worked out from the documents and not from the page.


def wanted_occurrences(project: Project) -> set[str]:
    told = occurrences(project.gold_documents(), project.ontology)
    return {o.name for o in told if "zummar" in o.stories and any(r.stance == "Denies" for r in o.rows)}


def shown_occurrences(page: Page) -> set[str]:
    choose(page, "sources", story="zummar", stance="Denies")
    return set(visible(page, "#sources .title"))


def wanted_errors(project: Project) -> int:
    found = [o for d in project.gold_documents() for o in outcomes(d, worsened(d))]
    return sum(o.kind == "wrong_type" and o.layer == "trigger" for o in found)


def shown_errors(page: Page) -> int:
    choose(page, "errors", kind="wrong_type", layer="trigger")
    return len(visible(page, "#errors .mistakes li"))


def wanted_events(project: Project) -> list[str]:
    return [
        event.trigger.text
        for document in project.gold_documents()
        for event in document.events
        if event.type == "Attack" and any(argument.role == "Agent" for argument in event.arguments)
    ]


def shown_events(page: Page) -> list[str]:
    choose(page, "corpus", type="Attack", role="Agent")
    return visible(page, "#corpus .note.event .pick bdi[lang=ar]")


FILTERS: list[tuple[Callable[[Page], object], Callable[[Project], object]]] = [
    (shown_occurrences, wanted_occurrences),
    (shown_errors, wanted_errors),
    (shown_events, wanted_events),
]


@pytest.mark.parametrize(("shown", "wanted"), FILTERS, ids=["sources", "errors", "corpus"])
def test_a_filter_leaves_what_fits_and_nothing_else(
    page: Page, reported: Project, shown: Callable[[Page], object], wanted: Callable[[Project], object]
) -> None:
    expected = wanted(reported)
    assert expected
    assert shown(page) == expected


BREAKAGES = {
    "it lets everything through": ("facets[key].includes(value)", "true"),
    "one match is enough": ("chosen.every(", "chosen.some("),
    "nobody listens to it": ('form.addEventListener("change", apply)', ""),
}


@pytest.mark.parametrize("how", BREAKAGES)
def test_a_broken_filter_would_be_noticed(how: str, chromium: Browser, reported: Project, tmp_path: Path) -> None:
    sound, broken = BREAKAGES[how]
    source = re.sub(r"<meta http-equiv=[^>]*>", "", (reported.root / "report.html").read_text(encoding="utf-8"))
    assert sound in source
    (tmp_path / "broken.html").write_text(source.replace(sound, broken), encoding="utf-8")
    with chromium.new_context() as context:
        for shown, wanted in FILTERS:
            assert shown(opened(context.new_page(), tmp_path / "broken.html")) != wanted(reported)


def test_filters_hide_sentences_and_documents_without_a_match_and_dim_other_spans(
    page: Page, reported: Project
) -> None:
    choose(page, "corpus", stance="Denies")
    denying = {d.id for d in reported.gold_documents() if any(a.stance == "Denies" for a in d.attributions)}
    assert set(visible(page, "#corpus article h3 > bdi")) == denying
    bright = page.eval_on_selector_all(
        "#corpus article .cue:not(.dim)",
        "nodes => nodes.filter(n => n.checkVisibility()).flatMap(n => JSON.parse(n.dataset.marks))",
    )
    assert {label for _, kind, label, *_ in bright if kind == "cue"} == {"Denies"}
    page.click("#corpus button[type=reset]")
    page.locator("#corpus .dim").first.wait_for(state="detached")
    assert len(visible(page, "#corpus article")) == len(reported.gold_documents())


def test_a_filter_says_how_much_it_leaves(page: Page, reported: Project) -> None:
    told = occurrences(reported.gold_documents(), reported.ontology)
    assert page.inner_text("#sources output") == str(len(told))
    choose(page, "sources", dispute="occurrence")
    disputed = sum(any(d.about == "occurrence" for d in o.disputes) for o in told)
    assert page.inner_text("#sources output") == f"{disputed} of {len(told)}"


def test_a_link_finds_its_sentence_even_where_filters_hide_it(page: Page) -> None:
    choose(page, "corpus", document="lebanon-spy-device")
    page.click("#sources .words a >> nth=0")
    target = page.get_attribute("#sources .words a >> nth=0", "href")
    assert target
    page.locator(f"[id='{target[1:]}']").wait_for(state="visible")


def test_arabic_runs_from_right_to_left(untouched: Page) -> None:
    directions = untouched.eval_on_selector_all("[lang=ar]", "nodes => nodes.map(n => getComputedStyle(n).direction)")
    assert len(directions) > 1000
    assert set(directions) == {"rtl"}
    isolated = untouched.eval_on_selector_all(".seg", "nodes => nodes.map(n => getComputedStyle(n).unicodeBidi)")
    assert set(isolated) == {"isolate"}


def test_the_first_word_of_a_sentence_stands_at_the_right(untouched: Page) -> None:
    first, second = untouched.eval_on_selector_all(
        "#zummar-alhurra-s1 .seg", "nodes => nodes.slice(0, 2).map(n => n.getClientRects()[0].left)"
    )
    assert first > second


def test_every_span_highlights_exactly_its_text(untouched: Page, reported: Project) -> None:
    found = untouched.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('#corpus article')].map(article => {
             const texts = {};
             for (const piece of article.querySelectorAll('[data-marks]'))
               for (const mark of JSON.parse(piece.dataset.marks)) {
                 const key = mark.join('|');
                 texts[key] = (texts[key] ?? '') + piece.textContent;
               }
             return [article.id.slice(4), texts];
           }))"""
    )
    for document in reported.gold_documents():
        marks = marks_of(document, reported.ontology.attribution.mentions)
        expected = {
            "|".join(map(str, (m.unit, m.kind, m.label, *m.extent))): document.text[slice(*m.extent)] for m in marks
        }
        assert found[document.id] == expected


def test_sentences_read_as_they_are_written(untouched: Page, reported: Project) -> None:
    shown = untouched.eval_on_selector_all("#corpus article .sentence", "nodes => nodes.map(n => n.textContent)")
    written = [d.text[s.start : s.end] for d in reported.gold_documents() for s in d.sentences]
    assert shown == written


def test_everything_is_done_with_the_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#sources [data-filter=dispute]")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#sources [data-filter=dispute]") == "occurrence"
    assert all("zummar" not in name for name in visible(page, "#sources .title"))
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    pick = "#zummar-alhurra-s1 .note.event .pick"
    page.focus(pick)
    page.keyboard.press("Enter")
    assert page.get_attribute(pick, "aria-pressed") == "true"
    picked = visible(page, "#corpus .picked")
    assert picked == [
        "خمسة صواريخ على الأقل",
        "أطلقت",
        "بلدة زمار العراقية",
        "قاعدة عسكرية أميركية",
        "شمال شرق سوريا",
        "الأحد",
    ]
    page.keyboard.press("Space")
    assert visible(page, "#corpus .picked") == []


def test_occurrences_open_and_close(page: Page) -> None:
    page.eval_on_selector("#sources details:not([open])", "node => (node.id = 'tried')")
    page.focus("#tried summary")
    for state in ("visible", "hidden"):
        page.keyboard.press("Enter")
        page.wait_for_selector("#tried table", state=state)  # type: ignore[arg-type]


def test_the_theme_follows_the_choice_and_is_remembered(page: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.select_option("#theme", "dark")
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_failure(scheme: str, chromium: Browser, reported: Project) -> None:
    with chromium.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}) as context:  # type: ignore[arg-type]
        page = opened(context.new_page(), reported.root / "report.html")
        # The first of every kind, all opened: what follows is drawn by the same rules.
        page.evaluate(
            """() => {
              for (const details of document.querySelectorAll('details')) details.open = true;
              for (const kind of ['.compared', '.document', '.occurrence'])
                [...document.querySelectorAll(kind)].slice(3).forEach(n => n.remove());
              document.querySelector('.pick').click();
            }"""
        )
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(v["id"], v["impact"], v["nodes"][0]["html"], v["nodes"][0].get("failureSummary")) for v in found] == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_no_width_needs_scrolling_to_the_side(width: int, untouched: Page) -> None:
    untouched.set_viewport_size({"width": width, "height": 800})
    untouched.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert untouched.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_shows_what_a_screen_hides(page: Page) -> None:
    closed = page.locator("#sources details:not([open]) table").first
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#sources details:not([open])").count() == 0
    assert not page.locator("nav").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert closed.count() == 1


def test_without_a_script_everything_can_be_read(chromium: Browser, reported: Project) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = opened(context.new_page(), reported.root / "report.html")
        assert not page.locator("form.filters").first.is_visible()
        assert page.locator("#zummar-alhurra-s1 .sentence").is_visible()


def test_hostile_text_runs_nothing(chromium: Browser, tmp_path: Path) -> None:
    write_report(hostile_project(tmp_path), tmp_path / "hostile.html")
    with chromium.new_context() as context:
        page = opened(context.new_page(), tmp_path / "hostile.html")
        assert page.locator("script").count() == 1
        assert "</p><script>alert(1)</script>" in page.inner_text("#corpus .sentence")
        # The override is told, and turns nothing outside its own element.
        control = page.locator("#corpus .sentence .control").first
        assert control.evaluate("n => getComputedStyle(n, '::before').content") == '"U+202E"'
        assert control.evaluate("n => getComputedStyle(n).unicodeBidi") == "isolate"


def test_a_page_without_results_opens_too(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(render(copied(tmp_path)), encoding="utf-8")
    with chromium.new_context() as context:
        page = opened(context.new_page(), tmp_path / "page.html")
        assert "the ledger is empty" in page.inner_text("#history")


def test_a_picture_is_a_png_of_modest_size(chromium: Browser, reported: Project, tmp_path: Path) -> None:
    take_picture(reported.root / "report.html", tmp_path / "report.png")
    data = (tmp_path / "report.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20]) == 1280
    assert 50_000 < len(data) < 300_000  # an empty one has 5,000
