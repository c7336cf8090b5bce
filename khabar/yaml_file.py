"""YAML of a known shape: read strictly, and what is wrong is told with file and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from khabar.document import json_path
from khabar.errors import InputError

T = TypeVar("T")

_REASONS = {
    "extra_forbidden": "is no key that is known here",
    "missing": "is missing",
    "model_type": "should be keys and values",
    "model_attributes_type": "should be keys and values",
    "union_tag_not_found": "has no `kind`",
}


class _Loader(yaml.SafeLoader):
    """As YAML has it, keys are unique (PyYAML would take the last), and what is no value is told with its place."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Looks at keys before merges are written out, which may rightly repeat one."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise _problem(f"the key {key.value!r} stands twice", key)
                seen.add((key.tag, key.value))
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Of 2024-02-30 PyYAML would make an error without a place."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _problem(f"{getattr(node, 'value', '')!r} is no {node.tag.rpartition(':')[2]}", node) from None


def _problem(reason: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=reason, problem_mark=node.start_mark)


def parse_yaml(text: str, name: Path | str | None = None) -> Any:
    """The content of YAML text.

    Args:
        text: The YAML.
        name: What to call it in an error.

    Raises:
        InputError: If it is no YAML, or has a key twice; names the line.
    """
    try:
        return yaml.load(text, _Loader)  # a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark or error.problem_mark  # where what is wrong began
        place = f"line {mark.line + 1} column {mark.column + 1}" if mark else None
        reason = ", ".join(filter(None, (error.context, error.problem)))
        raise InputError(f"is not YAML: {reason}", name, place) from None
    except yaml.YAMLError as error:
        raise InputError(f"is not YAML: {' '.join(str(error).split())}", name) from None
    except RecursionError:
        raise InputError("is nested too deeply", name) from None


def read_yaml(path: Path, shape: type[T] | TypeAdapter[T]) -> T:
    """Reads a YAML file.

    Args:
        path: The file.
        shape: What it holds: a pydantic model, or an adapter of a type.

    Raises:
        InputError: If it cannot be read, is no YAML, or has another shape; names the place.
    """
    adapter: TypeAdapter[T] = shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
    content = parse_yaml(read_text(path), path)
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        first = first_wrong(error)
        reason = _REASONS.get(first["type"], first["msg"].removeprefix("Value error, "))
        place = first["loc"]
        if isinstance(content, dict) and place and place[0] == content.get("kind"):
            place = place[1:]  # it says of which kind the shape is, and stands nowhere in the file
        raise InputError(reason, path, json_path(place)) from None


def first_wrong(error: ValidationError) -> ErrorDetails:
    """What to tell of a shape that does not fit: of a misspelt key, which is unknown and missing, the first."""
    errors = error.errors(include_url=False)
    return next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])


def read_text(path: Path) -> str:
    """The text of a UTF-8 file.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", path) from None
