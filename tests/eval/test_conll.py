"""CoNLL files: what is a sentence, what is sound, and where a bad line stands."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Tokens

from khabar.errors import InputError
from khabar.eval.conll import ConllFile, TaggedSentence, read_conll

SAYS = TaggedSentence(("قال", "برند", "جوتشولك", "."), ("O", "B-PERS", "I-PERS", "O"))
BERLIN = TaggedSentence(("في", "برلين", "."), ("O", "B-LOC", "O"))
LINES = "قال O\nبرند B-PERS\nجوتشولك I-PERS\n. O\n{}في O\nبرلين B-LOC\n. O\n"


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def read(content: str | bytes) -> ConllFile:
        file = tmp_path / "news.txt"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_conll(file)

    return read


class TestSentences:
    def test_a_blank_line_ends_a_sentence(self, read) -> None:  # type: ignore[no-untyped-def]
        assert read(LINES.format("\n")).sentences == (SAYS, BERLIN)

    def test_without_blank_lines_a_full_stop_does(self, read) -> None:  # type: ignore[no-untyped-def]
        assert read(LINES.format("")).sentences == (SAYS, BERLIN)

    def test_a_run_of_full_stops_ends_one_sentence(self, read) -> None:  # type: ignore[no-untyped-def]
        stops = read("نعم O\n. O\n. O\n. O\nلا O\n").sentences
        assert [sentence.words for sentence in stops] == [("نعم", ".", ".", "."), ("لا",)]

    def test_with_blank_lines_a_full_stop_ends_none(self, read) -> None:  # type: ignore[no-untyped-def]
        (first, second) = read("د O\n. O\nبرند B-PERS\n\nلا O\n").sentences
        assert first.words == ("د", ".", "برند")
        assert second.words == ("لا",)

    @pytest.mark.parametrize(
        "content",
        [
            LINES.format("\n").replace(" ", "\t"),
            LINES.format("\n").replace("\n", "\r\n"),
            LINES.format("\n\n \n") + "\n\n",
            "\n" + LINES.format("\n"),
            "\ufeff" + LINES.format("\n"),
            "-DOCSTART- O\n\n" + LINES.format("\n-DOCSTART- O\n"),
        ],
        ids=["tabs", "windows", "several blank lines", "leading blank line", "byte-order mark", "documents"],
    )
    def test_spelling_of_the_file_changes_nothing(self, read, content: str) -> None:  # type: ignore[no-untyped-def]
        assert read(content).sentences == (SAYS, BERLIN)

    def test_the_file_is_known_by_its_bytes_and_not_by_its_folder(self, read) -> None:  # type: ignore[no-untyped-def]
        content = LINES.format("").encode()
        file = read(content)
        assert (file.name, file.sha256) == ("news.txt", hashlib.sha256(content).hexdigest())
        assert file.types == ["LOC", "PERS"]


class TestTags:
    @pytest.mark.parametrize(
        ("tags", "sound"),
        [
            ("O I-LOC I-LOC", "O B-LOC I-LOC"),
            ("I-LOC O I-PERS", "B-LOC O B-PERS"),
            ("B-LOC I-PERS I-PERS", "B-LOC B-PERS I-PERS"),
            ("B-LOC B-LOC I-LOC", "B-LOC B-LOC I-LOC"),
        ],
    )
    def test_an_inside_that_continues_nothing_begins_an_entity(self, read, tags: str, sound: str) -> None:  # type: ignore[no-untyped-def]
        file = read("".join(f"كلمة {tag}\n" for tag in tags.split()))
        assert file.sentences[0].tags == tuple(sound.split())
        # The strict reading of what was mended is the lenient reading (conlleval's) of what stood there.
        strict = {(e.tag, e.start, e.end) for e in Tokens(list(file.sentences[0].tags), IOB2).entities}
        assert strict == {(tag, start, end + 1) for tag, start, end in get_entities(tags.split())}

    def test_an_entity_does_not_go_on_over_the_end_of_a_sentence(self, read) -> None:  # type: ignore[no-untyped-def]
        assert read("برند B-PERS\n\nجوتشولك I-PERS\n").sentences[1].tags == ("B-PERS",)


class TestBadInput:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("قال O\nبرند\n", "line 2: 'برند' is not one word and one tag"),
            ("قال O\n\nفي NN O\n", "line 3: 'في NN O' is not one word and one tag"),
            ("قال O\nفي\t\n", "line 2: 'في\\\\t' is not one word and one tag"),
            ("\n\nقال O\nبرند PERS\n", "line 4: 'PERS' is no tag of IOB2"),
            ("برند S-PERS\n", "line 1: 'S-PERS' is no tag of IOB2"),
            ("برند B-\n", "line 1: 'B-' is no tag of IOB2"),
            ("", "holds no sentence"),
            ("\n \n", "holds no sentence"),
            ("قال O\n".encode("windows-1256"), "is not UTF-8 text"),
        ],
    )
    def test_it_is_told_with_file_and_line(self, read, content: str | bytes, told: str) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(InputError, match=rf"news\.txt: .*{told}"):
            read(content)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot be read"):
            read_conll(tmp_path / "none.txt")
