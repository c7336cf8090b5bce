"""How fast khabar trains and tags, against the usual script and against that script made as good as it gets.

    python training/bench.py --encoder training/encoder
    python training/bench.py --epochs 1 2 4 8 --rounds 1
    python training/bench.py --bert-base 64000 --documents 6

Four contenders on the same documents, with the same encoder, batch size and epochs, one after another in a process of
its own, round after round, so that what else the machine does hits all of them alike:

- `usual`: `AutoModelForTokenClassification` and `Trainer`, one model a layer (triggers, arguments, attributions),
  batches padded to their longest sentence;
- `improved`: one encoder with three heads, batches of sentences of like length, bf16 where the processor has it, and
  plain attention, whose gradient is quicker there;
- `flat` and `default`: khabar's recipes of these names.

Told of each: words a second of training (all layers of one pass over the words, with data preparation), peak memory,
F1 of trigger tags on the story held out, and words a second of tagging it: by `transformers.pipeline`, a model a layer,
with batches of 1, 8 and 32 sentences, and by khabar. The last line gives the machine's matrix-multiplication peak, and
what each encoder's arithmetic reaches of it (6 operations a parameter and piece, embeddings not counted).

A pass of one is worth more than a pass of another. With several numbers of `--epochs`, each a training of its own, the
table tells what each contender reaches in how many seconds: F1 of trigger tags, and of the tags of all layers.

It is a script, not part of the package: the contenders are what a user would write without khabar.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
    pipeline,
)

from khabar.corpus.convert.rows import token_rows
from khabar.corpus.store import Project, find_project, read_documents
from khabar.document import Document
from khabar.training.predict import predictor
from khabar.training.quiet import quiet
from khabar.training.recipe import TaggerRecipe, load_recipe
from khabar.training.train import train

LAYERS = ("trigger_tags", "argument_tags", "attribution_tags")
CONTENDERS = ("usual", "improved", "flat", "default")
BATCHES = (1, 8, 32)
LONGEST = 256  # pieces of a sentence; the recipes' own limit


def main() -> None:
    """Runs the rounds and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, default=Path("training/encoder"), help="a pretrained encoder's folder")
    parser.add_argument("--bert-base", type=int, metavar="PIECES", help="AraBERT's shape instead, at random")
    parser.add_argument("--documents", type=int, default=40, help="documents trained on, drawn at random (40)")
    parser.add_argument("--held-out", default="zummar", metavar="STORY", help="the story that is tagged (zummar)")
    parser.add_argument("--epochs", type=int, nargs="+", default=[2], help="passes over the documents (2)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all contenders run (3)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print every measurement")
    parser.add_argument("--only", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        (options.epochs,) = options.epochs
        torch.set_num_threads(options.threads)
        print(json.dumps(CONTEND[options.only](options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.bert_base:
            options.encoder = bert_base(options.encoder, options.bert_base, Path(folder) / "bert-base")
        told = rounds(options)
    if options.json:
        print(json.dumps(told, indent=1))
    elif len(options.epochs) > 1:
        show_curve(told, options.epochs)
    else:
        show(told, options)


def rounds(options: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """All measurements by contender; every round in another order."""
    told: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    runs = [(name, epochs) for name in CONTENDERS for epochs in options.epochs]
    for number in range(options.rounds):
        for name, epochs in random.Random(number).sample(runs, len(runs)):
            line = [
                sys.executable,
                __file__,
                "--only",
                name,
                "--encoder",
                str(options.encoder),
                "--epochs",
                str(epochs),
            ]
            for key in ("documents", "held_out", "threads"):
                line += ["--" + key.replace("_", "-"), str(getattr(options, key))]
            done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True)
            told[name].append({"epochs": epochs} | json.loads(done.stdout.splitlines()[-1]))
            print(f"round {number + 1}: {name} {told[name][-1]}", file=sys.stderr, flush=True)
    return told


def show_curve(told: dict[str, list[dict[str, float]]], epochs: Sequence[int]) -> None:
    """Prints what is reached after how many passes and seconds as a Markdown table; medians over the rounds."""
    passes = " | ".join("1 pass" if number == 1 else f"{number} passes" for number in epochs)
    print(f"| seconds: trigger F1, F1 of all tags | {passes} |")
    print("|---" * (len(epochs) + 1) + "|")
    for name, lines in told.items():
        cells = []
        for number in epochs:
            runs = [line for line in lines if line["epochs"] == number]
            seconds, trigger, tags = (statistics.median(run[key] for run in runs) for key in ("seconds", "f1", "tags"))
            cells.append(f"{seconds:,.0f} s: {100 * trigger:.1f}, {100 * tags:.1f}")
        print(f"| {name} | {' | '.join(cells)} |")


def show(told: dict[str, list[dict[str, float]]], options: argparse.Namespace) -> None:
    """Prints medians as a Markdown table; ratios are to `usual`."""

    def middle(name: str, key: str) -> float:
        return statistics.median(line[key] for line in told[name])

    print(
        "| | training, words/s | × usual | spread | peak memory, MB | trigger F1 | tagging, words/s (batch 1, 8, 32) |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in CONTENDERS:
        speeds = [line["trained"] for line in told[name]]
        tagged = [f"{middle(name, key):,.0f}" for key in told[name][0] if key.startswith("tagged")]
        print(
            f"| {name} | {middle(name, 'trained'):,.0f} | {middle(name, 'trained') / middle('usual', 'trained'):.1f} "
            f"| {min(speeds):,.0f}-{max(speeds):,.0f} | {middle(name, 'memory'):,.0f} | {100 * middle(name, 'f1'):.1f} "
            f"| {', '.join(tagged)} |"
        )
    torch.set_num_threads(options.threads)
    peaks = {kind: peak(kind) for kind in (torch.float32, torch.bfloat16)}
    print(
        "\npeak: " + ", ".join(f"{str(kind)[6:]} {value / 1e9:,.0f} GFLOP/s" for kind, value in peaks.items()), end=""
    )
    print("; reached in training: " + ", ".join(f"{n} {middle(n, 'flops') / 1e9:,.0f}" for n in CONTENDERS))


def peak(kind: torch.dtype) -> float:
    """Operations a second of a large matrix multiplication."""
    a, b = (torch.randn(2048, 2048).to(kind) for _ in range(2))
    best = float("inf")
    for _ in range(8):
        began = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - began)
    return 2 * 2048**3 / best


def bert_base(tokenizer: Path, pieces: int, folder: Path) -> Path:
    """AraBERT's architecture with random weights and the tokenizer of another encoder."""
    known = AutoTokenizer.from_pretrained(tokenizer)
    none = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}  # as khabar's recipes have it here
    config = BertConfig(vocab_size=max(pieces, len(known)), pad_token_id=known.pad_token_id, **none)
    with quiet():
        AutoModel.from_config(config).save_pretrained(folder)
        known.save_pretrained(folder)
    return folder


def material(options: argparse.Namespace) -> tuple[Project, list[Document], list[Document]]:
    """The project, what is trained on, and the story held out."""
    project = find_project(Path(__file__).parent)
    gold = read_documents([project.gold])
    held_out = [d for d in gold if d.source.story == options.held_out]
    known = [d for d in gold if d.source.story != options.held_out] + project.authored_documents()
    known = random.Random(1).sample(known, min(options.documents, len(known)))
    return project, sorted(known, key=lambda d: d.id), held_out


def measured(options: argparse.Namespace, seconds: float, words: int, pieces: int, passes: int) -> dict[str, float]:
    """What is told of a training: `passes` encoders were trained on these pieces."""
    config = AutoConfig.from_pretrained(options.encoder)
    encoder = AutoModel.from_config(config)
    inner = sum(p.numel() for name, p in encoder.named_parameters() if "embeddings" not in name)
    return {
        "seconds": seconds,
        "trained": options.epochs * words / seconds,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "flops": 6 * inner * pieces * passes * options.epochs / seconds,
    }


class Sentences(torch.utils.data.Dataset[dict[str, Any]]):
    """Sentences as a token classifier wants them: the first piece of a token bears its label."""

    def __init__(
        self, rows: Sequence[dict[str, Any]], layers: Sequence[str], tokenizer: Any, labels: dict[str, list[str]]
    ):
        self.items: list[dict[str, Any]] = []
        for row in rows:
            encoded = tokenizer(row["tokens"], is_split_into_words=True, truncation=True, max_length=LONGEST)
            item = {key: encoded[key] for key in ("input_ids", "attention_mask")}
            words = encoded.word_ids()
            for layer in layers:
                numbers = [-100] * len(words)
                for place, word in enumerate(words):
                    if word is not None and word != (words[place - 1] if place else None):
                        numbers[place] = labels[layer].index(row[layer][word])
                item["labels" if len(layers) == 1 else layer] = numbers
            self.items.append(item)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self.items[number]


def rows_of(project: Project, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """One row a sentence, tags as strings."""
    return [row for document in documents for row in token_rows(document, project.ontology) if row["tokens"]]


def tags_of(project: Project) -> dict[str, list[str]]:
    """The tags of each layer."""
    names = (project.ontology.types, project.ontology.roles, project.ontology.attribution.mentions)
    return {
        layer: ["O", *(f"{part}-{name}" for name in some for part in "BI")]
        for layer, some in zip(LAYERS, names, strict=True)
    }


def usual(options: argparse.Namespace) -> dict[str, float]:
    """One `AutoModelForTokenClassification` a layer."""
    project, known, held_out = material(options)
    recipe = recipe_of(project, "flat")
    labels, rows = tags_of(project), rows_of(project, known)
    tokenizer = AutoTokenizer.from_pretrained(options.encoder)
    seconds, models, pieces = 0.0, {}, 0
    for layer in LAYERS:
        began = time.perf_counter()
        data = Sentences(rows, [layer], tokenizer, labels)
        names = dict(enumerate(labels[layer]))
        with quiet(), tempfile.TemporaryDirectory() as folder:
            model = AutoModelForTokenClassification.from_pretrained(
                options.encoder, id2label=names, label2id={v: k for k, v in names.items()}, dtype=torch.float32
            )
            arguments = TrainingArguments(
                folder, num_train_epochs=options.epochs, per_device_train_batch_size=recipe.batch_size,
                learning_rate=recipe.learning_rate.encoder, use_cpu=True, save_strategy="no", logging_strategy="no",
                disable_tqdm=True, dataloader_pin_memory=False,
            )  # fmt: skip
            trainer = Trainer(
                model, arguments, DataCollatorForTokenClassification(tokenizer), data, processing_class=tokenizer
            )
            with contextlib.redirect_stdout(sys.stderr):
                trainer.train()
        seconds += time.perf_counter() - began
        pieces = sum(len(item["input_ids"]) for item in data.items)
        models[layer] = model.eval()
    told = measured(options, seconds, sum(len(r["tokens"]) for r in rows), pieces, len(LAYERS))
    held_rows = rows_of(project, held_out)
    found = {
        layer: tags_found(models[layer], tokenizer, held_rows, labels[layer], lambda out: out.logits)
        for layer in LAYERS
    }
    told |= f1_of(held_rows, found)
    texts = [d.text[s.start : s.end] for d in held_out for s in d.sentences]
    for size in BATCHES:
        pipes = [pipeline("token-classification", model=m, tokenizer=tokenizer, batch_size=size,
                          aggregation_strategy="simple") for m in models.values()]  # fmt: skip
        told[f"tagged_{size}"] = rate(held_out, lambda pipes=pipes: [pipe(texts) for pipe in pipes])
    return told


class ThreeHeads(torch.nn.Module):
    """An encoder with a linear head a layer."""

    def __init__(self, folder: Path, labels: dict[str, list[str]]):
        super().__init__()
        # As khabar trains: for sentences the gradient of plain attention is quicker on a processor.
        self.encoder = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        width = self.encoder.config.hidden_size
        self.heads = torch.nn.ModuleDict({layer: torch.nn.Linear(width, len(some)) for layer, some in labels.items()})

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits (sentences, pieces, tags) by layer."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return {layer: head(hidden) for layer, head in self.heads.items()}


def improved(options: argparse.Namespace) -> dict[str, float]:
    """One model with three heads, sentences of like length together, bf16, plain attention."""
    project, known, held_out = material(options)
    recipe = recipe_of(project, "flat")
    batch = recipe.batch_size
    labels, rows = tags_of(project), rows_of(project, known)
    tokenizer = AutoTokenizer.from_pretrained(options.encoder)
    torch.manual_seed(1)
    began = time.perf_counter()
    data = Sentences(rows, LAYERS, tokenizer, labels)
    model = ThreeHeads(options.encoder, labels)
    model.train()
    groups = [
        {"params": model.encoder.parameters(), "lr": recipe.learning_rate.encoder},
        {"params": model.heads.parameters(), "lr": recipe.learning_rate.heads},
    ]
    optimizer = torch.optim.AdamW(groups, fused=True)
    order = sorted(range(len(data)), key=lambda n: len(data[n]["input_ids"]))
    batches = [order[n : n + batch] for n in range(0, len(order), batch)]
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, options.epochs * len(batches))
    for epoch in range(options.epochs):
        for some in random.Random(epoch).sample(batches, len(batches)):
            inputs, mask, wanted = padded([data[n] for n in some], tokenizer.pad_token_id)
            with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported()):
                logits = model(inputs, mask)
            losses = [
                torch.nn.functional.cross_entropy(logits[layer].float().flatten(0, 1), wanted[layer].flatten())
                for layer in LAYERS
            ]
            torch.stack(losses).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
    seconds = time.perf_counter() - began
    pieces = sum(len(item["input_ids"]) for item in data.items)
    told = measured(options, seconds, sum(len(r["tokens"]) for r in rows), pieces, 1)
    held_rows = rows_of(project, held_out)
    model.eval()
    found = {
        layer: tags_found(model, tokenizer, held_rows, labels[layer], lambda out, layer=layer: out[layer])
        for layer in LAYERS
    }
    return told | f1_of(held_rows, found)


def padded(items: Sequence[dict[str, Any]], pad: int) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
    """A batch: pieces, mask, and labels by layer."""

    def stacked(key: str, filler: int) -> torch.Tensor:
        longest = max(len(item["input_ids"]) for item in items)
        return torch.tensor([item[key] + [filler] * (longest - len(item[key])) for item in items])

    wanted = {layer: stacked(layer, -100) for layer in LAYERS if layer in items[0]}
    return stacked("input_ids", pad), stacked("attention_mask", 0), wanted


@torch.inference_mode()
def tags_found(model: Any, tokenizer: Any, rows: Any, labels: list[str], logits: Any) -> list[list[str]]:
    """The tags of a layer that a model gives to each token."""
    found = []
    for row in rows:
        encoded = tokenizer(
            row["tokens"], is_split_into_words=True, truncation=True, max_length=LONGEST, return_tensors="pt"
        )
        best = logits(model(encoded["input_ids"], attention_mask=encoded["attention_mask"]))[0].argmax(-1).tolist()
        tags, words = ["O"] * len(row["tokens"]), encoded.word_ids()
        for place, word in reversed(list(enumerate(words))):  # the first piece of a word has the last say
            if word is not None:
                tags[word] = labels[best[place]]
        found.append(tags)
    return found


def f1_of(rows: Any, found: dict[str, list[list[str]]]) -> dict[str, float]:
    """Strict F1 (0 to 1): `f1` of the triggers, `tags` of all layers pooled."""
    gold = {layer: [row[layer] for row in rows] for layer in LAYERS}
    pooled = ([tags for layer in LAYERS for tags in side[layer]] for side in (gold, found))
    return {
        "f1": float(f1_score(gold[LAYERS[0]], found[LAYERS[0]], mode="strict", scheme=IOB2)),
        "tags": float(f1_score(*pooled, mode="strict", scheme=IOB2)),
    }


def khabar(name: str, options: argparse.Namespace) -> dict[str, float]:
    """One of khabar's recipes."""
    project, known, held_out = material(options)
    recipe = recipe_of(project, name).changed(
        epochs=options.epochs, supplement_epochs=None, mixing=1.0, threads=options.threads, encoder=str(options.encoder)
    )
    tokenizer = AutoTokenizer.from_pretrained(options.encoder)
    rows = rows_of(project, known)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        train(recipe, known, project.ontology, Path(folder) / "model", roots=(project.root,))
        seconds = time.perf_counter() - began
        pieces = sum(len(tokenizer(r["tokens"], is_split_into_words=True)["input_ids"]) for r in rows)
        told = measured(options, seconds, sum(len(r["tokens"]) for r in rows), pieces, 1)
        tagger = predictor(Path(folder) / "model")
        tagged = rows_of(project, tagger(held_out))
        told |= f1_of(rows_of(project, held_out), {layer: [row[layer] for row in tagged] for layer in LAYERS})
        told["tagged"] = rate(held_out, lambda: tagger(held_out))
    return told


def rate(documents: Sequence[Document], work: Any) -> float:
    """Words a second of tagging documents; the best of three, after one to warm up."""
    words = sum(len(d.text.split()) for d in documents)
    work()
    return words / min(_timed(work) for _ in range(3))


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def recipe_of(project: Project, name: str) -> TaggerRecipe:
    """One of the recipes that come with khabar."""
    recipe = load_recipe(project.root / "training" / "recipes" / f"{name}.yaml")
    assert isinstance(recipe, TaggerRecipe)
    return recipe


CONTEND = {
    "usual": usual,
    "improved": improved,
    "flat": lambda options: khabar("flat", options),
    "default": lambda options: khabar("default", options),
}


if __name__ == "__main__":
    main()
