"""What extract reads: the text stays as it is in the file, whatever the file holds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from khabar.corpus.store import write_document
from khabar.document import Document
from khabar.errors import InputError
from khabar.training.inputs import STANDARD_INPUT, input_files, read_inputs
from tests.conftest import annotated


def written(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def read(*paths: Path) -> list[Document]:
    return list(read_inputs(input_files(paths)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "قال بيان.",
        "سطر\r\nوسطر\rوسطر\n",
        "\ufeffقال بيان.",
        "  \n\t ",
        "no Arabic at all",
        "قال\u00a0بيان\u200f 🚀",
    ],
    ids=["empty", "plain", "line breaks", "byte-order mark", "blank", "no Arabic", "invisible"],
)
def test_the_text_of_a_file_is_kept_character_for_character(tmp_path: Path, text: str) -> None:
    (document,) = read(written(tmp_path, "article.txt", text.encode()))
    assert document == Document(id="article", text=text)


@pytest.mark.parametrize(
    ("name", "id"), [("a b.txt", "a-b"), ("خبر عاجل!.txt", "خبر-عاجل"), ("!!!.txt", "document"), ("x.y.txt", "x.y")]
)
def test_a_text_is_named_after_its_file(tmp_path: Path, name: str, id: str) -> None:
    assert [document.id for document in read(written(tmp_path, name, b""))] == [id]


def test_invalid_utf_8_is_told_with_file_and_byte(tmp_path: Path) -> None:
    file = written(tmp_path, "article.txt", "قال".encode() + b"\xff")
    with pytest.raises(InputError) as error:
        read(file)
    remedy = "convert it, perhaps with `iconv -f windows-1256 -t utf-8`"
    assert str(error.value) == f"{file}: byte 6: is not UTF-8 text; {remedy}"


def test_utf_16_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="iconv -f utf-16"):
        read(written(tmp_path, "article.txt", "قال".encode("utf-16")))


def test_json_lines_hold_ids_and_texts_or_whole_documents(tmp_path: Path) -> None:
    lines = [{"id": "one", "text": "قال"}, annotated("two").model_dump(mode="json")]
    file = written(tmp_path, "news.jsonl", "\n\n".join(map(json.dumps, lines)).encode())
    assert read(file) == [Document(id="one", text="قال"), annotated("two")]


def test_a_wrong_line_is_told_with_its_number(tmp_path: Path) -> None:
    file = written(tmp_path, "news.jsonl", b'{"id": "one", "text": "a"}\n{"id": "two"}\n')
    with pytest.raises(InputError, match=r"news.jsonl:2: text: "):
        read(file)


def test_documents_and_folders_of_inputs_are_read(tmp_path: Path) -> None:
    write_document(annotated("one"), tmp_path)
    written(tmp_path, "two.txt", b"")
    written(tmp_path, "left-out.yaml", b"")
    assert [document.id for document in read(tmp_path)] == ["one", "two"]
    assert read(tmp_path / "one.json") == [annotated("one")]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("قال\r\n".encode())))
    assert read(STANDARD_INPUT) == [Document(id="standard-input", text="قال\r\n")]


def test_two_inputs_of_one_id_are_an_error(tmp_path: Path) -> None:
    one, two = written(tmp_path, "a b.txt", b""), written(tmp_path, "a-b.txt", b"")
    with pytest.raises(InputError, match=r"a-b.txt: gives the id a-b, which .*a b.txt gives too"):
        read(one, two)


@pytest.mark.parametrize("name", ["none.txt", "article.docx", "empty"])
def test_what_cannot_be_read_is_told_before_any_work(tmp_path: Path, name: str) -> None:
    written(tmp_path, "article.docx", b"")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=name):
        input_files([tmp_path / name])
