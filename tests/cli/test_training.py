"""`khabar train` and `khabar extract`: models out of recipes, documents out of text."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.store import Project, write_document
from khabar.document import Document, load, loads
from khabar.training.predict import documents_trained_on
from khabar.training.recipe import dump_recipe, parse_recipe
from tests.conftest import ROOT, TEXT, annotated, blank
from tests.training.encoders import TINY, save_encoder

Out = pytest.CaptureFixture[str]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with one gold document and two recipes; it is the working directory."""
    root = tmp_path / "small"
    (root / "corpus").mkdir(parents=True)
    shutil.copy(ROOT / "corpus" / "ontology.yaml", root / "corpus")
    write_document(annotated("one"), root / "corpus" / "gold")
    (root / "tiny.yaml").write_text(dump_recipe(TINY.changed(epochs=2)), encoding="utf-8")
    (root / "lexicon.yaml").write_text("{name: lexicon, kind: lexicon}", encoding="utf-8")
    monkeypatch.chdir(root)
    return Project(root)


@pytest.fixture
def model(small: Project, capsys: Out) -> str:
    """A model folder; the lexicon's, which learns its document by heart at once."""
    assert main(["train", "lexicon.yaml"]) == 0
    return capsys.readouterr().out.strip()


def run(capsys: Out, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def extracted(capsys: Out, model: str, *arguments: object) -> list[Document]:
    code, out, err = run(capsys, "extract", "--model", model, *arguments)
    assert code == 0
    assert all(line.startswith("khabar extract: ") for line in err.splitlines())
    return [loads(line) for line in out.splitlines()]


def failure(capsys: Out, *arguments: object) -> str:
    """What a command that exits 2 tells, in its one line."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    return line


def test_train_makes_a_model_in_runs_and_prints_where(small: Project, capsys: Out) -> None:
    code, out, err = run(capsys, "train", "tiny.yaml", "--seed", 5)
    assert code == 0
    assert Path(out.strip()) == small.root / "runs" / "tiny-5"
    assert (small.root / "runs" / "tiny-5" / "model.safetensors").is_file()
    assert "encoder: random weights" in err


def test_a_recipe_says_how_much_of_the_supplement_is_trained_on(small: Project, capsys: Out) -> None:
    for name in ("two", "three"):
        write_document(annotated(name), small.authored)
    (small.root / "half.yaml").write_text("{name: half, kind: lexicon, supplement: 0.5}", encoding="utf-8")
    trained = {}
    for recipe in ("lexicon", "half"):
        assert run(capsys, "train", f"{recipe}.yaml")[0] == 0
        trained[recipe] = documents_trained_on(small.root / "runs" / f"{recipe}-1")
    assert list(trained["lexicon"]) == ["one"]
    assert len(trained["half"]) == 2


def test_train_takes_another_folder_and_other_documents(small: Project, capsys: Out, tmp_path: Path) -> None:
    other = write_document(annotated("other"), tmp_path)
    code, _, _ = run(capsys, "train", "lexicon.yaml", "--out", tmp_path / "model", "--train", other)
    assert code == 0
    assert json.loads((tmp_path / "model" / "lexicon.json").read_bytes())["provenance"]["documents"] == ["other"]


def test_train_takes_another_encoder_by_a_path_inside_the_project(
    small: Project, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_encoder(small.root / "training" / "encoder")
    monkeypatch.chdir(small.root / "corpus")
    code, out, err = run(capsys, "train", "../tiny.yaml", "--encoder", "training/encoder")
    assert code == 0, err
    recipe = parse_recipe((Path(out.strip()) / "recipe.yaml").read_text(encoding="utf-8"))
    assert recipe == TINY.changed(epochs=2, encoder="training/encoder", architecture=None)


def test_the_same_command_twice_trains_once(small: Project, capsys: Out) -> None:
    first = run(capsys, "train", "tiny.yaml")
    second = run(capsys, "train", "tiny.yaml")
    assert first[:2] == second[:2]
    assert "finished already" in second[2]
    assert "finished already" not in run(capsys, "train", "tiny.yaml", "--force")[2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.yaml"], "khabar train: none.yaml: cannot be read"),
        (["tiny.yaml", "--seed", "-1"], "khabar train: recipe tiny: seed: "),
        (["lexicon.yaml", "--encoder", "x/y"], "khabar train: lexicon.yaml: this kind of recipe has no encoder"),
        (
            ["tiny.yaml", "--encoder", "aubmindlab/bert-base-arabertv2"],
            "khabar train: encoder aubmindlab/bert-base-arabertv2: reads text segmented by Farasa",
        ),
        (["tiny.yaml", "--encoder", "./none"], "khabar train: encoder ./none: no such folder"),
        (["tiny.yaml", "--train", "none"], "khabar train: none: does not exist"),
    ],
)  # fmt: skip
def test_train_tells_what_is_wrong_in_a_line(small: Project, capsys: Out, arguments: list[str], told: str) -> None:
    assert failure(capsys, "train", *arguments).startswith(told)
    assert not (small.root / "runs").exists()


def test_extract_prints_one_document_a_line(model: str, capsys: Out, tmp_path: Path) -> None:
    file = tmp_path / "article.txt"
    file.write_text(TEXT, encoding="utf-8")
    (document,) = extracted(capsys, model, file)
    assert extracted(capsys, model, file, "--jsonl") == [document]
    assert (document.id, document.text) == ("article", TEXT)
    assert [event.trigger.text for event in document.events] == ["أطلقت", "الهجوم", "إصابات"]


def test_extract_writes_one_file_a_document(model: str, capsys: Out, tmp_path: Path) -> None:
    lines = [{"id": name, "text": TEXT} for name in ("one", "two")]
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    code, out, _ = run(capsys, "extract", "--model", model, tmp_path / "news.jsonl", "--out", tmp_path / "predicted")
    assert (code, out) == (0, "")
    assert sorted(file.name for file in (tmp_path / "predicted").iterdir()) == ["one.json", "two.json"]
    assert load(tmp_path / "predicted" / "two.json").events


def test_extract_reads_standard_input(model: str, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    (document,) = extracted(capsys, model, "-")
    assert (document.id, document.text, len(document.events)) == ("standard-input", TEXT, 3)


def test_extract_replaces_the_annotation_of_documents_and_keeps_the_rest(
    small: Project, model: str, capsys: Out
) -> None:
    (document,) = extracted(capsys, model, small.gold)
    assert document.without_annotation() == annotated("one").without_annotation()
    assert all(event.score is not None for event in document.events)


@pytest.mark.parametrize(
    "text",
    ["", "\ufeffقال مصدران.\r\nأطلقت صواريخ.\r\n", "No Arabic here.", " \n "],
    ids=["empty", "byte-order mark and CRLF", "no Arabic", "blank"],
)
def test_extract_leaves_every_text_as_it_is(model: str, capsys: Out, tmp_path: Path, text: str) -> None:
    (tmp_path / "article.txt").write_bytes(text.encode())
    (document,) = extracted(capsys, model, tmp_path / "article.txt")
    assert document.text == text
    assert all(text[e.trigger.start : e.trigger.end] == e.trigger.text for e in document.events)


def test_extract_with_a_trained_classifier(small: Project, capsys: Out, tmp_path: Path) -> None:
    _, model, _ = run(capsys, "train", "tiny.yaml")
    write_document(blank("blank"), tmp_path / "in")
    (document,) = extracted(capsys, model.strip(), tmp_path / "in")
    assert document.without_annotation() == blank("blank")


def test_a_text_of_five_megabytes_goes_through(model: str, capsys: Out, tmp_path: Path) -> None:
    text = "هذا كلام طويل لا حدث فيه ولا قول.\n" * 87_000 + TEXT
    assert len(text.encode()) > 5_000_000
    (tmp_path / "long.txt").write_text(text, encoding="utf-8")
    (document,) = extracted(capsys, model, tmp_path / "long.txt")
    assert document.text == text
    assert [text[e.trigger.start : e.trigger.end] for e in document.events] == ["أطلقت", "الهجوم", "إصابات"]


def test_extract_tells_what_is_wrong_in_a_line(small: Project, model: str, capsys: Out, tmp_path: Path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_bytes("قال".encode() + b"\xd9")
    told = failure(capsys, "extract", "--model", model, broken)
    assert told.startswith(f"khabar extract: {broken}: byte 6: is not UTF-8 text; convert it")
    told = failure(capsys, "extract", "--model", model, small.gold, "--out", small.gold)
    assert "one.json: is an input, and would be overwritten" in told
    assert load(small.gold / "one.json") == annotated("one")
    told = failure(capsys, "extract", "--model", small.gold, broken)
    assert "is no model folder" in told


def test_extract_tells_of_documents_that_the_model_was_trained_on(small: Project, model: str, capsys: Out) -> None:
    _, _, err = run(capsys, "extract", "--model", model, small.gold)
    assert "1 of the documents bear ids that this model was trained on" in err


def test_extract_tells_of_documents_in_which_it_found_nothing(model: str, capsys: Out, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text("No Arabic here.", encoding="utf-8")
    _, _, err = run(capsys, "extract", "--model", model, tmp_path / "article.txt")
    assert err == "khabar extract: nothing was found in 1 of the documents\n"
