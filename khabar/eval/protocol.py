"""How a benchmark is run: training, tagging and counting, part by part and seed by seed."""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from khabar.arabic import word_tokens
from khabar.corpus.folds import Fold, select
from khabar.corpus.store import write_document
from khabar.corpus.supplement import part
from khabar.document import Document
from khabar.eval.counts import Counts
from khabar.eval.paired import sentence_counts
from khabar.eval.score import Run, Scores, add, count_documents, pairs, summarise
from khabar.eval.uncertainty import Variances, variances
from khabar.eval.unfinished import Part, Unfinished, keep, kept
from khabar.ontology import Ontology
from khabar.training.predict import predictor
from khabar.training.recipe import LexiconRecipe, Recipe
from khabar.training.train import train

Advance = Callable[[str], object]


@dataclass(frozen=True)
class Result:
    """What one system reached.

    Attributes:
        recipe: What was trained; None for an annotator.
        scores: Pooled over parts and seeds, with intervals; `scores.runs` holds counts by seed and document.
        predictions: By seed, the tagged documents.
        training_seconds: Spent on training, all parts and seeds together.
        tagging_seconds: Spent on tagging what was held out.
        gold: What the predictions were scored against.
        trained_words: Words trained on, each once, all parts and seeds together.
        tagged_words: Words tagged, likewise.
        supplement: What was trained on beside the gold.
    """

    recipe: Recipe | None
    scores: Scores
    predictions: Mapping[int, tuple[Document, ...]]
    gold: tuple[Document, ...] = ()
    training_seconds: float = 0.0
    tagging_seconds: float = 0.0
    trained_words: int = 0
    tagged_words: int = 0
    supplement: tuple[Document, ...] = ()

    def spread(self, metric: str) -> float:
        """Standard deviation of F1 (0 to 1) over seeds; 0 for a single one."""
        f1 = [add(*run.values())[metric].f1 for run in self.scores.runs]
        return statistics.stdev(f1) if len(f1) > 1 else 0.0

    def by_sentence(self, metrics: Sequence[str]) -> dict[str, list[Counts]]:
        """Counts of metrics in every sentence, in the order of the gold documents, summed over seeds."""
        summed: dict[str, list[Counts]] = {}
        for documents in self.predictions.values():
            tables = [sentence_counts(gold, predicted) for gold, predicted in pairs(self.gold, documents)]
            for metric in metrics:
                row = [counts for table in tables for counts in table[metric]]
                summed[metric] = [a + b for a, b in zip(summed[metric], row, strict=True)] if metric in summed else row
        return summed

    def variances(self, metric: str, parts: Mapping[str, Sequence[str]]) -> Variances | None:
        """Where the variance of a metric's F1 comes from; None with fewer than two seeds or two parts."""
        f1 = [[add(*(run[i] for i in ids))[metric].f1 for ids in parts.values()] for run in self.scores.runs]
        return variances(np.array(f1)) if len(f1) > 1 and len(parts) > 1 else None

    def by_part(self, parts: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Counts]]:
        """Counts of every metric over some of the documents, pooled over seeds; `parts` names their ids."""
        return {name: add(*(run[i] for run in self.scores.runs for i in ids)) for name, ids in parts.items()}


