"""The model card of a pre-trained encoder: its text and licences, its size, its steps, its losses, what it is not."""

from __future__ import annotations

from typing import Any

import yaml

from khabar.markdown import table
from khabar.training.pretraining.recipe import PretrainingRecipe
from khabar.training.recipe import dump_recipe


def encoder_card(
    recipe: PretrainingRecipe, index: dict[str, Any], made: dict[str, Any], log: list[dict[str, Any]]
) -> str:
    """The `README.md` of an encoder's folder.

    Args:
        recipe: How it was trained.
        index: Of the packed text.
        made: `khabar`, `revision`, `parameters`, `step` (of stage two, that the folder holds).
        log: The lines of the training log up to the step that the folder holds; empty without stage two.

    Returns:
        Markdown, with the metadata that the Hugging Face Hub reads at its head.
    """
    metadata = {
        "language": ["ar"],
        "license": "cc-by-nc-sa-4.0",
        "library_name": "transformers",
        "pipeline_tag": "feature-extraction",
        "tags": ["arabic", "news", recipe.architecture.family],
    }
    shape = recipe.architecture
    sources = [
        (source["name"], f"{source['documents']:,}", f"{source['words']:,}", source["origin"], source["licence"])
        for source in index["sources"]
    ]
    facts = [
        ("architecture", f"{shape.family}: {shape.layers} layers of {shape.hidden}, {shape.heads} heads"),
        ("parameters", f"{made['parameters'] / 1e6:.1f} million, saved in half precision"),
        ("vocabulary", f"{len(index['vocabulary']):,} word pieces, cased, normalised as AraBERT v0.2 does"),
        ("reads at once", f"{shape.positions} word pieces"),
        ("text", f"{index['documents']:,} documents, {index['words']:,} words, {index['pieces']:,} word pieces"),
        ("left out", ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in index["left_out"].items())),
        ("packed text (SHA-256)", f"`{index['sha256']}`"),
        ("khabar", made["khabar"]),
        ("revision", made["revision"] or "unknown"),
    ]
    if log and recipe.masking is not None:
        facts.append(("steps of stage two", f"{made['step']:,} of the recipe's {recipe.masking.steps:,}"))
        facts.append(("time of stage two", f"{log[-1]['seconds'] / 3600:.2f} hours"))
    head = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)
    return f"""---
{head}---

# {recipe.name}

A small encoder for Arabic news, pre-trained by `khabar pretrain`. {_stages(recipe)}

```python
from transformers import AutoModel, AutoTokenizer

encoder, tokenizer = AutoModel.from_pretrained("DIR"), AutoTokenizer.from_pretrained("DIR")
```

Text should be normalised word by word with `khabar.arabic.normalise` before it is given to the tokenizer, as it was
here and is by `khabar train`.

{table(("", ""), facts)}

## Text

{table(("source", "documents", "words", "from", "licence"), sources)}

{_losses(recipe, log)}## Recipe

```yaml
{dump_recipe(recipe)}```

## Licence

The weights: CC BY-NC-SA 4.0, because of their sources. The articles remain their publishers'; no text of theirs is in
this folder, though word pieces are.

## What it is not

- It is no AraBERT: it is smaller and has read hundreds of times less text. It is there so that khabar works where
  nothing can be downloaded.
- It has read edited news in Modern Standard Arabic of a few outlets and years, with their views and their silences;
  not dialects, not social media, not religious or classical text.
- It predicts no text and answers no questions; it is made to be fine-tuned.
"""


def _stages(recipe: PretrainingRecipe) -> str:
    stages = []
    if recipe.skipgram is not None:
        stages.append("its word embeddings were learned by skip-gram over word pieces")
    if recipe.masking is not None:
        stages.append("it was trained as a masked language model with whole-word masking")
    else:
        stages.append("all other weights are random" if stages else "all its weights are random")
    told = "; ".join(stages)
    return told[0].upper() + told[1:] + "."


def _losses(recipe: PretrainingRecipe, log: list[dict[str, Any]]) -> str:
    if recipe.masking is None or not log:
        return ""
    # A dozen lines tell a curve.
    every = max(1, len(log) // 12)
    lines = [*log[::every], *([log[-1]] if (len(log) - 1) % every else [])]
    rows = [
        (f"{line['step']:,}", f"{line['pieces'] / 1e6:.1f}", f"{line['loss']:.3f}", f"{line['held_out_loss']:.3f}",
         f"{line['held_out_accuracy']:.1%}")
        for line in lines
    ]  # fmt: skip
    heads = ("step", "million pieces", "training loss", "held-out loss", "held-out accuracy")
    return f"## Losses at masked places\n\n{table(heads, rows)}\n\n"
