"""Arabic news text: sentences, tokens, and normalisation that never moves an offset.

Everything here takes text and gives places in that text, as code points, end exclusive. The text itself is never
changed: normalisation gives one string *a token*, beside the token's place.
"""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import regex

from khabar.document import Extent
from khabar.errors import InputError

# A token is a maximal run of letters, digits, marks and tatweel (a letter, Lm), or one other visible character.
# White space is what `str.isspace` says: \s and the four separators U+001C-001F.
_TOKEN = regex.compile(r"[\p{L}\p{Nd}\p{M}]++|[^\s\x1c-\x1f]")
# A sentence ends at a line break, or after . ؟ ! that white space follows (so never between digits: 9.50).
_SENTENCE_END = regex.compile(r"(?<=[.؟!])(?=[\s\x1f])|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_SURROGATE = regex.compile(r"[\ud800-\udfff]")

OPENING = "«“‘([{‹"
CLOSING = "»”’)]}›"
QUOTES = "\"'«»“”‘’‹›„‟/"


def require_text(text: str, name: str | None = None) -> str:
    """Gives `text` back if it is Unicode text that can be written as UTF-8.

    Raises:
        InputError: If it holds a lone surrogate; names the offset.
    """
    if found := _SURROGATE.search(text):
        code = ord(found.group())
        raise InputError(
            f"holds a lone surrogate (U+{code:04X}); write the text as UTF-8", name, f"offset {found.start()}"
        )
    return text


def tokens(text: str, cuts: Iterable[int] = (), start: int = 0, end: int | None = None) -> list[Extent]:
    """Splits text into tokens.

    Args:
        text: Any text.
        cuts: Offsets (code points) at which a word fused by a typing error is cut in two.
        start: Where to begin.
        end: Where to stop; the end of the text if None.

    Returns:
        The tokens' places in `text`, in order: maximal runs of letters, digits, marks and tatweel, and every other
        character that is not white space on its own.
    """
    end = len(text) if end is None else end
    found = [Extent(*match.span()) for match in _TOKEN.finditer(text, start, end)]
    for cut in sorted(set(cuts)):
        i = bisect_left(found, cut, key=lambda token: token.end)
        if i < len(found) and found[i].start < cut < found[i].end:
            found[i : i + 1] = [Extent(found[i].start, cut), Extent(cut, found[i].end)]
    return found


def is_word(text: str) -> bool:
    """Whether a token's text is a word or number, not a punctuation mark or symbol."""
    return bool(text) and (text[0].isalnum() or regex.match(r"\p{M}", text) is not None)


def word_tokens(text: str, cuts: Iterable[int] = (), start: int = 0, end: int | None = None) -> list[Extent]:
    """The tokens of a text that are words; arguments as of `tokens`."""
    return [place for place in tokens(text, cuts, start, end) if is_word(text[place.start : place.end])]


def sentences(text: str) -> list[Extent]:
    """Splits text into sentences.

    A line break always ends a sentence; so do `.`, `؟` and `!` before white space.

    Returns:
        The sentences' places, in order, without the white space around them; none is empty.
    """
    bounds = [0, *(match.start() for match in _SENTENCE_END.finditer(text)), len(text)]
    found = []
    for left, right in pairwise(bounds):
        piece = text[left:right]
        if stripped := piece.strip():
            start = left + len(piece) - len(piece.lstrip())
            found.append(Extent(start, start + len(stripped)))
    return found


# AraBERT v0.2's preprocessing (github.com/aub-mind/arabert, preprocess.py), rule by rule, in its order.
_PLACEHOLDERS: tuple[tuple[regex.Pattern[str], Callable[[str], str]], ...] = (
    (regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"), html.unescape),
    (regex.compile(r"</?[^<>\s][^<>]{0,500}>"), lambda _: ""),
    (regex.compile(r"(?:https?://|www\.)\S+"), lambda _: "[رابط]"),
    (regex.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"), lambda _: "[بريد]"),
    (regex.compile(r"(?<![\w@])@\w+"), lambda _: "[مستخدم]"),
)
_TASHKEEL_AND_TATWEEL = regex.compile(r"[\u064b-\u0652\u0640]")
_DIGITS = {ord(d): str(i % 10) for i, d in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_REPEATED = regex.compile(r"(\D)\1{2,}")
_REJECTED = regex.compile(
    r"[^0-9\u0621-\u063A\u0641-\u064A\u0653-\u066C\u0671-\u0674a-zA-Z\[\]!\"#$%'()*+,.:;\-<=·>?@\\^_`{|}~—٪’،؟‘؛“”»«–…]"
)
_LETTER_NEXT_TO_DIGIT = regex.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@lru_cache(maxsize=1 << 16)
def normalise_word(word: str) -> str:
    """Normalises one token as AraBERT v0.2 does.

    Harakat (U+064B-0652) and tatweel go; Arabic-Indic digits become ASCII; runs of more than two equal characters
    (digits excepted) become two; `/` becomes `-`; characters that AraBERT does not know (emoji, گ, ZWNJ, bidi marks,
    presentation forms) go; a space parts letters from digits. Alef and ya are not unified.

    Returns:
        The normalised text: empty where nothing is left, with spaces where letters and digits met.
    """
    word = _TASHKEEL_AND_TATWEEL.sub("", word).translate(_DIGITS)
    word = _REPEATED.sub(r"\1\1", word).replace("/", "-")
    word = _REJECTED.sub("", word)
    return _LETTER_NEXT_TO_DIGIT.sub(" ", word)


def normalise(text: str, words: Sequence[Extent]) -> list[str]:
    """Normalises the tokens of a text as AraBERT v0.2 does, without moving an offset.

    Args:
        text: Any text.
        words: Places in `text`, in order, as `tokens` gives them.

    Returns:
        One string a word. A web address, an e-mail address, a mention, an HTML entity or tag, which are several
        tokens, is replaced at its first token; its other tokens are empty.
    """
    normal = [normalise_word(text[word.start : word.end]) for word in words]
    if not words:
        return normal
    taken = [False] * len(words)
    left, right = words[0].start, words[-1].end
    for pattern, replacement in _PLACEHOLDERS:
        for match in pattern.finditer(text, left, right):
            first = bisect_left(words, match.start(), key=lambda word: word.start)
            last = bisect_left(words, match.end(), key=lambda word: word.start)
            if first == last or any(taken[first:last]):
                continue
            replaced = replacement(match.group())
            normal[first:last] = [replaced if i == first else "" for i in range(first, last)]
            taken[first:last] = [True] * (last - first)
    return normal


def normal_words(text: str) -> list[str]:
    """The words of a text, normalised, without punctuation: what near-duplicates and copied runs are compared by."""
    places = tokens(text)
    normal = normalise(text, places)
    return [n for place, n in zip(places, normal, strict=True) if n and is_word(text[place.start : place.end])]
