"""Raw article text to clean articles: what is body and headline stays, what is not goes, and every line is told.

Cleaning drops lines and folds white space; it changes no other character of what it keeps. The rules are those of
section 6 of the annotation scheme, written for news text in general.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import regex

from khabar.arabic import require_text, tokens

_LINE_BREAK = regex.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_WHITE_SPACE = regex.compile(r"\s+")
_INVISIBLE_EDGE = "\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069 "
_SENTENCE_FINAL = regex.compile(r"[.؟!…][\"'»”’)\]]*$")
_BULLET = regex.compile(r"^[•●▪◦‣·*\-–—]\s+\S")

_CREDIT = regex.compile(r"^(?:ال)?(?:مصدر|مصادر)\s*(?::|：|-|–)\s*(?P<publisher>\S.*)$|^المصدر\s*[:：]?$")
_RESIDUE = regex.compile(
    r"^\[/?\w+(?:\s[^\]]*)?\]$"  # shortcodes: [ad_1], [/caption]
    r"|your browser does not support|enable javascript|^advertisement$|^\(?إعلان\)?$|^الإعلانات$"
    r"|^شارك(?:ها)?(?:\s+(?:المقال|الخبر|هذا))*\s*[:：]?$|^\W*$",
    regex.IGNORECASE,
)
# "Read also", "similar articles", …: what follows is either a list of headlines or a second article.
_MORE = regex.compile(
    r"^(?:[إاأ]قر[أا]\s+(?:[أا]يضا?[ًا]*|المزيد)|شاهد\s+[أا]يضا?[ًا]*|(?:مقالات|مواضيع|موضوعات|[أا]خبار|مواد)\s+"
    r"(?:مشابهة|ذات\s+صلة|متعلقة|مرتبطة|[أا]خرى)|قد\s+يهمك(?:\s+[أا]يضا?[ًا]*)?|للمزيد|المزيد)\s*[:：]?$"
)
# What a picture is credited to, between the brackets that end a caption.
_PICTURE_CREDIT = regex.compile(
    r"غيتي|جيتي|رويترز|[أا]سوشي?يتد|فرانس|الفرنسية|الأناضول|الأوروبية|أ\s?[.]?\s?ف\s?[.]?\s?ب|أ\s?[.]?\s?ب\b|"
    r"[أا]رشيف|وكالات|وكالة|مواقع التواصل|التواصل الاجتماعي|التواصل الإجتماعي|الجزيرة|صورة|تصوير|"
    r"getty|reuters|afp|associated press|\bap\b|epa|anadolu|shutterstock|social media",
    regex.IGNORECASE,
)
_TRAILING_BRACKET = regex.compile(r"\((?P<credit>[^()]{2,60})\)$")
_HEADLINE_WORDS = 25


@dataclass(frozen=True)
class Dropped:
    """A line that cleaning left out.

    Attributes:
        line: Its number in the raw text, from 1.
        reason: Why, in a word or two.
        text: The line itself.
    """

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Article:
    """A clean article.

    Attributes:
        text: Headline and body, one paragraph a line.
        title: The headline, which is also the first line of `text`; None if the article opens without one.
        publisher: What the credit line names; None without one.
    """

    text: str
    title: str | None
    publisher: str | None


@dataclass
class _Draft:
    lines: list[str] = field(default_factory=list)
    publisher: str | None = None

    def finished(self) -> Article:
        first = self.lines[0]
        return Article("\n".join(self.lines), first if self._opens_with_headline() else None, self.publisher)

    def _opens_with_headline(self) -> bool:
        return len(self.lines) > 1 and _is_headline(self.lines[0])


@dataclass(frozen=True)
class _Line:
    number: int
    text: str


def clean(raw: str) -> tuple[list[Article], list[Dropped]]:
    """Cleans the raw text of a file.

    Args:
        raw: The text as it was found; any line breaks.

    Returns:
        The articles in it, in order: more than one where a second one is pasted under a "read also" line. And the
        lines that were left out, each with its reason; lines of white space are not told.

    Raises:
        InputError: If the text holds a lone surrogate.
    """
    require_text(raw)
    lines = [_Line(i, _fold(line)) for i, line in enumerate(_LINE_BREAK.split(raw), 1)]
    lines = [line for line in lines if line.text]
    drafts, dropped = [_Draft()], []
    position = 0
    while position < len(lines):
        line = lines[position]
        draft = drafts[-1]
        position += 1
        if _MORE.match(line.text):
            following = _headline_list(lines, position)
            dropped.append(Dropped(line.number, "related", line.text))
            dropped += (Dropped(item.number, "related", item.text) for item in lines[position:following])
            if following == position and draft.lines:  # no list: a second article
                drafts.append(_Draft())
            position = following
        elif credit := _CREDIT.match(line.text):
            draft.publisher = draft.publisher or credit["publisher"]
            dropped.append(Dropped(line.number, "credit", line.text))
        elif _RESIDUE.search(line.text):
            dropped.append(Dropped(line.number, "residue", line.text))
        elif draft.lines and line.text == draft.lines[-1]:
            dropped.append(Dropped(line.number, "repeated", line.text))
        elif reason := _caption(lines, position - 1):
            dropped.append(Dropped(line.number, reason, line.text))
        else:
            draft.lines.append(line.text)
    return [draft.finished() for draft in drafts if draft.lines], dropped


def _fold(line: str) -> str:
    return _WHITE_SPACE.sub(" ", line).strip().strip(_INVISIBLE_EDGE)


def _is_headline(line: str) -> bool:
    return not _SENTENCE_FINAL.search(line) and len(line.split()) <= _HEADLINE_WORDS


def _headline_list(lines: Sequence[_Line], start: int) -> int:
    """Where the list of headlines that begins at `start` ends; `start` itself if an article follows."""
    end = start
    while end < len(lines) and _BULLET.match(lines[end].text):
        end += 1
    if end > start:
        return end
    # Without bullets: headlines up to the end, or up to the next heading, are a list; a body makes it an article.
    while end < len(lines) and not _MORE.match(lines[end].text):
        if _SENTENCE_FINAL.search(lines[end].text) or len(lines[end].text.split()) > _HEADLINE_WORDS:
            return start
        end += 1
    return end


def _caption(lines: Sequence[_Line], i: int) -> str | None:
    """Why line `i` is a picture's caption, or the alternative text that stands right before one; None if neither."""
    if _has_picture_credit(lines[i].text):
        return "caption"
    if i + 1 < len(lines) and _has_picture_credit(lines[i + 1].text) and _is_headline(lines[i].text):
        alternative, caption = _words(lines[i].text), _words(lines[i + 1].text.rsplit("(", 1)[0])
        if alternative and len(alternative & caption) / len(alternative | caption) >= 0.8:
            return "caption"
    return None


def _has_picture_credit(line: str) -> bool:
    found = _TRAILING_BRACKET.search(line)
    return found is not None and _PICTURE_CREDIT.search(found["credit"]) is not None


def _words(line: str) -> set[str]:
    return {line[token.start : token.end] for token in tokens(line)}
