"""Raw text: what is a document, where it is from, and what cannot be read."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from khabar.errors import InputError
from khabar.training.pretraining.text import Source, read_text, source_of, text_files


def test_blank_lines_part_documents_and_lines_part_paragraphs(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("\n\nعنوان\nنص أول \n \n\nخبر آخر", encoding="utf-8")
    assert list(read_text(file)) == [["عنوان", "نص أول"], ["خبر آخر"]]


def test_compressed_text_reads_as_the_text_itself(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.txt", tmp_path / "a.txt.xz"
    plain.write_text("خبر\n\nخبر آخر\n", encoding="utf-8-sig")
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert list(read_text(packed)) == list(read_text(plain)) == [["خبر"], ["خبر آخر"]]


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt.xz"
    file.write_bytes(lzma.compress("خبر\n\nخبر آخر".encode()))
    told: list[int] = []
    assert list(read_text(file, told.append))
    assert told == sorted(told)
    assert told[-1] == file.stat().st_size


def test_folders_give_their_text_in_order(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("b.txt", "a.txt.xz", "notes.md", "inner/c.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in text_files([tmp_path, tmp_path / "b.txt"])] == ["a.txt.xz", "b.txt", "c.txt", "b.txt"]


@pytest.mark.parametrize(
    ("name", "told"), [("none.txt", "does not exist"), ("a.pdf", "is neither"), ("empty", "no text")]
)
def test_what_is_no_text_is_told(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "a.pdf").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=told):
        text_files([tmp_path / name])


@pytest.mark.parametrize("name", ["a.txt", "a.txt.xz"])
def test_text_that_cannot_be_read_is_told_with_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes("خبر".encode("windows-1256") * 9)
    with pytest.raises(InputError, match=r"a\.txt.*(UTF-8|cannot be read)"):
        list(read_text(tmp_path / name))


def test_compressed_text_that_was_cut_short_is_told(tmp_path: Path) -> None:
    whole = lzma.compress("\n\n".join(map(str, range(10_000))).encode())
    (tmp_path / "a.txt.xz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        list(read_text(tmp_path / "a.txt.xz"))


def test_a_table_beside_the_text_tells_where_it_is_from(tmp_path: Path) -> None:
    (tmp_path / "SOURCES.tsv").write_text('name\twords\trepo\tlicence\na\t3\tb/c\tMIT "or so"\n', encoding="utf-8")
    assert source_of(tmp_path / "a.txt.xz") == Source("a", "b/c", 'MIT "or so"')
    assert source_of(tmp_path / "other.txt") == Source("other")
