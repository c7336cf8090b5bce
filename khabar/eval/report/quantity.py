"""Numbers in Arabic phrases: how many, of what, and whether two accounts can both be right.

Enough for counted nouns in news (`خمسة صواريخ على الأقل`, `ما لا يقل عن 34`, `نحو 2500 عسكري`, `عدة صواريخ`); a phrase
that it does not understand has no number, and nothing is said about it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from khabar.arabic import is_word, normalise_word, tokens

_UNITS = (
    *(("واحد", 1), ("واحده", 1), ("احد", 1), ("احدي", 1), ("اثنان", 2), ("اثنين", 2)),
    *(("اثنا", 2), ("اثني", 2), ("اثنتان", 2), ("اثنتين", 2), ("اثنتا", 2), ("اثنتي", 2)),
    *(("ثلاثه", 3), ("ثلاث", 3), ("اربعه", 4), ("اربع", 4), ("خمسه", 5), ("خمس", 5), ("سته", 6), ("ست", 6)),
    *(("سبعه", 7), ("سبع", 7), ("ثمانيه", 8), ("ثماني", 8), ("ثمان", 8), ("تسعه", 9), ("تسع", 9)),
    *(("عشره", 10), ("عشر", 10), ("عشرون", 20), ("عشرين", 20), ("ثلاثون", 30), ("ثلاثين", 30)),
    *(("اربعون", 40), ("اربعين", 40), ("خمسون", 50), ("خمسين", 50), ("ستون", 60), ("ستين", 60)),
    *(("سبعون", 70), ("سبعين", 70), ("ثمانون", 80), ("ثمانين", 80), ("تسعون", 90), ("تسعين", 90)),
    *(("مئه", 100), ("مائه", 100), ("مئتان", 200), ("مئتين", 200), ("مائتين", 200), ("الفان", 2000), ("الفين", 2000)),
)
_NUMBERS = dict(_UNITS)
_MULTIPLIERS = {"مئه": 100, "مائه": 100, "الف": 1000, "الاف": 1000, "الفا": 1000, "مليون": 10**6, "ملايين": 10**6}
# Words that stand for a number nobody counted, and the fewest that they can mean.
_VAGUE = {"عده": 3, "بضعه": 3, "بضع": 3, "عشرات": 20, "مئات": 200, "الاف": 2000, "ملايين": 2 * 10**6}
# Told before the number, longest first; the sign is what is shown.
_BEFORE = (
    (("ما", "لا", "يقل", "عن"), "≥"),
    (("ما", "يقرب", "من"), "≈"),
    (("اكثر", "من"), ">"),
    (("اقل", "من"), "<"),
    (("نحو",), "≈"),
    (("حوالي",), "≈"),
    (("قرابه",), "≈"),
    (("زهاء",), "≈"),
)
_AFTER = ((("علي", "الاقل"), "≥"), (("علي", "الاكثر"), "≤"))
_ABOUT = 0.2  # how far "about" reaches, to either side

_THOUSANDS = re.compile(r"(?<=\d)[,٬](?=\d{3}(?!\d))")
_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "ء", "ـ": None})


@dataclass(frozen=True)
class Quantity:
    """How many of something.

    Attributes:
        sign: `=`, `≥`, `>`, `≤`, `<`, `≈`, or `several` for a word like `عدة`.
        value: The number; for `several`, the fewest that the word can mean.
        noun: What is counted, without article and clitics; empty where nothing follows.
        word: The vague word as it stands, else empty.
    """

    sign: str
    value: int
    noun: str = ""
    word: str = ""

    @property
    def range(self) -> tuple[float, float]:
        """The fewest and the most that it allows."""
        about = (self.value * (1 - _ABOUT), self.value * (1 + _ABOUT))
        return {
            "≥": (self.value, math.inf),
            ">": (self.value + 1, math.inf),
            "≤": (0, self.value),
            "<": (0, self.value - 1),
            "≈": about,
            "several": (self.value, math.inf),
        }.get(self.sign, (self.value, self.value))

    def contradicts(self, other: Quantity) -> bool:
        """Whether no number fits both."""
        return max(self.range[0], other.range[0]) > min(self.range[1], other.range[1])

    def __str__(self) -> str:
        if self.sign == "several":
            return self.word
        return f"{'' if self.sign == '=' else self.sign}{self.value:,}"


def quantity(phrase: str) -> Quantity | None:
    """Reads the first number of a phrase.

    Args:
        phrase: An argument's text.

    Returns:
        The number; None where there is none. `صاروخ على الأقل` is at least one; the dual of the feminine (`طائرتين`)
        is two.
    """
    words = _words(phrase)
    ended, sign_after = _ending(words)
    words = words[:ended]
    for i in range(len(words)):
        sign, at = _beginning(words, i)
        if at == len(words):
            return None
        if (bare := _bare(words[at], _VAGUE)) is not None:
            return Quantity("several", _VAGUE[bare], _noun(words[at + 1 :]), phrase.split()[0] if at == 0 else bare)
        value, rest = _number(words, at)
        if value is not None:
            return Quantity(sign or sign_after or "=", value, _noun(words[rest:]))
        if _dual(words[at]):
            return Quantity(sign or sign_after or "=", 2, _noun(words[at:]))
    return Quantity(sign_after, 1, _noun(words)) if sign_after and words else None


def _words(phrase: str) -> list[str]:
    found: list[str] = []
    phrase = _THOUSANDS.sub("", phrase)
    for place in tokens(phrase):
        token = phrase[place.start : place.end]
        if is_word(token):
            found += normalise_word(token).translate(_LETTERS).split()
    return [word for word in found if word not in {"و", "ب", "ل", "ف", "ك"}]


def _ending(words: Sequence[str]) -> tuple[int, str | None]:
    for pattern, sign in _AFTER:
        if tuple(words[-len(pattern) :]) == pattern:
            return len(words) - len(pattern), sign
    return len(words), None


def _beginning(words: Sequence[str], i: int) -> tuple[str | None, int]:
    for pattern, sign in _BEFORE:
        first, *others = words[i : i + len(pattern)] or [""]
        if tuple(others) == pattern[1:] and (first == pattern[0] or first[1:] == pattern[0]):
            return sign, i + len(pattern)
    return None, i


def _number(words: Sequence[str], i: int) -> tuple[int | None, int]:
    """The value of the numeral at `i`, and where it ends: digits or words, units before tens, then a multiplier."""
    total: int | None = None
    while i < len(words):
        joined = total is None or words[i].startswith("و") or words[i] in {"عشر", "عشره"}
        value = _value(words[i]) if joined else None
        if value is None:
            break
        total = (total or 0) + value
        i += 1
        if i < len(words) and words[i] in _MULTIPLIERS:
            total *= _MULTIPLIERS[words[i]]
            i += 1
    return total, i


def _value(word: str) -> int | None:
    if word.isdecimal():
        return int(word)
    bare = _bare(word, _NUMBERS)
    return None if bare is None else _NUMBERS[bare]


def _bare(word: str, known: dict[str, int]) -> str | None:
    """The word as `known` has it, without a conjunction or preposition and the article; None if it is not there."""
    candidates = (word, word[1:] if word[:1] in set("وبلفك") else word)
    for candidate in candidates:
        for form in (candidate, candidate.removeprefix("ال")):
            if form in known:
                return form
    return None


def _dual(word: str) -> bool:
    return len(word) > 5 and word.endswith(("تين", "تان")) and not word.startswith("ال")


def _noun(words: Sequence[str]) -> str:
    """The counted noun: the next word that is no preposition, without clitics and article."""
    word = next((w for w in words if w not in {"من", "علي"}), "")
    if len(word) > 4 and word[0] in "وبل" and not word.startswith("ال"):
        word = word[1:]
    return word.removeprefix("ال")
