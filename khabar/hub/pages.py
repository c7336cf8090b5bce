"""Pages whose numbers and tables are made by code: README, datasheet, guidelines.

A page holds blocks, `<!-- khabar:NAME -->` … `<!-- /khabar:NAME -->`; what stands between the two lines is made from
the corpus, the agreement and the ledger. `python -m khabar.hub.pages` makes them anew; a test fails where a page has
fallen behind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import regex

from khabar.corpus.store import Project, find_project, write_atomic
from khabar.errors import InputError
from khabar.hub.label_tables import LABEL_BLOCKS
from khabar.hub.number_tables import NUMBER_BLOCKS
from khabar.hub.score_tables import SCORE_BLOCKS

PAGES = (
    "README.md",
    "DATASHEET.md",
    "annotation/guidelines.md",
    "training/README.md",
    "eval/README.md",
    "corpus/authored/README.md",
)
"""Pages that may hold blocks, relative to the project."""

BLOCKS: Mapping[str, Callable[[Project], str]] = LABEL_BLOCKS | NUMBER_BLOCKS | SCORE_BLOCKS
"""What makes each block: takes the project, gives Markdown without the marks."""

_BLOCK = regex.compile(
    r"(?P<open><!-- khabar:(?P<name>\w+) -->\n).*?(?P<close><!-- /khabar:(?P=name) -->)", regex.DOTALL
)


def render(page: str, project: Project, name: str = "page") -> str:
    """A page with every block made anew.

    Args:
        page: The page's Markdown.
        project: Where the numbers come from.
        name: What to call the page in an error.

    Raises:
        InputError: If the page names a block that nothing makes.
    """

    def block(match: regex.Match[str]) -> str:
        if match["name"] not in BLOCKS:
            raise InputError(f"names the block {match['name']!r}; there are {', '.join(sorted(BLOCKS))}", name)
        return f"{match['open']}{BLOCKS[match['name']](project).strip()}\n{match['close']}"

    return _BLOCK.sub(block, page)


def stale_pages(project: Project) -> dict[Path, str]:
    """The pages that have fallen behind, and what they should say."""
    fresh = {}
    for name in PAGES:
        path = project.root / name
        if path.is_file():
            page = path.read_text(encoding="utf-8")
            made = render(page, project, name)
            if made != page:
                fresh[path] = made
    return fresh


def main() -> int:
    """Makes the pages of the project around the working directory anew; tells which changed."""
    for path, page in stale_pages(find_project()).items():
        write_atomic(path, page)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
