"""Sentences, tokens and normalisation: offsets always hold, whatever the text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from khabar.arabic import is_word, normal_words, normalise, normalise_word, require_text, sentences, tokens
from khabar.document import Extent
from khabar.errors import InputError

PIECES = [
    "صواريخ",
    "قُتِلَ",  # harakat
    "مُسيَّرة",
    "العـــراق",  # tatweel
    "١٢٫٥",  # Arabic-Indic digits and decimal sign
    "9.50",
    "كوفيد19",
    "می\u200cخواهم",  # ZWNJ
    "\u200fمقتل\u200e",  # bidi marks
    "🚀",
    "👨‍👩‍👧",
    unicodedata.normalize("NFD", "أُصيب إنّ آخر"),
    "\r\n",
    "\n",
    "\u00a0",
    "C-130 Hercules",
    "“هجوم فاشل”.",
    "؟",
    "!",
    ".",
    "/عين الأسد/",
    "&quot;",
    "<br />",
    "https://example.org/أخبار",
    "@khabar",
    "a.b@example.org",
    " ",
    "،",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.text(max_size=60),
)


class TestSentences:
    def test_a_line_break_and_final_marks_before_white_space_end_a_sentence(self) -> None:
        text = "عنوان\nقُتل ثلاثة. هل أصيب أحد؟ نعم! انتهى"
        found = [text[s.start : s.end] for s in sentences(text)]
        assert found == ["عنوان", "قُتل ثلاثة.", "هل أصيب أحد؟", "نعم!", "انتهى"]

    def test_a_mark_between_digits_ends_nothing(self) -> None:
        assert len(sentences("الساعة 9.50 مساء (18.50 بتوقيت جرينتش).")) == 1

    def test_a_mark_before_a_closing_quotation_mark_ends_nothing(self) -> None:
        assert len(sentences('قال "لم نصب." ثم غادر.')) == 1

    @pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x85"])
    def test_every_kind_of_line_break_counts(self, line_break: str) -> None:
        assert len(sentences(f"خبر{line_break}آخر")) == 2

    @given(TEXTS)
    def test_sentences_hold_every_visible_character_once_and_never_touch_white_space(self, text: str) -> None:
        found = sentences(text)
        covered = [i for s in found for i in range(s.start, s.end)]
        assert covered == sorted(set(covered))
        assert {i for i, c in enumerate(text) if not c.isspace()} <= set(covered)
        assert all(text[s.start : s.end] == text[s.start : s.end].strip() != "" for s in found)

    @given(TEXTS)
    def test_no_token_crosses_a_sentence(self, text: str) -> None:
        bounds = sentences(text)
        assert all(any(s.start <= t.start and t.end <= s.end for s in bounds) for t in tokens(text))


class TestTokens:
    def test_letters_digits_marks_and_tatweel_run_together_and_all_else_stands_alone(self) -> None:
        text = "قُتِلَ 34 في /العـراق/ (كوفيد19)."
        assert [text[t.start : t.end] for t in tokens(text)] == [
            "قُتِلَ", "34", "في", "/", "العـراق", "/", "(", "كوفيد19", ")", ".",
        ]  # fmt: skip

    def test_a_joiner_stands_alone_and_white_space_is_never_a_token(self) -> None:
        text = "می\u200cخواهم\u00a0خبر\u3000."
        assert [text[t.start : t.end] for t in tokens(text)] == ["می", "\u200c", "خواهم", "خبر", "."]

    def test_a_cut_splits_a_fused_word(self) -> None:
        text = "وذكرالجيش اللبناني"
        assert [text[t.start : t.end] for t in tokens(text, cuts=[4])] == ["وذكر", "الجيش", "اللبناني"]

    def test_a_cut_at_a_bound_or_outside_changes_nothing(self) -> None:
        text = "وذكر الجيش"
        assert tokens(text, cuts=[0, 4, 5, 10, 99]) == tokens(text)

    def test_a_part_of_a_text_keeps_the_offsets_of_the_whole(self) -> None:
        text = "قال مصدر. وأضاف."
        assert tokens(text, start=10, end=16) == [Extent(10, 15), Extent(15, 16)]

    @given(TEXTS, st.lists(st.integers(0, 80), max_size=4))
    @example("وذكرالجيش", [2, 4, 4, 6])
    def test_tokens_hold_every_visible_character_once_in_order(self, text: str, cuts: list[int]) -> None:
        covered = [i for t in tokens(text, cuts) for i in range(t.start, t.end)]
        assert covered == [i for i, c in enumerate(text) if not c.isspace()]

    @given(TEXTS)
    def test_nothing_that_marks_or_letters_form_is_ever_split(self, text: str) -> None:
        runs = {"L", "M"}
        for left, right in zip(tokens(text), tokens(text)[1:], strict=False):
            if left.end == right.start:
                kinds = {unicodedata.category(text[left.end - 1])[0], unicodedata.category(text[right.start])[0]}
                assert not kinds <= runs

    def test_words_and_numbers_are_words_and_marks_are_not(self) -> None:
        assert [is_word(t) for t in ("خبر", "34", "C", "،", "“", "🚀", "")] == [True, True, True] + [False] * 4


class TestNormalisation:
    @pytest.mark.parametrize(
        ("word", "normal"),
        [
            ("قُتِلَ", "قتل"),
            ("العـــراق", "العراق"),
            ("١٢٣", "123"),
            ("۴۵", "45"),
            ("هههههه", "هه"),
            ("1000000", "1000000"),
            ("كوفيد19", "كوفيد 19"),
            ("/", "-"),
            ("گ", ""),
            ("🚀", ""),
            ("\u200f", ""),
            ("أإآى", "أإآى"),  # alef and ya are not unified
            ("“", "“"),
        ],
    )
    def test_a_word_is_normalised_as_arabert_does(self, word: str, normal: str) -> None:
        assert normalise_word(word) == normal

    @pytest.mark.parametrize(
        ("text", "normal"),
        [
            ("زوروا https://example.org/a?b=1 الآن", ["زوروا", "[رابط]", "الآن"]),
            ("راسل a.b@example.org اليوم", ["راسل", "[بريد]", "اليوم"]),
            ("كتب @khabar هنا", ["كتب", "[مستخدم]", "هنا"]),
            ("قال &quot;نعم&quot;", ["قال", '"', "نعم", '"']),
            ("سطر<br />آخر", ["سطر", "آخر"]),
        ],
    )
    def test_what_spans_tokens_is_replaced_at_its_first_token(self, text: str, normal: list[str]) -> None:
        assert [n for n in normalise(text, tokens(text)) if n] == normal

    @given(TEXTS)
    def test_there_is_one_string_a_token_and_twice_is_once(self, text: str) -> None:
        places = tokens(text)
        normal = normalise(text, places)
        assert len(normal) == len(places)
        for n in (normalise_word(text[p.start : p.end]) for p in places):
            assert normalise_word(n) == n

    def test_words_to_compare_have_no_marks_and_no_punctuation(self) -> None:
        assert normal_words("قُتل، 3 جنود!") == ["قتل", "3", "جنود"]


class TestUnicode:
    def test_a_lone_surrogate_is_refused_with_its_place(self) -> None:
        with pytest.raises(InputError, match=r"raw\.txt: offset 3: holds a lone surrogate \(U\+D83D\)"):
            require_text("خبر\ud83d", "raw.txt")

    def test_other_text_is_given_back(self) -> None:
        assert require_text("خبر 🚀") == "خبر 🚀"


def test_ten_megabytes_in_one_line_take_seconds() -> None:
    line = "قُتل 3 جنود في هجوم صاروخي قرب قاعدة عين الأسد، وفقا لرويترز. " * 95_000
    assert len(line.encode()) > 10_000_000
    started = time.perf_counter()
    assert len(sentences(line)) == 95_000
    assert len(normalise(line, tokens(line))) == 95_000 * 14
    assert time.perf_counter() - started < 30
