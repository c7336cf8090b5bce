"""Level 3, ontology: labels are the ontology's, and events are built as the annotation scheme says."""

from __future__ import annotations

from collections.abc import Iterator

from khabar.arabic import is_word
from khabar.corpus.checks_text import quoted
from khabar.corpus.incident import Checks, Finding
from khabar.corpus.subject import DocumentSubject
from khabar.document import Event

CHECKS: Checks[DocumentSubject] = Checks(level=3)


@CHECKS("ontology.type")
def _type(subject: DocumentSubject) -> Iterator[Finding]:
    """Every event's type is one of the ontology's."""
    for event in subject.document.events:
        if event.type not in subject.ontology.events:
            yield subject.finding(
                f"{event.id} has the type {quoted(event.type)}, which is unknown", event.trigger.start
            )


@CHECKS("ontology.polarity")
def _polarity(subject: DocumentSubject) -> Iterator[Finding]:
    """The polarity of every event and attribution is one of the ontology's."""
    ontology = subject.ontology
    for event in subject.document.events:
        if event.polarity not in ontology.polarity:
            yield _unknown(subject, event.id, "polarity", event.polarity, ontology.polarity, event.trigger.start)
    for a in subject.document.attributions:
        if a.polarity not in ontology.attribution.polarity:
            yield _unknown(subject, a.id, "polarity", a.polarity, ontology.attribution.polarity, a.anchor.start)


@CHECKS("ontology.realis")
def _realis(subject: DocumentSubject) -> Iterator[Finding]:
    """The realis of every event is one of the ontology's."""
    known = subject.ontology.realis
    for event in subject.document.events:
        if event.realis not in known:
            yield _unknown(subject, event.id, "realis", event.realis, known, event.trigger.start)


@CHECKS("ontology.stance")
def _stance(subject: DocumentSubject) -> Iterator[Finding]:
    """The stance of every attribution is one of the ontology's."""
    known = subject.ontology.attribution.stance
    for a in subject.document.attributions:
        if a.stance not in known:
            yield _unknown(subject, a.id, "stance", a.stance, known, a.anchor.start)


@CHECKS("ontology.role")
def _role(subject: DocumentSubject) -> Iterator[Finding]:
    """The event's type licenses the role of every argument."""
    for event in subject.document.events:
        # Of an unknown type (told by `ontology.type`) only the role itself can be judged.
        known = event.type in subject.ontology.events
        licensed = subject.ontology.events[event.type].roles if known else subject.ontology.roles
        for argument in event.arguments:
            if argument.role not in licensed:
                message = f"{event.type} {event.id} takes no {argument.role}: {quoted(argument.text)}"
                yield subject.finding(message, argument.start)


@CHECKS("ontology.one_word")
def _one_word(subject: DocumentSubject) -> Iterator[Finding]:
    """Every trigger and every cue is exactly one word."""
    marked = [(f"trigger of {e.id}", e.trigger) for e in subject.document.events]
    marked += [(f"cue of {a.id}", a.cue) for a in subject.document.attributions if a.cue is not None]
    text = subject.document.text
    for name, span in marked:
        # A span off the text is told by `text.offsets`, one that begins inside a word by `text.tokens`.
        end = subject.tokens.get(span.start) if span.end <= len(text) else None
        if end is not None and (span.end > end or not is_word(text[span.start : end])):
            yield subject.finding(f"{name} is not one word: {quoted(span.text)}", span.start)


@CHECKS("ontology.one_event")
def _one_event(subject: DocumentSubject) -> Iterator[Finding]:
    """One word carries at most one event."""
    last: Event | None = None
    for event in subject.document.events:
        if last is not None and event.trigger.start < last.trigger.end:
            message = f"{event.id} stands on the word of {last.id}: {quoted(event.trigger.text)}"
            yield subject.finding(message, event.trigger.start)
        if last is None or event.trigger.end > last.trigger.end:
            last = event


@CHECKS("ontology.own_trigger")
def _own_trigger(subject: DocumentSubject) -> Iterator[Finding]:
    """No argument contains its own trigger."""
    for event in subject.document.events:
        for argument in event.arguments:
            if argument.start < event.trigger.end and event.trigger.start < argument.end:
                message = f"{argument.role} of {event.id} contains its trigger: {quoted(argument.text)}"
                yield subject.finding(message, argument.start)


@CHECKS("ontology.argument_twice")
def _argument_twice(subject: DocumentSubject) -> Iterator[Finding]:
    """No phrase stands twice in one event with the same role."""
    for event in subject.document.events:
        seen = set()
        for argument in event.arguments:
            key = (argument.role, argument.extent)
            if key in seen:
                message = f"{argument.role} of {event.id} stands twice: {quoted(argument.text)}"
                yield subject.finding(message, argument.start)
            seen.add(key)


def _unknown(
    subject: DocumentSubject, name: str, label: str, value: str, known: tuple[str, ...], offset: int
) -> Finding:
    return subject.finding(f"{name} has the {label} {quoted(value)}, which is none of {', '.join(known)}", offset)
