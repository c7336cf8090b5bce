"""Cleaning: what an article's page brings along goes, line by line and told; the article stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khabar.corpus.clean import clean
from khabar.errors import InputError

BODY = "قُتل جنديان في هجوم على قاعدة في الشمال.\nوقال مصدر أمني إن المهاجمين فروا."


def dropped(raw: str) -> list[tuple[int, str]]:
    return [(line.line, line.reason) for line in clean(raw)[1]]


class TestWhatStays:
    def test_a_body_is_one_article_with_one_paragraph_a_line(self) -> None:
        articles, lines = clean(BODY.replace("\n", "\n\n \n"))
        assert [a.text for a in articles] == [BODY]
        assert (articles[0].title, articles[0].publisher, lines) == (None, None, [])

    def test_a_headline_is_the_first_line_and_the_title(self) -> None:
        (article,), _ = clean(f"هجوم على قاعدة في الشمال\n\n{BODY}")
        assert article.title == "هجوم على قاعدة في الشمال"
        assert article.text == f"{article.title}\n{BODY}"

    def test_sub_headlines_stay(self) -> None:
        (article,), lines = clean(f"{BODY}\n“هجوم فاشل”\n{BODY}")
        assert "“هجوم فاشل”" in article.text
        assert lines == []

    def test_a_sentence_that_ends_in_a_bracket_is_no_caption(self) -> None:
        raw = f"{BODY}\nأعلنت وزارة الدفاع الأميركية (البنتاغون)\nوقال آخرون (حوالي الساعة التاسعة)"
        assert dropped(raw) == []

    def test_white_space_is_folded_and_no_other_character_changes(self) -> None:
        raw = "قُتِلَ\u00a0 جنديان\t\tفي  “هجـــوم”.\r\nانتهى."
        assert clean(raw)[0][0].text == "قُتِلَ جنديان في “هجـــوم”.\nانتهى."

    @given(st.lists(st.text(st.sampled_from("ابتجد 12،"), min_size=1, max_size=20).map(lambda t: f"خبر {t} انتهى.")))
    def test_every_kept_character_is_the_same_as_before(self, lines: list[str]) -> None:
        kept = "\n".join(a.text for a in clean("\n".join(lines))[0])
        told = "".join(line.text for line in clean("\n".join(lines))[1])
        visible = [c for line in lines for c in line if not c.isspace()]
        assert len([c for c in kept + told if not c.isspace()]) == len(visible)


class TestWhatGoes:
    @pytest.mark.parametrize(
        ("line", "publisher"),
        [
            ("المصدر: الحرة", "الحرة"),
            ("المصدر : الجزيرة + وكالات", "الجزيرة + وكالات"),
            ("مصدر: وكالات", "وكالات"),
            ("المصدر", None),
        ],
    )
    def test_a_credit_line_becomes_the_publisher(self, line: str, publisher: str | None) -> None:
        (article,), _ = clean(f"{BODY}\n\n{line}")
        assert (article.text, article.publisher) == (BODY, publisher)
        assert dropped(f"{BODY}\n\n{line}") == [(4, "credit")]

    def test_a_sentence_about_a_source_is_no_credit_line(self) -> None:
        assert dropped(f"المصدر الأمني أكد وقوع الهجوم.\n{BODY}") == []

    @pytest.mark.parametrize(
        "line",
        ["[ad_1]", "[ad_2]", "Your browser does not support the video tag.", "إعلان", "***", "[caption id=3]", "---"],
    )
    def test_advertising_and_player_residue_goes(self, line: str) -> None:
        assert dropped(f"{BODY}\n{line}\n{BODY}") == [(3, "residue")]

    def test_a_headline_printed_twice_stays_once(self) -> None:
        assert dropped(f"هجوم على قاعدة\n\nهجوم على قاعدة\n\n{BODY}") == [(3, "repeated")]

    @pytest.mark.parametrize(
        "credit", ["غيتي - أرشيفية", "أسوشيتد برس-أرشيف", "رويترز", "مواقع التواصل الإجتماعي", "أ ف ب", "Getty Images"]
    )
    def test_a_caption_goes_with_its_credit(self, credit: str) -> None:
        assert dropped(f"عنوان الخبر\nجنود في القاعدة ({credit})\n{BODY}") == [(2, "caption")]

    def test_the_alternative_text_before_a_caption_goes_too(self) -> None:
        raw = f"عنوان الخبر\nانفجار ضخم في قاعدة جنوبي بغداد\nانفجار ضخم في قاعدة السبت جنوبي بغداد (رويترز)\n{BODY}"
        assert dropped(raw) == [(2, "caption"), (3, "caption")]

    def test_a_list_of_related_headlines_goes_with_its_heading(self) -> None:
        raw = f"{BODY}\nمقالات مشابهة\n  • خبر أول\n  • خبر ثان.\n"
        assert dropped(raw) == [(3, "related"), (4, "related"), (5, "related")]

    def test_headlines_without_bullets_go_too(self) -> None:
        assert dropped(f"{BODY}\nأخبار ذات صلة\nخبر أول\nخبر ثان") == [(3, "related"), (4, "related"), (5, "related")]


class TestSecondArticles:
    @pytest.mark.parametrize("heading", ["إقرأ أيضاً:", "اقرأ أيضا", "أقرأ أيضًا :", "شاهد أيضا:"])
    def test_an_article_under_read_also_is_one_of_its_own(self, heading: str) -> None:
        articles, lines = clean(f"{BODY}\nالمصدر: الحرة\n{heading}\nتفكيك جهاز تجسس\n{BODY}")
        assert [(a.title, a.publisher) for a in articles] == [(None, "الحرة"), ("تفكيك جهاز تجسس", None)]
        assert [line.reason for line in lines] == ["credit", "related"]

    def test_a_body_that_goes_on_after_a_list_in_its_middle_is_cut_from_nothing(self) -> None:
        articles, _ = clean(f"{BODY}\nإقرأ أيضاً:\n• خبر أول\n• خبر ثان\nوعاد الهدوء إلى البلدة.")
        assert [a.text for a in articles] == [f"{BODY}\nوعاد الهدوء إلى البلدة."]


def test_text_without_an_article_gives_none() -> None:
    assert clean(" \n[ad_1]\n\nالمصدر: الحرة")[0] == []


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InputError, match="lone surrogate"):
        clean("خبر\ud800")


def test_a_text_of_ten_megabytes_is_cleaned_whole() -> None:
    articles, lines = clean(BODY.replace("\n", " ") * 100_000)
    assert (len(articles), lines) == (1, [])
    assert len(articles[0].text.encode()) > 10_000_000
