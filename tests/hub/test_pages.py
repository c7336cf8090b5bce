"""Pages: every number in them is made by code, and none has fallen behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from khabar.corpus.store import Project
from khabar.errors import InputError
from khabar.hub.pages import BLOCKS, PAGES, render, stale_pages


def test_no_page_has_fallen_behind(project: Project) -> None:
    stale = [str(path.relative_to(project.root)) for path in stale_pages(project)]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("page", ["README.md", "DATASHEET.md", "annotation/guidelines.md"])
def test_every_page_that_should_hold_blocks_does(project: Project, page: str) -> None:
    assert "<!-- khabar:" in (project.root / page).read_text(encoding="utf-8")


def test_every_block_is_shown_somewhere(project: Project) -> None:
    pages = "".join((project.root / p).read_text(encoding="utf-8") for p in PAGES if (project.root / p).is_file())
    for name in BLOCKS:
        assert f"<!-- khabar:{name} -->" in pages


@pytest.mark.parametrize("page", ["README.md", "DATASHEET.md"])
def test_no_score_or_count_is_written_by_hand(project: Project, page: str) -> None:
    text = (project.root / page).read_text(encoding="utf-8")
    by_hand = re.sub(r"<!-- khabar:(\w+) -->.*?<!-- /khabar:\1 -->", "", text, flags=re.DOTALL)
    by_hand = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+", "", by_hand, flags=re.DOTALL)
    counted = re.findall(
        r"\d+(?:\.\d+)?\s*(?:%|percent|F1|sentences|words|events|arguments|attributions|documents)", by_hand
    )
    assert counted == []


def test_a_block_is_made_anew_and_the_rest_stays(project: Project) -> None:
    page = "# A\n\n<!-- khabar:leakage -->\nold\n<!-- /khabar:leakage -->\n\nend\n"
    made = render(page, project)
    assert made.startswith("# A\n\n<!-- khabar:leakage -->\nRuns of 8 words")
    assert made.endswith("<!-- /khabar:leakage -->\n\nend\n")
    assert render(made, project) == made


def test_an_unknown_block_is_told(project: Project) -> None:
    with pytest.raises(InputError, match="names the block 'weather'"):
        render("<!-- khabar:weather -->\n<!-- /khabar:weather -->", project)


def test_every_label_of_the_ontology_stands_in_the_guidelines_with_an_example(project: Project) -> None:
    guidelines = (project.root / "annotation" / "guidelines.md").read_text(encoding="utf-8")
    ontology = project.ontology
    labels = (*ontology.types, *ontology.roles, *ontology.attribution.stance, *ontology.realis, *ontology.polarity)
    for label in labels:
        (row,) = [line for line in guidelines.splitlines() if line.startswith(f"| `{label}` | <span")][:1]
        assert "**" in row


def test_links_between_pages_lead_somewhere(project: Project) -> None:
    for page in project.root.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / Path(target)).exists(), f"{page.name} links to {target}"
