"""Text from documents on a page."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring

from khabar.eval.report.shown import plain, shown

OVERRIDE = "\u202e"


def test_markup_is_shown_not_obeyed() -> None:
    assert shown("<script>alert('x')</script>") == "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"


@pytest.mark.parametrize("character", ["\u202e", "\u2067", "\u200f", "\u061c"])
def test_a_mark_of_direction_stays_alone_and_is_told(character: str) -> None:
    code = f"U+{ord(character):04X}"
    assert shown(f"a{character}b") == f'a<bdi class="control" data-code="{code}">{character}</bdi>b'


def test_a_control_character_is_replaced_by_its_code() -> None:
    assert shown("a\x00b") == 'a<bdi class="control" data-code="U+0000"></bdi>b'


def test_in_attributes_codes_stand_in_for_characters() -> None:
    assert plain(f"a{OVERRIDE}\x07") == "a⟨U+202E⟩⟨U+0007⟩"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_the_text_content_is_the_text(text: str) -> None:
    element = fragment_fromstring(str(shown(text)), create_parent="p")
    assert element.text_content() == html.unescape(html.escape(text))
