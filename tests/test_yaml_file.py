"""YAML: what is wrong in a file is told in one line, with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from khabar.errors import InputError
from khabar.yaml_file import parse_yaml, read_yaml


class Box(BaseModel):
    """What a file may hold."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["box"]
    size: int
    inside: dict[str, int] = {}


class Ball(BaseModel):
    """What a file may hold instead."""

    kind: Literal["ball"]


SHAPES: TypeAdapter[Box | Ball] = TypeAdapter(Annotated[Box | Ball, Field(discriminator="kind")])


def test_a_file_of_the_right_shape_is_read(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("kind: box\nsize: 2\ninside: {خبر: 1}", encoding="utf-8")
    assert read_yaml(tmp_path / "one.yaml", SHAPES) == Box(kind="box", size=2, inside={"خبر": 1})


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("a: &a {x: 1, y: 1}\nb: {<<: *a, x: 2}", {"a": {"x": 1, "y": 1}, "b": {"x": 2, "y": 1}}),
        ("a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {<<: *b, x: 3}", {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 3}}),
        ('1: a\n"1": b', {1: "a", "1": "b"}),
    ],
    ids=["merged", "merged again", "a number and a text"],
)
def test_a_key_may_come_again_where_it_is_another_or_merged(text: str, content: object) -> None:
    assert parse_yaml(text) == content


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"kind: box\nsize: 1\nsize: 2", "line 3 column 1: is not YAML: the key 'size' stands twice"),
        (b"kind: box\ninside: {a: 1, a: 2}", "line 2 column 16: is not YAML: the key 'a' stands twice"),
        (b"kind: [", "line 1 column 8: is not YAML: while parsing a flow node"),
        (
            b"kind: box\nsize: 'one\n",
            "line 2 column 7: is not YAML: while scanning a quoted scalar, found unexpected end",
        ),
        (b"kind: box\n---\nkind: ball", "expected a single document in the stream, but found another document"),
        (b"kind: 2024-02-30", "line 1 column 7: is not YAML: '2024-02-30' is no timestamp"),
        (b"size: !!int x", "line 1 column 7: is not YAML: 'x' is no int"),
        (b"size: !!bool x", "line 1 column 7: is not YAML: 'x' is no bool"),
        (b"size: " + b"[" * 3000, "is nested too deeply"),
        (b"", "should be keys and values"),
        (b"size: 1", "has no `kind`"),
        (b"kind: \x07", "is not YAML: "),
        (b"kind: \xff", "is not UTF-8 text (byte 6)"),
        (b"kind: box", "size: is missing"),
        (b"kind: box\nsiez: 1", "siez: is no key that is known here"),
        (b"kind: box\nsize: big", "size: Input should be a valid integer"),
        (b"kind: bag", "expected tags: 'box', 'ball'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_bytes(text)
    with pytest.raises(InputError) as error:
        read_yaml(file, SHAPES)
    assert str(error.value).startswith(f"{file}: ")
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(tmp_path / "none.yaml", SHAPES)
