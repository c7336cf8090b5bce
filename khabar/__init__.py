"""khabar (خبر): Arabic news as documents that know what happened and who says so.

`import khabar` costs nothing: each name below is loaded when it is first used.

    >>> import khabar
    >>> document = khabar.load(path)
    >>> document.events[0].trigger.text
    'أطلقت'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Argument": "khabar.document",
    "Attribution": "khabar.document",
    "Document": "khabar.document",
    "Event": "khabar.document",
    "InputError": "khabar.errors",
    "Ontology": "khabar.ontology",
    "Sentence": "khabar.document",
    "Source": "khabar.document",
    "Span": "khabar.document",
    "dumps": "khabar.document",
    "load": "khabar.document",
    "load_ontology": "khabar.ontology",
    "loads": "khabar.document",
}

__all__ = ["__version__", *sorted(_HOME)]

if TYPE_CHECKING:
    from khabar.document import (
        Argument as Argument,
    )
    from khabar.document import (
        Attribution as Attribution,
    )
    from khabar.document import (
        Document as Document,
    )
    from khabar.document import (
        Event as Event,
    )
    from khabar.document import (
        Sentence as Sentence,
    )
    from khabar.document import (
        Source as Source,
    )
    from khabar.document import (
        Span as Span,
    )
    from khabar.document import (
        dumps as dumps,
    )
    from khabar.document import (
        load as load,
    )
    from khabar.document import (
        loads as loads,
    )
    from khabar.errors import InputError as InputError
    from khabar.ontology import Ontology as Ontology
    from khabar.ontology import load_ontology as load_ontology


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'khabar' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
