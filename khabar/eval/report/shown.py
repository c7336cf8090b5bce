"""Text from documents, made fit for a page: escaped, and with nothing in it that could disorder the text around it."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# Marks that set the direction of text (Unicode Standard Annex 9), and controls that no page can show.
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_EITHER = re.compile(f"[{_DIRECTION}{_CONTROLS}]")
_ISOLATED = re.compile(f"[{_DIRECTION}]")


def shown(text: object) -> Markup:
    """Text as HTML.

    A mark that changes direction stays in the text, so that what is copied is what was written; it stands alone in an
    element that ends its effect, and its code is shown beside it. A control character is replaced by its code.
    """
    return Markup(_EITHER.sub(_told, str(escape(str(text)))))


def plain(text: object) -> str:
    """Text for an attribute or an option of a list, not yet escaped: every such character is replaced by its code."""
    return _EITHER.sub(lambda match: f"⟨{_code(match)}⟩", str(text))


def _told(match: re.Match[str]) -> str:
    kept = match.group() if _ISOLATED.match(match.group()) else ""
    return f'<bdi class="control" data-code="{_code(match)}">{kept}</bdi>'


def _code(match: re.Match[str]) -> str:
    return f"U+{ord(match.group()):04X}"
