"""Benchmarks: every story is scored by a model that has not seen it, and what a run gave is printed and remembered."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from khabar.cli.main import main
from khabar.corpus.folds import load_folds, select
from khabar.corpus.store import Project, read_documents, write_document
from khabar.errors import InputError
from khabar.eval import ledger
from khabar.eval.benchmark import load_benchmark, load_benchmark_recipe
from khabar.eval.comparison import caption, part_rows, score_rows
from khabar.eval.protocol import leave_out, thinned, words
from khabar.eval.run import _changed
from khabar.eval.score import KEYS, score
from khabar.training.lexicon import LexiconTagger
from khabar.training.provenance import corpus_digest
from tests.conftest import annotated

TINY = """
name: tiny
kind: tagger
architecture: {layers: 1, hidden: 16, heads: 2, intermediate: 32, vocabulary: 1000}
epochs: 1
batch_size: 16
learning_rate: {encoder: 1.0e-3, heads: 1.0e-3}
threads: 1
"""


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Project:
    """The gold and the benchmarks in a folder of their own, where a ledger may be written."""
    for name in ("corpus", "eval/benchmarks", "training/recipes", "annotation/rounds"):
        shutil.copytree(project.root / name, tmp_path / name, ignore=shutil.ignore_patterns("authored"))
    (tmp_path / "training" / "recipes" / "tiny.yaml").write_text(TINY)
    return Project(tmp_path)


class TestLeaveOut:
    def test_each_story_is_tagged_by_a_lexicon_of_the_other_stories(self, project: Project) -> None:
        documents, folds = project.gold_documents(), load_folds(project.folds).folds
        recipe = load_benchmark_recipe(project, "training/recipes/lexicon.yaml")
        result = leave_out(recipe, [1, 2], documents, folds, project.ontology)
        assert len(result.scores.runs) == 1  # nothing is drawn at random, so once is enough
        by_story = result.by_part({fold.name: fold.test for fold in folds})
        for fold in folds:
            tagger = LexiconTagger.fit(select(documents, fold.train), project.ontology, 0.5)
            held_out = select(documents, fold.test)
            expected = score(held_out, tagger([d.without_annotation() for d in held_out]))
            assert by_story[fold.name]["TC"].f1 == expected["TC"].f1

    def test_every_document_is_tagged_and_scored_once_a_seed(self, copy: Project) -> None:
        documents, folds = copy.gold_documents(), load_folds(copy.folds).folds
        told: list[str] = []
        recipe = load_benchmark_recipe(copy, "training/recipes/tiny.yaml")
        result = leave_out(recipe, [3, 4], documents, folds, copy.ontology, advance=told.append)
        assert [set(run) for run in result.scores.runs] == [{d.id for d in documents}] * 2
        assert {d.id for d in result.predictions[3]} == {d.id for d in documents}
        assert len(told) == 10
        assert result.scores["TC"].gold == 2 * sum(len(d.events) for d in documents)
        assert result.tagged_words == 2 * words(documents)

    def test_the_supplement_is_trained_on_in_every_fold_and_never_scored(self, project: Project) -> None:
        documents, folds = project.gold_documents(), load_folds(project.folds).folds
        supplement = [d.model_copy(update={"id": f"authored-{d.id}"}) for d in documents]
        recipe = load_benchmark_recipe(project, "training/recipes/lexicon.yaml")
        without = leave_out(
            recipe.changed(supplement=0.0), [1], documents, folds, project.ontology, supplement=supplement
        )
        beside = leave_out(
            recipe.changed(supplement=1.0), [1], documents, folds, project.ontology, supplement=supplement
        )
        assert without.scores["TC"].f1 < beside.scores["TC"].f1  # it holds what is held out, word for word
        assert beside.scores["TC"].gold == without.scores["TC"].gold
        assert beside.trained_words - without.trained_words == len(folds) * words(supplement)


class TestThinning:
    def test_a_share_of_the_sentences_is_kept_with_what_stands_in_them(self, project: Project) -> None:
        documents = project.gold_documents()
        thin = thinned(documents, 0.25, seed=1)
        total = sum(len(d.sentences) for d in documents)
        assert sum(len(d.sentences) for d in thin) == round(0.25 * total)
        for document in thin:
            for event in document.events:
                assert document.sentence_at(event.trigger.start) is not None
            assert all(e in document.events_by_id() for a in document.attributions for e in a.events)

    def test_a_larger_share_holds_the_smaller_one(self, project: Project) -> None:
        def kept(share: float) -> set[tuple[str, int]]:
            return {(d.id, s.start) for d in thinned(project.gold_documents(), share, 7) for s in d.sentences}

        assert kept(0.25) < kept(0.5) < kept(0.75) < kept(1.0)

    def test_all_is_all_and_no_share_is_empty(self) -> None:
        assert thinned([annotated()], 1.0, 1) == [annotated()]
        assert sum(len(d.sentences) for d in thinned([annotated()], 0.01, 1)) == 1


class TestCommand:
    def test_a_run_prints_its_table_appends_its_line_and_keeps_its_predictions(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        command = ["--project", str(copy.root), "benchmark", "stories", "--recipe", "training/recipes/lexicon.yaml"]
        assert main([*command, "--accept"]) == 0
        printed = capsys.readouterr().out
        assert "zummar" in printed
        assert "AC+" in printed
        assert main([*command, "--json"]) == 0
        line = ledger.loads(capsys.readouterr().out)
        assert [entry.accepted for entry in ledger.read(copy.ledger)] == [True, False]
        assert line.systems["model"].scores == line.systems["floor"].scores
        assert set(line.systems["floor"].scores) == set(KEYS)
        assert ledger.last_accepted(copy.ledger, "stories") == ledger.read(copy.ledger)[0]
        assert "AC+" in (copy.root / "eval" / "stories.md").read_text(encoding="utf-8")
        tagged = read_documents([copy.root / "runs" / "stories" / "model" / "seed-1"])
        assert {document.id for document in tagged} == {document.id for document in copy.gold_documents()}

    def test_annotators_are_scored_against_the_gold(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main(["--project", str(copy.root), "benchmark", "annotators", "--json"]) == 0
        line = ledger.loads(capsys.readouterr().out)
        assert set(line.systems) == {"a", "b"}
        gold = copy.gold_documents()
        assert line.systems["a"].scores["AC+"].f1 == score(gold, read_documents([copy.rounds / "1" / "a"]))["AC+"].f1

    def test_a_learning_curve_has_a_system_a_share(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        command = ["benchmark", "learning-curve", "--recipe", "training/recipes/lexicon.yaml", "--json"]
        assert main(["--project", str(copy.root), *command]) == 0
        line = ledger.loads(capsys.readouterr().out)
        assert {"floor 25%", "floor 100%", "model 25%", "model 100%"} < set(line.systems)
        assert line.systems["floor 25%"].scores["TC"].f1 < line.systems["floor 100%"].scores["TC"].f1

    def test_a_learning_curve_over_the_supplement_begins_without_it(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        for document in copy.gold_documents():
            write_document(document.model_copy(update={"id": f"authored-{document.id}"}), copy.authored)
        recipe = ["--recipe", "training/recipes/lexicon.yaml", "--json"]
        assert main(["--project", str(copy.root), "benchmark", "supplement-curve", *recipe]) == 0
        systems = ledger.loads(capsys.readouterr().out).systems
        assert systems["model 0%"].supplement_sha256 is None
        assert systems["model 100%"].supplement_sha256 == corpus_digest(copy.authored_documents())
        curve = [systems[f"model {share}%"].scores["TC"].f1 for share in (0, 25, 50, 100)]
        assert curve == sorted(curve)
        assert curve[0] < curve[-1]

    def test_an_ablation_measures_the_recipe_beside_itself_with_some_keys_changed(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        (copy.root / "eval" / "benchmarks" / "threshold.yaml").write_text(
            "name: threshold\nkind: ablation\nseeds: [1]\n"
            "recipe: training/recipes/lexicon.yaml\nfloor: training/recipes/lexicon.yaml\n"
            "changes:\n  always: {threshold: 1.0}\n  unchanged: {}\n"
        )
        command = ["--project", str(copy.root), "benchmark", "threshold"]
        assert main([*command, "--json"]) == 0
        systems = ledger.loads(capsys.readouterr().out).systems
        assert set(systems) == {"floor", "model", "always", "unchanged"}
        assert systems["always"].scores["TC"].recall < systems["model"].scores["TC"].recall
        assert systems["unchanged"].scores == systems["model"].scores
        assert systems["always"].changes == {"threshold": 1.0}
        assert main([*command[:2], "benchmark", "--compare", "threshold:always", "threshold:model"]) == 0

    def test_the_floor_sees_the_supplement_where_the_model_does(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        for document in copy.gold_documents():
            write_document(document.model_copy(update={"id": f"authored-{document.id}"}), copy.authored)
        recipes = copy.root / "training" / "recipes"
        alone = (recipes / "lexicon.yaml").read_text().replace("supplement: 1.0", "supplement: 0.0")
        (recipes / "alone.yaml").write_text(alone)
        command = ["--project", str(copy.root), "benchmark", "stories", "--json", "--recipe"]
        for recipe, supplement in (("lexicon", corpus_digest(copy.authored_documents())), ("alone", None)):
            assert main([*command, f"training/recipes/{recipe}.yaml"]) == 0
            systems = ledger.loads(capsys.readouterr().out).systems
            assert {name: system.supplement_sha256 for name, system in systems.items()} == {
                "floor": supplement,
                "model": supplement,
            }

    def test_an_ablation_reaches_into_the_parts_of_a_recipe(self, project: Project) -> None:
        recipe = load_benchmark_recipe(project, "training/recipes/default.yaml")
        changed = _changed(recipe, {"pooling": "max", "conditional.names": False, "conditional.neighbours": 0})
        parts = recipe.model_dump()["conditional"] | {"names": False, "neighbours": 0}
        assert changed == recipe.changed(pooling="max", conditional=parts)
        with pytest.raises(InputError, match=r"conditional\.nothing: is no key of this part"):
            _changed(recipe, {"conditional.nothing": 1})
        with pytest.raises(InputError, match=r"epochs\.most: epochs has no parts"):
            _changed(recipe, {"epochs.most": 1})

    def test_a_change_that_cannot_be_is_told_before_any_work(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        for change, told in (
            ("epochs: 0", "benchmark own, change 'x': epochs: Input should be"),
            ("encoder: nowhere/none, architecture: null", "nowhere/none"),
        ):
            (copy.root / "eval" / "benchmarks" / "own.yaml").write_text(
                "name: own\nkind: ablation\nseeds: [1]\nrecipe: training/recipes/tiny.yaml\n"
                f"floor: training/recipes/lexicon.yaml\nchanges:\n  x: {{{change}}}\n"
            )
            assert main(["--project", str(copy.root), "benchmark", "own"]) == 2
            (line,) = capsys.readouterr().err.splitlines()
            assert told in line

    def test_a_curve_may_score_documents_from_elsewhere(self, copy: Project, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
        write_document(annotated("elsewhere"), tmp_path / "else")
        command = ["--project", str(copy.root), "benchmark", "transfer-curve", "--data", str(tmp_path / "else")]
        assert main([*command, "--recipe", "training/recipes/lexicon.yaml", "--json"]) == 0
        line = ledger.loads(capsys.readouterr().out)
        assert (line.documents, line.systems["model 100%"].scores["TC"].gold) == (1, 3)

    def test_the_stories_are_not_scored_on_other_documents(self, copy: Project, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
        write_document(annotated("elsewhere"), tmp_path / "else")
        command = ["--project", str(copy.root), "benchmark", "stories", "--data", str(tmp_path / "else")]
        assert main([*command, "--accept"]) == 2
        assert "elsewhere: true" in capsys.readouterr().err
        assert not copy.ledger.exists()

    def test_an_ablation_is_not_called_like_what_it_is_compared_with(self, copy: Project) -> None:
        text = (copy.root / "eval" / "benchmarks" / "choices.yaml").read_text()
        for name in ("floor", "a:b", "a/b"):
            wrong = text.replace("  embeddings learn:", f'  "{name}":')
            (copy.root / "eval" / "benchmarks" / "wrong.yaml").write_text(wrong)
            with pytest.raises(InputError, match=r"changes"):
                load_benchmark(copy, "wrong")

    def test_transfer_scores_documents_from_elsewhere(self, copy: Project, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
        write_document(annotated("elsewhere"), tmp_path / "else")
        command = ["--project", str(copy.root), "benchmark", "transfer", "--recipe", "training/recipes/lexicon.yaml"]
        assert main([*command, "--data", str(tmp_path / "else"), "--json"]) == 0
        line = ledger.loads(capsys.readouterr().out)
        assert (line.documents, line.systems["model"].scores["TC"].gold) == (1, 3)
        assert main(command) == 2
        assert "--data FOLDER" in capsys.readouterr().err
        assert main([*command, "--data", str(copy.gold)]) == 2
        assert "is a document of the gold or the supplement" in capsys.readouterr().err

    def test_a_corpus_with_an_error_is_refused_before_any_work(self, copy: Project, capsys) -> None:  # type: ignore[no-untyped-def]
        file = copy.gold / "lebanon-spy-device.json"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('"type": "Seize"', '"type": "Grab"', 1), encoding="utf-8")
        assert main(["--project", str(copy.root), "benchmark", "stories"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "lebanon-spy-device: ontology." in line
        assert not copy.ledger.exists()

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            (["weather"], "there is no benchmark 'weather'"),
            (["stories", "--seeds", "1", "1"], "a seed stands twice"),
            (["stories", "--recipe", "none.yaml"], "cannot be read"),
            (["stories", "--recipe", "training/recipes/lexicon.yaml", "--encoder", "x"], "a lexicon has no encoder"),
        ],
    )
    def test_bad_input_is_told_in_a_line(self, copy: Project, options: list[str], reason: str, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main(["--project", str(copy.root), "benchmark", *options]) == 2
        assert reason in capsys.readouterr().err

    @pytest.mark.parametrize(
        "content", ["name: odd\nkind: stories\nrecipes: x\n", "name: odd\nkind: dance\n", "name: ["]
    )
    def test_a_benchmark_file_of_a_wrong_shape_is_told(self, copy: Project, content: str) -> None:
        (copy.root / "eval" / "benchmarks" / "odd.yaml").write_text(content)
        with pytest.raises(InputError, match=r"odd\.yaml"):
            load_benchmark(copy, "odd")


class TestTheAcceptedLine:
    def test_it_was_measured_on_the_committed_corpus_by_committed_code(self, project: Project) -> None:
        line = ledger.last_accepted(project.ledger, "stories")
        assert line is not None
        assert line.systems["model"].recipe == "default"
        assert line.revision is not None
        assert not line.revision.endswith("-dirty")
        documents, folds = project.gold_documents(), load_folds(project.folds).folds
        recipe = load_benchmark_recipe(project, "training/recipes/lexicon.yaml")
        supplement = project.authored_documents()
        floor = leave_out(recipe, [1], documents, folds, project.ontology, supplement=supplement).scores
        assert line.systems["model"].supplement_sha256 == corpus_digest(supplement)
        again = ledger.line("stories", line.systems, [1], documents, project)
        assert again.corpus_sha256 == line.corpus_sha256
        for metric, remembered in line.systems["floor"].scores.items():
            found = floor[metric]
            expected = (remembered.gold, remembered.predicted, remembered.correct)
            assert (found.gold, found.predicted, found.correct) == expected

    def test_it_reads_as_a_table(self, project: Project) -> None:
        line = ledger.last_accepted(project.ledger, "stories")
        assert line is not None
        header, rows = score_rows(line)
        assert [row[0] for row in rows] == list(KEYS)
        assert all(len(row) == len(header) for row in rows)
        assert len(part_rows(line)[1]) == 5
        assert "with the encoder training/encoder" in caption(line)


def test_the_line_is_json_that_anything_can_read(copy: Project) -> None:
    command = ["--project", str(copy.root), "benchmark", "annotators"]
    assert main(command) == 0
    data = json.loads(copy.ledger.read_text(encoding="utf-8"))
    assert data["systems"]["a"]["scores"]["TC"]["gold"] == 183
