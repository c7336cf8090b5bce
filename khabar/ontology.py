"""Types, roles and labels, read from `corpus/ontology.yaml` and written nowhere else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from khabar.errors import InputError
from khabar.yaml_file import parse_yaml, read_text

Position = Literal["affirms", "denies", "unsure", "demands"]
"""How a source can stand to what it speaks of."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class EventType(_Frozen):
    """What one event type is called and which roles its arguments may have.

    Attributes:
        arabic: The type's name in Arabic, for annotators.
        ace: The nearest ACE 2005 type (`Conflict.Attack`), or None.
        roles: Roles that the type licenses, in the ontology's order.
    """

    arabic: str
    ace: str | None = None
    roles: tuple[str, ...]


class AttributionLabels(_Frozen):
    """The labels of the attribution layer.

    Attributes:
        mentions: Kinds of span: the cue, the source, the channel, in this order.
        polarity: Values of an attribution's polarity.
        stance: Values of an attribution's stance.
        positions: How a source of a stance stands to what it speaks of; of a stance that is not named it affirms it.
    """

    mentions: tuple[str, str, str]
    polarity: tuple[str, ...] = Field(min_length=1)
    stance: tuple[str, ...] = Field(min_length=1)
    positions: dict[str, Position] = Field(default_factory=dict)


class Ontology(_Frozen):
    """The labels of one project.

    Attributes:
        version: Version of the annotation scheme.
        roles: All argument roles.
        events: Event types by name, in the order in which they are shown.
        polarity: Values of an event's polarity; the first is the unmarked one.
        realis: Values of an event's realis; the first is the unmarked one.
        attribution: Labels of the attribution layer; the first stance is the unmarked one.
        uncounted: Roles whose numbers are dates or hours, not counts that sources can dispute.
    """

    version: int
    roles: tuple[str, ...]
    events: dict[str, EventType] = Field(min_length=1)
    polarity: tuple[str, ...] = Field(min_length=1)
    realis: tuple[str, ...] = Field(min_length=1)
    attribution: AttributionLabels
    uncounted: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _labels_are_sound(self) -> Ontology:
        for name, event in self.events.items():
            unknown = [role for role in event.roles if role not in self.roles]
            if unknown:
                raise ValueError(f"{name} allows {unknown[0]}, which is not among `roles`")
        if unknown := [role for role in self.uncounted if role not in self.roles]:
            raise ValueError(f"`uncounted` holds {unknown[0]}, which is not among `roles`")
        if unknown := [stance for stance in self.attribution.positions if stance not in self.attribution.stance]:
            raise ValueError(f"`positions` holds {unknown[0]}, which is not among `stance`")
        # Labels that stand in one place, where one name for two of them could not be told apart.
        spans = (*self.roles, *self.events, *self.attribution.mentions)
        for together in (spans, (*self.polarity, *self.realis), (*self.attribution.stance, *self.attribution.polarity)):
            _refuse_unsound_labels(together)
        return self

    @property
    def types(self) -> tuple[str, ...]:
        """Event type names, in the ontology's order."""
        return tuple(self.events)

    def licenses(self, event_type: str, role: str) -> bool:
        """Whether an event of `event_type` may have an argument in `role`."""
        return event_type in self.events and role in self.events[event_type].roles


def _refuse_unsound_labels(labels: Iterable[str]) -> None:
    for label, count in Counter(labels).items():
        if not label.isidentifier():
            raise ValueError(f"{label!r} is no label: letters, digits and _ only")
        if count > 1:
            raise ValueError(f"{label} is the name of two labels; rename one")


def load_ontology(path: Path) -> Ontology:
    """Reads an ontology file.

    Args:
        path: A YAML file of the shape of `corpus/ontology.yaml`.

    Raises:
        InputError: If the file is missing, is no YAML or has a wrong shape; names the place.
    """
    return parse_ontology(read_text(path), path)


def parse_ontology(text: str, name: Path | str | None = None) -> Ontology:
    """Reads an ontology from YAML text.

    Args:
        text: The YAML.
        name: What to call it in an error.

    Raises:
        InputError: If the text is no YAML or has a wrong shape; names the place.
    """
    data = parse_yaml(text, name)
    try:
        # JSON mode takes lists for tuples; everything else stays strict.
        return Ontology.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        if isinstance(first["input"], bool):
            reason = 'is true or false, as YAML reads Yes, No, On and Off; put the label in quotes ("Yes")'
        raise InputError(reason, name, place or None) from None
    except (TypeError, ValueError) as error:  # what JSON has no word for, or what holds itself
        raise InputError(f"holds a value that is no label: {error}", name) from None


@cache
def default_ontology() -> Ontology:
    """The ontology of the annotation scheme, as it comes with the package."""
    packaged = files("khabar") / "ontology.yaml"  # in a source checkout: a link to corpus/ontology.yaml
    return parse_ontology(packaged.read_text(encoding="utf-8"), "khabar/ontology.yaml")
