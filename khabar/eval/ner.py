"""Named entities: an encoder fine-tuned on one CoNLL file and scored on another, by strict entity F1.

What an encoder is worth on data that is none of khabar's, in numbers that others have published too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from seqeval.scheme import IOB2, Entities

from khabar.eval.conll import ConllFile
from khabar.eval.counts import Counts
from khabar.eval.ledger import ENTITY, Metric, System, encoder_name, per_second, recipe_digest
from khabar.eval.uncertainty import f1_intervals
from khabar.training.recipe import TaggerRecipe

BLOCK = 15
"""Sentences that are resampled together, in place of documents: neighbours name the same people. ANERcorp has 316
articles (Benajiba, Rosso & Benedí Ruiz 2007) in its 4,906 sentences, 15 or 16 each; its files do not part them."""

BySentence = list[dict[str, Counts]]
"""For each sentence counts by metric: `entity`, `entity.TYPE`; a type without items may be missing."""


@dataclass(frozen=True)
class NerResult:
    """What an encoder reached.

    Attributes:
        recipe: What was trained.
        types: The types of entities, in the order in which they are shown.
        runs: One a seed.
        training_seconds: All seeds together.
        tagging_seconds: All seeds together.
        trained_words: Words trained on, each once, all seeds together.
        tagged_words: Words tagged, likewise.
    """

    recipe: TaggerRecipe
    types: tuple[str, ...]
    runs: tuple[BySentence, ...]
    training_seconds: float = 0.0
    tagging_seconds: float = 0.0
    trained_words: int = 0
    tagged_words: int = 0


def entity_counts(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, Counts]:
    """Counts the entities of a sentence as seqeval does with `mode='strict', scheme=IOB2`.

    An entity is right if type, first and last word are; `I-` without its `B-` is none.

    Args:
        gold: One tag a word.
        predicted: The same.

    Returns:
        `entity` for all of them, and `entity.TYPE` for each type that occurs.
    """
    wanted, found = (
        {(entity.tag, entity.start, entity.end) for entity in Entities([list(tags)], IOB2).entities[0]}
        for tags in (gold, predicted)
    )
    by_type = {
        f"{ENTITY}.{name}": Counts.of({e for e in wanted if e[0] == name}, {e for e in found if e[0] == name})
        for name in {entity[0] for entity in wanted | found}
    }
    return {ENTITY: Counts.of(wanted, found)} | by_type


def finetune_and_score(
    recipe: TaggerRecipe,
    seeds: Sequence[int],
    train: ConllFile,
    test: ConllFile,
    encoder: Path | None,
    advance: Callable[[str], object] = lambda _: None,
) -> NerResult:
    """Fine-tunes once a seed, and scores what it tags.

    Args:
        recipe: How.
        seeds: One training each.
        train: What is learned.
        test: What is scored.
        encoder: Folder of the pretrained encoder; None to start at random.
        advance: Is told of every epoch that is done.

    Raises:
        InputError: If the encoder cannot be used.
    """
    from khabar.training.word_tagger import WordTagger  # imports torch

    words, tags = [s.words for s in train.sentences], [s.tags for s in train.sentences]
    runs = []
    training = tagging = 0.0
    for seed in seeds:
        started = time.perf_counter()
        told = _Epochs(f"{recipe.name}, seed {seed}", recipe.epochs, advance)
        tagger = WordTagger.fit(recipe.changed(seed=seed), words, tags, encoder, told)
        trained = time.perf_counter()
        predicted = tagger([sentence.words for sentence in test.sentences])
        training += trained - started
        tagging += time.perf_counter() - trained
        pairs = zip(test.sentences, predicted, strict=True)
        runs.append([entity_counts(sentence.tags, found) for sentence, found in pairs])
    return NerResult(
        recipe=recipe,
        types=tuple(sorted({*train.types, *test.types})),
        runs=tuple(runs),
        training_seconds=training,
        tagging_seconds=tagging,
        trained_words=len(seeds) * sum(map(len, words)),
        tagged_words=len(seeds) * sum(len(sentence.words) for sentence in test.sentences),
    )


def ner_system(result: NerResult) -> System:
    """A result as the ledger remembers it: pooled over seeds, intervals by blocks of `BLOCK` sentences and seeds."""
    metrics = (ENTITY, *(f"{ENTITY}.{name}" for name in result.types))
    cells = np.array([[_row(sentence, metrics) for sentence in run] for run in result.runs], dtype=np.int64)
    blocks = np.add.reduceat(cells, np.arange(0, cells.shape[1], BLOCK), axis=1)
    intervals = f1_intervals(blocks)
    scores = {}
    for metric, ci in zip(metrics, intervals, strict=True):
        by_seed = [_sum(sentence.get(metric, Counts()) for sentence in run) for run in result.runs]
        f1 = [counts.f1 for counts in by_seed]
        spread = statistics.stdev(f1) if len(f1) > 1 else 0.0
        scores[metric] = Metric(**_sum(by_seed).to_json(), ci=ci, seed_sd=spread)
    return System(
        recipe=result.recipe.name,
        recipe_sha256=recipe_digest(result.recipe),
        encoder=encoder_name(result.recipe),
        scores=scores,
        sentences={ENTITY: cells[:, :, 0].sum(axis=0).tolist()},
        training_seconds=round(result.training_seconds, 2),
        tagging_seconds=round(result.tagging_seconds, 2),
        training_words_per_second=per_second(result.trained_words * result.recipe.epochs, result.training_seconds),
        tagging_words_per_second=per_second(result.tagged_words, result.tagging_seconds),
    )


class _Epochs:
    """Steps to epochs: what a training tells of every step, told on once an epoch."""

    def __init__(self, name: str, epochs: int, advance: Callable[[str], object]):
        self.name, self.epochs, self.advance, self.told = name, epochs, advance, 0

    def __call__(self, done: int, steps: int) -> None:
        while self.told < done * self.epochs // steps:
            self.told += 1
            self.advance(f"{self.name}, epoch {self.told}")


def _row(sentence: dict[str, Counts], metrics: Sequence[str]) -> list[tuple[int, int, int]]:
    found = (sentence.get(metric, Counts()) for metric in metrics)
    return [(counts.gold, counts.predicted, counts.correct) for counts in found]


def _sum(counts: Iterable[Counts]) -> Counts:
    return sum(counts, Counts())
