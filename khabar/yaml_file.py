"""YAML files of a known shape: read strictly, and what is wrong is told with file and place."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from khabar.document import json_path
from khabar.errors import InputError

T = TypeVar("T")


def read_yaml(path: Path, shape: type[T] | TypeAdapter[T]) -> T:
    """Reads a YAML file.

    Args:
        path: The file.
        shape: What it holds: a pydantic model, or an adapter of a type.

    Raises:
        InputError: If it cannot be read, is no YAML, or has another shape; names the place.
    """
    adapter: TypeAdapter[T] = shape if isinstance(shape, TypeAdapter) else TypeAdapter(shape)
    try:
        return adapter.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", path) from None
    except yaml.YAMLError as error:
        raise InputError(f"is not YAML: {' '.join(str(error).split())}", path) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(first["msg"], path, json_path(first["loc"])) from None