def leave_out(
    recipe: Recipe,
    seeds: Sequence[int],
    documents: Sequence[Document],
    folds: Sequence[Fold],
    ontology: Ontology,
    roots: Sequence[Path] = (Path(),),
    advance: Advance = lambda _: None,
    share: float = 1.0,
    supplement: Sequence[Document] = (),
    unfinished: Unfinished | None = None,
) -> Result:
    """Trains on every fold with every seed, and scores what is held out.

    Args:
        recipe: What is trained; a lexicon once, whatever the seeds.
        seeds: One training of every fold each.
        documents: The gold.
        folds: What is trained on and what is held out together.
        ontology: The labels.
        roots: Where an encoder named by a relative path may stand.
        advance: Is told of every fold that is done.
        share: Part of the training sentences to train on, drawn by seed.
        supplement: Documents that are trained on in every fold, and never scored; the recipe says how many of them.
        unfinished: What an earlier run of the same has tagged already, and where this one keeps what it tags.

    Raises:
        InputError: If the recipe's encoder cannot be found, or the folds name a document that is not there.
    """
    runs: list[Run] = []
    predictions: dict[int, tuple[Document, ...]] = {}
    training = tagging = 0.0
    trained_words = tagged_words = 0
    beside = part(supplement, recipe.supplement, recipe.supplement_of)
    for seed in _seeds(recipe, seeds):
        counted: dict[str, Mapping[str, Counts]] = {}
        tagged: list[Document] = []
        with tempfile.TemporaryDirectory(prefix="khabar-") as folder:
            for fold in folds:
                held_out = select(documents, fold.test)
                material = thinned(select(documents, fold.train), share, seed) + beside
                one = recipe.changed(seed=seed)
                place = unfinished.place(one, material, held_out, ontology, roots) if unfinished is not None else None
                found = kept(place)
                if found is None:
                    started = time.perf_counter()
                    out, first = Path(folder) / fold.name, Path(folder) / "first stage"  # of all folds
                    model = train(one, material, ontology, out, roots=roots, first=first)
                    trained = time.perf_counter()
                    predicted = predictor(model)([document.without_annotation() for document in held_out])
                    shutil.rmtree(model)
                    found = Part(trained - started, time.perf_counter() - trained, tuple(predicted))
                    keep(place, found)
                training += found.training_seconds
                tagging += found.tagging_seconds
                trained_words += words(material)
                tagged_words += words(held_out)
                counted |= count_documents(held_out, found.tagged)
                tagged += found.tagged
                advance(f"{recipe.name}, seed {seed}, {fold.name}")
        runs.append(counted)
        predictions[seed] = tuple(tagged)
    held = tuple(document for fold in folds for document in select(documents, fold.test))
    return Result(
        recipe, summarise(*runs), predictions, held, training, tagging, trained_words, tagged_words, tuple(beside)
    )


def compare_pass(gold: Sequence[Document], annotated: Sequence[Document]) -> Result:
    """An annotator's documents scored against the gold, as a tagger's would be."""
    return Result(None, summarise(count_documents(gold, annotated)), {0: tuple(annotated)}, tuple(gold))


def thinned(documents: Sequence[Document], share: float, seed: int) -> list[Document]:
    """Documents with a part of their sentences, drawn at random over all of them; texts and offsets stay.

    Args:
        documents: Annotated documents.
        share: Part of the sentences that is kept, 0 to 1; at least one sentence is.
        seed: Of the drawing. A larger share holds all that a smaller one holds.

    Returns:
        Documents whose `sentences`, events and attributions are those kept; documents without any are left out.
    """
    if share >= 1:
        return list(documents)
    places = [(d, s) for d, document in enumerate(documents) for s in range(len(document.sentences))]
    random.Random(seed).shuffle(places)
    kept = set(places[: max(1, round(share * len(places)))])
    thin = []
    for d, document in enumerate(documents):
        chosen = {s for s in range(len(document.sentences)) if (d, s) in kept}
        if not chosen:
            continue
        events = tuple(e for e in document.events if document.sentence_at(e.trigger.start) in chosen)
        ids = {event.id for event in events}
        attributions = tuple(
            a.model_copy(
                update={
                    "sources": tuple(s for s in a.sources if document.sentence_at(s.start) in chosen),
                    "channels": tuple(s for s in a.channels if document.sentence_at(s.start) in chosen),
                    "events": tuple(e for e in a.events if e in ids),
                }
            )
            for a in document.attributions
            if document.sentence_at(a.anchor.start) in chosen
        )
        update = {
            "sentences": tuple(s for i, s in enumerate(document.sentences) if i in chosen),
            "events": events,
            "attributions": attributions,
        }
        thin.append(document.model_copy(update=update))
    return thin


def words(documents: Sequence[Document]) -> int:
    """Number of words in the documents' sentences."""
    return sum(len(word_tokens(d.text, d.cuts, s.start, s.end)) for d in documents for s in d.sentences)


def trainings(recipe: Recipe, seeds: Sequence[int], folds: Sequence[Fold]) -> int:
    """How many times `leave_out` trains."""
    return len(folds) * len(_seeds(recipe, seeds))


def keep_predictions(result: Result, folder: Path) -> None:
    """Writes what was tagged to `folder/seed-N/<id>.json`, for the report and for error analysis."""
    for seed, documents in result.predictions.items():
        for document in documents:
            write_document(document, folder / f"seed-{seed}")


def _seeds(recipe: Recipe, seeds: Sequence[int]) -> Sequence[int]:
    return seeds[:1] if isinstance(recipe, LexiconRecipe) else seeds
