"""What a check is, and what it tells: an incident, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

Severity = Literal["error", "warning", "info"]
"""An error fails; a warning fails only when asked to; an info is told and never fails."""

Subject = TypeVar("Subject")
"""What a check looks at: a file, a document, or a collection of documents (see `khabar.corpus.subject`)."""


@dataclass(frozen=True)
class Incident:
    """One place that breaks one rule.

    Attributes:
        check: Id of the check (`text.slice`).
        level: The check's level, 1 to 6.
        severity: Whether it fails.
        document: Id of the document; None where a file could not be read, or the whole collection is meant.
        file: The file; None for documents that came from none.
        offset: Where in the document's text, in code points; None if nowhere in particular.
        message: What is wrong, in one line.
    """

    check: str
    level: int
    severity: Severity
    document: str | None
    file: str | None
    offset: int | None
    message: str

    def __str__(self) -> str:
        """The incident as a line: `id level document offset message`, with `-` for what is None."""
        offset = "-" if self.offset is None else self.offset
        told = self.message if self.severity == "error" else f"{self.severity}: {self.message}"
        return f"{self.check} {self.level} {self.document or '-'} {offset} {told}"


class Finding(NamedTuple):
    """What a check found: the part of an incident that the check alone knows; fields as in `Incident`."""

    message: str
    offset: int | None = None
    document: str | None = None
    file: str | None = None


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """One rule.

    Attributes:
        id: Its name: the idea of its level, a dot, the rule (`text.slice`).
        level: 1 well-formed, 2 text, 3 ontology, 4 links, 5 corpus, 6 consistency.
        severity: How bad it is to break it.
        in_corpus: How bad it is in a corpus (level 5), where more is asked than of a draft or a prediction.
        doc: The rule, in one line.
        find: Gives the places that break it.
    """

    id: str
    level: int
    severity: Severity
    in_corpus: Severity
    doc: str
    find: Callable[[Subject], Iterable[Finding]]

    def incidents(self, subject: Subject, corpus: bool = False) -> Iterator[Incident]:
        """Looks at `subject`, as part of a corpus or not; gives an incident for every place that breaks the rule."""
        severity = self.in_corpus if corpus else self.severity
        for found in self.find(subject):
            yield Incident(self.id, self.level, severity, found.document, found.file, found.offset, found.message)


class Checks(Generic[Subject]):
    """The checks of one level and one kind of subject; a function becomes one by decoration, its docstring the rule.

    Args:
        level: The level of all of them.
    """

    def __init__(self, level: int):
        self.level = level
        self._checks: list[Check[Subject]] = []

    def __iter__(self) -> Iterator[Check[Subject]]:
        return iter(self._checks)

    def __call__(
        self, name: str, severity: Severity = "error", in_corpus: Severity | None = None
    ) -> Callable[[Callable[[Subject], Iterable[Finding]]], Callable[[Subject], Iterable[Finding]]]:
        """Registers the decorated function as the check `name`; `in_corpus` is `severity` unless given."""

        def register(find: Callable[[Subject], Iterable[Finding]]) -> Callable[[Subject], Iterable[Finding]]:
            doc = (find.__doc__ or "").strip()
            self._checks.append(Check(name, self.level, severity, in_corpus or severity, doc, find))
            return find

        return register

    def incidents(self, subject: Subject, corpus: bool = False) -> list[Incident]:
        """Everything that these checks find in `subject`."""
        return [incident for check in self for incident in check.incidents(subject, corpus)]
