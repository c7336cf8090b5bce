"""Named entities: fine-tuning learns them, and only whole ones of the right type count."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score
from seqeval.scheme import IOB2

from khabar.cli.main import main
from khabar.corpus.store import Project
from khabar.eval import ledger
from khabar.eval.benchmark import ExternalNer, load_benchmark
from khabar.eval.comparison import caption, score_rows
from khabar.eval.conll import ConllFile, TaggedSentence, read_conll
from khabar.eval.counts import Counts
from khabar.eval.gate import failures
from khabar.eval.ner import BLOCK, NerResult, entity_counts, finetune_and_score, ner_system
from tests.eval.test_benchmark import copy as copy  # the corpus in a folder of its own
from tests.training.encoders import TINY, save_encoder

NEWS = """\
قال O
برند B-PERS
جوتشولك I-PERS
في O
برلين B-LOC
. O

أعلن O
اتحاد B-ORG
صناعة I-ORG
السيارات I-ORG
ذلك O
. O

زار O
الطراونة B-PERS
المفرق B-LOC
أمس O
. O

انتهى O
الاجتماع O
. O
"""

TAGS = ("O", "B-LOC", "I-LOC", "B-PERS", "I-PERS")


def counts(gold: str, predicted: str) -> dict[str, Counts]:
    return entity_counts(gold.split(), predicted.split())


@pytest.fixture
def news(tmp_path: Path) -> Path:
    file = tmp_path / "news.txt"
    file.write_text(NEWS, encoding="utf-8")
    return file


class TestCounting:
    @pytest.mark.parametrize(
        ("predicted", "expected"),
        [
            ("B-PERS I-PERS O B-LOC", Counts(2, 2, 2)),
            ("B-PERS O O B-LOC", Counts(2, 2, 1)),  # half a name is none
            ("B-LOC I-LOC O B-LOC", Counts(2, 2, 1)),  # nor is one of another type
            ("B-PERS B-PERS O B-LOC", Counts(2, 3, 1)),
            ("I-PERS I-PERS O B-LOC", Counts(2, 1, 1)),  # without its beginning it is not even predicted
            ("B-PERS I-LOC O B-LOC", Counts(2, 2, 1)),
            ("O O O O", Counts(2, 0, 0)),
        ],
    )
    def test_an_entity_is_right_only_whole_and_of_its_type(self, predicted: str, expected: Counts) -> None:
        assert counts("B-PERS I-PERS O B-LOC", predicted)["entity"] == expected

    def test_types_are_counted_apart(self) -> None:
        found = counts("B-PERS I-PERS O B-LOC", "B-LOC I-LOC O B-LOC")
        assert found["entity.PERS"] == Counts(1, 0, 0)
        assert found["entity.LOC"] == Counts(1, 2, 1)

    @given(st.lists(st.lists(st.tuples(*[st.sampled_from(TAGS)] * 2), min_size=1, max_size=12), min_size=1, max_size=6))
    def test_the_sums_give_what_seqeval_gives(self, sentences: list[list[tuple[str, str]]]) -> None:
        gold = [[a for a, _ in sentence] for sentence in sentences]
        predicted = [[b for _, b in sentence] for sentence in sentences]
        rows = [entity_counts(a, b) for a, b in zip(gold, predicted, strict=True)]
        strict = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
        if not any("B-" in tag for side in (gold, predicted) for sentence in side for tag in sentence):
            return  # seqeval fails where there is no entity at all
        assert sum((row["entity"] for row in rows), Counts()).f1 == pytest.approx(f1_score(gold, predicted, **strict))
        report = classification_report(gold, predicted, output_dict=True, **strict)
        for name in ("LOC", "PERS"):
            summed = sum((row.get(f"entity.{name}", Counts()) for row in rows), Counts())
            assert summed.f1 == pytest.approx(report.get(name, {"f1-score": 0})["f1-score"])


class TestFineTuning:
    def test_four_sentences_are_learned_by_heart(self, news: Path) -> None:
        file = read_conll(news)
        told: list[str] = []
        result = finetune_and_score(TINY, [1], file, file, None, told.append)
        system = ner_system(result)
        assert system.scores["entity"].f1 == 1.0
        assert system.scores["entity"].gold == 5
        assert set(system.scores) == {"entity", "entity.LOC", "entity.ORG", "entity.PERS"}
        assert len(told) == TINY.epochs
        assert told[-1] == f"tiny, seed 1, epoch {TINY.epochs}"

    def test_a_sentence_longer_than_a_window_is_learned_and_tagged_to_its_end(self) -> None:
        words = ("كلمة",) * 90 + ("برلين",)
        long = TaggedSentence(words, ("O",) * 90 + ("B-LOC",))
        file = ConllFile("long", "", (long, long))
        system = ner_system(finetune_and_score(TINY, [1], file, file, None))
        assert len(words) > TINY.max_length
        assert system.scores["entity"].f1 == 1.0

    def test_a_pretrained_encoder_is_fine_tuned(self, news: Path, tmp_path: Path) -> None:
        file = read_conll(news)
        recipe = TINY.changed(encoder=str(tmp_path / "encoder"), architecture=None)
        result = finetune_and_score(recipe, [1], file, file, save_encoder(tmp_path / "encoder"))
        assert ner_system(result).scores["entity"].f1 == 1.0
        assert ner_system(result).encoder == "encoder"  # and no path of this machine

    def test_a_type_that_training_lacks_is_never_found_but_counts(self, news: Path, tmp_path: Path) -> None:
        (tmp_path / "test.txt").write_text("حرب B-MISC\n. O\n", encoding="utf-8")
        result = finetune_and_score(
            TINY.changed(epochs=1), [1], read_conll(news), read_conll(tmp_path / "test.txt"), None
        )
        score = ner_system(result).scores["entity.MISC"]
        assert (score.gold, score.correct) == (1, 0)


class TestUncertainty:
    RIGHT, WRONG = {"entity": Counts(1, 1, 1)}, {"entity": Counts(1, 1, 0)}

    def interval(self, *sentences: dict[str, Counts]) -> tuple[float, float]:
        return ner_system(NerResult(TINY, (), (list(sentences),))).scores["entity"].ci

    def test_neighbouring_sentences_are_resampled_together(self) -> None:
        mixed = self.interval(*[self.RIGHT, self.WRONG] * BLOCK * 10)
        runs = self.interval(*([self.RIGHT] * BLOCK + [self.WRONG] * BLOCK) * 10)
        assert mixed[1] - mixed[0] < 0.1  # every block is half right
        assert runs[1] - runs[0] > 0.3  # every block is all right or all wrong

    def test_the_last_block_may_be_short(self) -> None:
        assert self.interval(*[self.RIGHT] * (BLOCK + 1)) == (1.0, 1.0)

    def test_counts_are_pooled_over_seeds_and_their_spread_is_told(self) -> None:
        system = ner_system(NerResult(TINY, (), ([self.RIGHT, self.RIGHT], [self.RIGHT, self.WRONG])))
        score = system.scores["entity"]
        assert (score.gold, score.correct, score.f1) == (4, 3, 0.75)
        assert score.seed_sd == pytest.approx(0.5 / 2**0.5)
        assert system.sentences == {"entity": [(2, 2, 2), (2, 2, 1)]}


class TestCommand:
    @pytest.fixture
    def command(self, copy: Project, news: Path) -> list[str]:
        recipe = ["--recipe", "training/recipes/tiny.yaml", "--seeds", "1", "2"]
        return ["--project", str(copy.root), "benchmark", "external-ner", *recipe, "--data", str(news), str(news)]

    def test_a_run_leaves_a_line_that_pages_gates_and_comparisons_read(self, copy: Project, command, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main([*command, "--accept"]) == 0
        assert "entity.PERS" in capsys.readouterr().out
        assert main([*command, "--gate", "--json"]) == 0
        line = ledger.loads(capsys.readouterr().out)
        assert (line.documents, line.unit, line.corpus_version, line.seeds) == (4, "sentences", "news.txt", (1, 2))
        assert len(line.systems["model"].sentences["entity"]) == 4
        assert "4 sentences" in caption(line)
        assert [row[0] for row in score_rows(line)[1]] == ["entity", "entity.LOC", "entity.ORG", "entity.PERS"]
        assert main(["--project", str(copy.root), "benchmark", "--compare", line.id, "external-ner"]) == 0
        assert "not significant" in capsys.readouterr().out

    def test_a_fall_fails_the_gate(self, copy: Project, command, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main([*command, "--json"]) == 0
        line = ledger.loads(capsys.readouterr().out)
        plan = load_benchmark(copy, "external-ner")
        better = line.model_dump(exclude={"id"})
        score = better["systems"]["model"]["scores"]["entity"]
        score["f1"] = score["f1"] + 0.5
        (fell,) = failures(line, plan, ledger.Line(**better))
        assert fell.startswith("entity fell from 5")

    def test_the_benchmark_decides_how_long_is_trained_and_the_recipe_how_fast(self, copy: Project) -> None:
        plan = load_benchmark(copy, "external-ner")
        assert isinstance(plan, ExternalNer)
        assert plan.epochs < 40
        assert len(plan.seeds) == 3

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ([], "needs two CoNLL files: --data TRAIN TEST"),
            (["--data", "one.txt"], "needs two CoNLL files"),
            (["--data", "one.txt", "two.txt"], "one.txt: cannot be read"),
            (["--data", "a", "b", "--recipe", "training/recipes/lexicon.yaml"], "has no encoder to fine-tune"),
        ],
    )
    def test_bad_input_is_told_in_a_line(self, copy: Project, options: list[str], reason: str, capsys) -> None:  # type: ignore[no-untyped-def]
        assert main(["--project", str(copy.root), "benchmark", "external-ner", *options]) == 2
        (told,) = capsys.readouterr().err.splitlines()
        assert reason in told
        assert not copy.ledger.exists()
