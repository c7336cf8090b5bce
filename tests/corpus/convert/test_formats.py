"""The formats of other tools: brat's comes back whole, the others lose what their modules say and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given

from khabar.cli.main import main
from khabar.corpus.convert.brat import annotation_conf, brat, read_brat
from khabar.corpus.convert.conll import LAYERS, conll
from khabar.corpus.convert.rows import token_rows
from khabar.corpus.convert.textee import events_of, instances
from khabar.corpus.store import Project, read_documents
from khabar.document import Document, loads
from khabar.document import dumps as dumped
from khabar.errors import InputError
from khabar.eval.conll import read_conll
from tests.annotation.studio.documents import ONTOLOGY, documents
from tests.conftest import ROOT, annotated
from tests.corpus.test_checks_mutations import valid_documents


def without_scores(document: Document) -> Document:
    def bare(value: object) -> object:
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if k != "score"}
        return [bare(v) for v in value] if isinstance(value, list) else value

    return loads(json.dumps(bare(json.loads(dumped(document)))))


class TestBrat:
    def there_and_back(self, document: Document) -> Document:
        return read_brat(document.without_annotation(), brat(document, ONTOLOGY), ONTOLOGY)

    def test_every_gold_document_comes_back(self, project: Project) -> None:
        for document in project.gold_documents():
            assert self.there_and_back(document) == document

    @given(documents())
    def test_any_document_comes_back_but_for_scores(self, document: Document) -> None:
        assert without_scores(self.there_and_back(document)) == without_scores(document)

    def test_it_is_what_brat_reads(self) -> None:
        lines = brat(annotated(), ONTOLOGY).splitlines()
        assert "T4\tAttack 41 46\tأطلقت" in lines
        assert any(line.startswith("E1\tAttack:T4 Instrument:T1 Origin:T2 Time:T3") for line in lines)
        assert "A1\tPolarity E1 Positive" in lines
        assert any(line.startswith("#") and line.endswith("\tzummar") for line in lines)

    def test_a_role_that_comes_again_bears_a_number(self, project: Project) -> None:
        document = next(d for d in project.gold_documents() if d.id == "kataib-denial")
        assert "Place2:" in brat(document, ONTOLOGY)

    def test_its_configuration_names_every_label(self) -> None:
        conf = annotation_conf(ONTOLOGY)
        for name in (*ONTOLOGY.types, *ONTOLOGY.roles, "Cue", "NoCue", "Source", "Channel", *ONTOLOGY.realis):
            assert name in conf

    def test_what_is_unsaid_has_the_unmarked_value(self) -> None:
        document = annotated().without_annotation()
        made = read_brat(document, f"T1\tAttack 0 3\t{document.text[:3]}\nE1\tAttack:T1\n", ONTOLOGY)
        (event,) = made.events
        assert (event.id, event.polarity, event.realis, event.cluster) == ("e1", "Positive", "Actual", None)

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("T1 Attack 0 3", "is no line of brat's"),
            ("T1\tAttack 0 3;5 8\tx", "the span has gaps"),
            ("T1\tAttack 0 9999\tx", "outside the text"),
            ("E1\tAttack:T7", "there is no text-bound annotation T7"),
            ("T1\tRiot 0 3\tx\nE1\tRiot:T1", "'Riot' is no event type"),
            ("A1\tRealis", "says nothing of an event"),
            ("T1\tCue 0 3\tx\nE1\tCue:T1 Covers:E9", "there is no event E9"),
            ("T1\tCue 0 3\tx\nE1\tCue:T1 Covers:E1", "there is no event E1"),
            ("T1\tAttack 0 3\tx\nE1\tAttack:T1\n#1\tId E1\tno id", "id 'no id'"),
            ("T1\tCue 0 3\tx\nE1\tCue:T1 Agent:T1", "Agent is no argument of an attribution"),
            ("T1\tFoo 0 3\tx", r"T1 \(Foo\) belongs to no event"),
            ("T1\tPlace 0 3\tx\nE1\tAttack:T1", "T1 is labelled Place, and is used as Attack"),
        ],
    )
    def test_a_broken_file_is_told_with_the_line(self, line: str, told: str) -> None:
        with pytest.raises(InputError, match=told) as error:
            read_brat(annotated().without_annotation(), line, ONTOLOGY)
        assert error.value.place is not None
        assert error.value.place.startswith("line ")


class TestConll:
    @pytest.mark.parametrize("layer", LAYERS)
    def test_a_reader_finds_the_tags_of_the_token_rows(self, layer: str, project: Project, tmp_path: Path) -> None:
        gold = project.gold_documents()
        file = tmp_path / f"{layer}.conll"
        file.write_text(conll(gold, ONTOLOGY, layer), encoding="utf-8")
        rows = [row for document in gold for row in token_rows(document, ONTOLOGY)]
        found = [(list(s.words), list(s.tags)) for s in read_conll(file).sentences]
        assert found == [(row["tokens"], row[f"{layer}_tags"]) for row in rows]

    def test_what_is_lost_is_what_overlaps(self, project: Project) -> None:
        for document in project.gold_documents():
            text = conll([document], ONTOLOGY, "trigger")
            assert text.count("\tB-") == len({event.trigger.extent for event in document.events})


class TestTextEE:
    def test_every_event_of_the_gold_comes_back(self, project: Project) -> None:
        for document in project.gold_documents():
            assert events_of(list(instances(document)), document) == document.events

    @given(valid_documents())
    def test_every_sound_event_comes_back(self, document: Document) -> None:
        document = loads(dumped(document))
        found = events_of(list(instances(document)), document)
        assert {e.id: e for e in found} == {e.id: e for e in document.events}

    def test_offsets_count_tokens_of_the_sentence(self) -> None:
        for one in instances(annotated()):
            for mention in one["event_mentions"]:
                for part in (mention["trigger"], *mention["arguments"]):
                    words = one["tokens"][part["start"] : part["end"]]
                    assert "".join(words) == "".join(part["text"].split())
            entities = {entity["id"] for entity in one["entity_mentions"]}
            assert {a["entity_id"] for m in one["event_mentions"] for a in m["arguments"]} <= entities


class TestByCommand:
    def khabar(self, *words: str) -> int:
        return main(["--project", str(ROOT), "convert", *words])

    def test_the_gold_goes_to_brat_and_comes_back_byte_for_byte(self, tmp_path: Path) -> None:
        assert self.khabar("brat", "--out", str(tmp_path / "brat")) == 0
        assert self.khabar("brat", "--back", str(tmp_path / "brat"), "--out", str(tmp_path / "back")) == 0
        for file in sorted((ROOT / "corpus" / "gold").glob("*.json")):
            assert (tmp_path / "back" / file.name).read_bytes() == file.read_bytes()

    def test_a_text_that_was_edited_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.khabar("brat", "--out", str(tmp_path / "brat")) == 0
        file = tmp_path / "brat" / "kataib-denial.txt"
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        assert self.khabar("brat", "--back", str(tmp_path / "brat"), "--out", str(tmp_path / "back")) == 2
        assert "kataib-denial.txt: is not the text of kataib-denial" in capsys.readouterr().err
        assert not (tmp_path / "back").exists()

    def test_what_was_annotated_in_brat_is_not_overwritten(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.khabar("brat", "--out", str(tmp_path / "brat")) == 0
        assert self.khabar("brat", "--out", str(tmp_path / "brat")) == 0  # as it was: nothing is lost
        file = tmp_path / "brat" / "kataib-denial.ann"
        edited = file.read_text(encoding="utf-8").replace("Actual", "Other", 1)
        file.write_text(edited, encoding="utf-8")
        assert self.khabar("brat", "--out", str(tmp_path / "brat")) == 2
        assert "kataib-denial.ann: holds another annotation" in capsys.readouterr().err
        assert file.read_text(encoding="utf-8") == edited

    @pytest.mark.parametrize(
        ("format", "files"),
        [("conll", {f"{layer}.conll" for layer in LAYERS}), ("textee", {"documents.jsonl"})],
    )
    def test_the_others_write_their_files(self, format: str, files: set[str], tmp_path: Path) -> None:
        assert self.khabar(format, "--out", str(tmp_path)) == 0
        assert {file.name for file in tmp_path.iterdir()} == files

    def test_only_brat_comes_back(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.khabar("conll", "--back", str(tmp_path), "--out", str(tmp_path)) == 2
        assert "--back reads brat's files" in capsys.readouterr().err

    def test_a_documents_own_folder_can_be_named(self, tmp_path: Path) -> None:
        assert self.khabar("textee", str(ROOT / "corpus" / "gold" / "kataib-denial.json"), "--out", str(tmp_path)) == 0
        lines = (tmp_path / "documents.jsonl").read_text(encoding="utf-8").splitlines()
        (gold,) = read_documents([ROOT / "corpus" / "gold" / "kataib-denial.json"])
        assert len(lines) == len(gold.sentences)
