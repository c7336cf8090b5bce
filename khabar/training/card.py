"""The model card: what a model is, what it was made from and what it is not, written by the code that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from khabar.training.provenance import shareable
from khabar.training.recipe import LexiconRecipe, Recipe, TaggerRecipe, dump_recipe

_TAGS = ["event-extraction", "attribution", "arabic"]


def model_card(
    recipe: Recipe,
    made_from: dict[str, Any],
    name: str = "DIR",
    more: Mapping[str, Any] | None = None,
    results: str = "",
) -> str:
    """The `README.md` of a model folder.

    Args:
        recipe: How the model was trained.
        made_from: What `provenance.provenance` gave.
        name: Where the model is loaded from.
        more: Further metadata.
        results: A section on what it reaches.

    Returns:
        Markdown, with the metadata that the Hugging Face Hub reads at its head.
    """
    recipe = shareable(recipe)
    encoder = recipe.encoder if isinstance(recipe, TaggerRecipe) else None
    metadata: dict[str, Any] = {
        "language": ["ar"],
        "license": "other",
        "license_name": "see-model-card",
        "library_name": "khabar",
        "pipeline_tag": "token-classification",
        "tags": _TAGS,
    }
    if encoder is not None and "/" in encoder and made_from["encoder_sha256"] is None:
        metadata["base_model"] = encoder.partition("@")[0]
    head = yaml.safe_dump(metadata | dict(more or {}), sort_keys=False, allow_unicode=True)
    documents = "\n".join(f"- `{name}`" for name in made_from["documents"])
    return f"""---
{head}---

# {recipe.name}

{_what(recipe)}

## Use

```
khabar extract --model {name} article.txt
```

or, from Python, `khabar.training.predict.predictor("{name}")`, which takes documents and gives
documents.{_loading(recipe, name)}

{results}## Made from

| | |
|---|---|
| khabar | {made_from["khabar"]} |
| revision | {made_from["revision"] or "unknown"} |
| seed | {made_from["seed"]} |
| corpus (SHA-256) | `{made_from["corpus_sha256"]}` |
| encoder | {_encoder(recipe, made_from)} |

Documents:

{documents}

Recipe:

```yaml
{dump_recipe(recipe)}```

## Licence

The code is under Apache-2.0. The annotations that the model was trained on keep the licence of their corpus, and the
text of the articles remains its publishers'.{_encoder_licence(encoder, made_from.get("encoder_licence"))}

## Limits

- It was trained on {len(made_from["documents"])} documents. Expect many errors, above all on other subjects, dialects
  and kinds of text.
- {_limits(recipe)}
- It reports what a text says, and who is said to have said it. That is not what happened: do not use it to decide
  about people, and check every extraction against the text.
"""


def _what(recipe: Recipe) -> str:
    if isinstance(recipe, LexiconRecipe):
        return (
            "The lexicon floor: a word that was an event trigger (an attribution cue) in at least "
            f"{recipe.threshold:.0%} of its occurrences in the training documents is one, of its most frequent type. "
            "It is what a trained model has to beat."
        )
    start = (
        "an encoder whose weights started at random" if recipe.encoder is None else f"the encoder `{recipe.encoder}`"
    )
    if recipe.design == "conditional":
        return (
            f"Events and attributions in Arabic text, from one pass of {start}: triggers, cues, sources and channels "
            "are tagged from its output, arguments once for every trigger on that same output; cues are linked to "
            "sources, channels and events pair by pair; polarity, realis and stance are classified. No argument has a "
            "role that the ontology does not license for its event's type."
        )
    return (
        f"Events and attributions in Arabic text: {start} with three token-classification heads (trigger types; "
        "argument roles; cue, source and channel) over BIO tags. Plain rules link the spans to events and attributions."
    )


def _loading(recipe: Recipe, name: str) -> str:
    if isinstance(recipe, LexiconRecipe) or recipe.design != "conditional":
        return ""
    return (
        f' The weights alone: `khabar.training.conditional.KhabarForEventExtraction.from_pretrained("{name}")`. The '
        "code comes from the package khabar, none of it from here."
    )


def _encoder(recipe: Recipe, made_from: dict[str, Any]) -> str:
    if isinstance(recipe, LexiconRecipe):
        return "none"
    if recipe.encoder is None:
        return "random weights, nothing pretrained"
    known = made_from["encoder_sha256"]
    return f"`{recipe.encoder}`" + (f" (SHA-256 `{known}`)" if known else "")


def _encoder_licence(encoder: str | None, licence: str | None) -> str:
    if encoder is None:
        return ""
    named = f": {licence}" if licence else ""
    return f" The weights derive from `{encoder}`, whose licence applies to them too{named}."


def _limits(recipe: Recipe) -> str:
    if isinstance(recipe, LexiconRecipe):
        return "It finds no arguments and no sources, and gives every event and attribution the unmarked values."
    if recipe.design == "conditional":
        return (
            "An attribution that has no cue word is not found, and of two that share a cue only one is. A source "
            "outside its cue's sentence is looked for in the eight sentences before it."
        )
    return (
        "Polarity, realis and stance are always the unmarked values; arguments, sources and covered events are linked "
        "by distance alone."
    )
