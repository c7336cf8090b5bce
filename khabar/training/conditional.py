# mypy: untyped_calls_exclude=transformers

"""The one-pass tagger: one encoder, and small heads that ask about words, and about pairs of what was found.

Triggers, cues, sources and channels are tagged from the encoder's output. Arguments are tagged once for every
trigger on that same output, each word joined by the trigger's representation and type: what TagPrime (Hsu et al.,
2023, "TAGPRIME: a unified framework for relational structure extraction") gets by reading the sentence once per
trigger. Links are scored pair by pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.utils.generic import ModelOutput

from khabar.training.encode import IGNORED
from khabar.training.model import EventTaggingConfig
from khabar.training.model_folder import find_model
from khabar.training.pairs import PLACES

Tensors = Mapping[str, torch.Tensor]

LINKS = ("sources", "channels", "events")
"""What a cue is linked to."""
# Log-odds of a type for a word that is its name (cosine 1), and for one that was always its trigger in training:
# measured with a linear classifier on the embeddings alone, over stories held out.
_NAMED, _LISTED = 12.0, 8.0
_TRUST = 2.0  # log-odds: the rule is right nine times in ten, until training says otherwise
VALUES = ("polarity", "realis", "stance", "said")
"""What is said of each trigger (the first two) and each cue (the others); `said` is an attribution's polarity."""


class EventExtractionConfig(EventTaggingConfig):
    """What a one-pass tagger is: `config.json` of a model folder.

    Args:
        units: Width of the hidden layers between the encoder and the decisions.
        lexical: What is known of words from the training documents (see `khabar.training.lexical`); None to do
            without.
        lexical_size: Length of a word's lexical feature; 0 without.
        neighbours: How many words on either side join each word's representation.
        static: Whether a word's pieces in the embedding matrix join the encoder's output.
        names: The pieces of each event type's name in Arabic, to which words are compared; None to do without.
        context: What every window begins with (see `TaggerRecipe`).
        weights: Of the losses of `links` and of `values`; tags weigh 1.
        kwargs: As `EventTaggingConfig` takes them; `tags` are those of `khabar.training.structure.labels_of`.
    """

    model_type = "khabar-event-extraction"

    def __init__(
        self,
        units: int = 128,
        lexical: dict[str, Any] | None = None,
        lexical_size: int = 0,
        neighbours: int = 0,
        static: bool = False,
        names: list[list[int]] | None = None,
        context: str = "none",
        weights: dict[str, float] | None = None,
        **kwargs: Any,
    ):
        self.units = units
        self.lexical = lexical
        self.lexical_size = lexical_size
        self.neighbours = neighbours
        self.static = static
        self.names = names
        self.context = context
        self.weights = weights or {"links": 1.0, "values": 1.0}
        super().__init__(**kwargs)


class PairScorer(nn.Module):
    """Scores pairs: a hidden layer over both sides, their product and how they stand to each other.

    Args:
        width: Of either side.
        units: Of the hidden layer.
        outputs: Scores a pair.
        dropout: Before the scores.
    """

    def __init__(self, width: int, units: int, outputs: int, dropout: float):
        super().__init__()
        self.anchor = nn.Linear(width, units)
        self.target = nn.Linear(width, units)
        self.places = nn.Embedding(PLACES, units)
        self.dropout = nn.Dropout(dropout)
        self.scores = nn.Linear(units, outputs)

    def forward(
        self, anchors: torch.Tensor, targets: torch.Tensor, indices: torch.Tensor, places: torch.Tensor
    ) -> torch.Tensor:
        """Scores (pairs, outputs).

        Args:
            anchors: (anchors, width).
            targets: (targets, width).
            indices: (pairs, 2), see `khabar.training.pairs.Pairs`.
            places: (pairs, 4).
        """
        # Each side goes through its layer once, not once a pair.
        anchor, target = rows(self.anchor(anchors), indices[:, 0]), rows(self.target(targets), indices[:, 1])
        hidden = nn.functional.gelu(anchor + target + anchor * target + self.places(places).sum(dim=1))
        scores: torch.Tensor = self.scores(self.dropout(hidden))
        return scores


class KhabarForEventExtraction(PreTrainedModel):
    """Events with their arguments, attributions with their links, from one pass of an encoder.

    Args:
        config: What it is.
        encoder: A pretrained encoder; one with random weights if None.
    """

    config_class = EventExtractionConfig
    base_model_prefix = "encoder"

    def __init__(self, config: EventExtractionConfig, encoder: PreTrainedModel | None = None):
        super().__init__(config)
        self.encoder: PreTrainedModel = AutoModel.from_config(config.encoder) if encoder is None else encoder
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None  # it reads whole sentences, and would never be trained
        width, units = self.encoder.config.hidden_size, config.units
        ontology = config.labels
        self.dropout = nn.Dropout(config.dropout)
        self.lexical = nn.Linear(config.lexical_size, width) if config.lexical_size else None
        matrix: torch.Tensor = self.encoder.get_input_embeddings().weight  # type: ignore[assignment]
        self.static = nn.Linear(matrix.shape[1], width) if config.static else None
        self.tagging = nn.ModuleDict(
            {name: nn.Linear(width, len(config.tags[name])) for name in ("trigger", "cue", "speaker", "phrase")}
        )
        self.neighbours = nn.Linear(2 * config.neighbours * width, width) if config.neighbours else None
        self.hints = nn.Parameter(torch.ones(2))
        self._named: tuple[tuple[int, int], tuple[torch.Tensor, torch.Tensor, torch.Tensor]] | None = None
        self.types = nn.Embedding(len(ontology.types), width)
        self.arguments = PairScorer(width, units, len(config.tags["argument"]), config.dropout)
        self.links = nn.ModuleDict({name: PairScorer(width, units, 1, config.dropout) for name in LINKS})
        self.trust = nn.ParameterDict({name: nn.Parameter(torch.tensor(_TRUST)) for name in LINKS})
        sizes = {
            "polarity": len(ontology.polarity),
            "realis": len(ontology.realis),
            "stance": len(ontology.attribution.stance),
            "said": len(ontology.attribution.polarity),
        }
        self.values = nn.ModuleDict({name: nn.Linear(width, sizes[name]) for name in VALUES})
        self.post_init()  # type: ignore[no-untyped-call]

    @classmethod
    def from_pretrained(cls, name: str | Path, *args: Any, revision: str | None = None, **options: Any) -> Self:  # type: ignore[override]
        """Reads a model, as every model of transformers is read.

        Args:
            name: A folder, or an id on the Hugging Face Hub (`owner/name`, `owner/name@revision`); a folder wins.
            args: As transformers takes them.
            revision: A tag, branch or commit of an id that names none itself.
            options: As transformers takes them.

        Raises:
            InputError: If there is no such model, or the Hub cannot be reached (which is told within a second).
        """
        return super().from_pretrained(find_model(name, revision), *args, **options)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        pieces: torch.Tensor,
        sentences: torch.Tensor,
        asked: Tensors,
        lexical: torch.Tensor | None = None,
        targets: Tensors | None = None,
    ) -> ModelOutput:
        """Reads windows and answers everything that is asked about their words.

        Args:
            input_ids: (windows, pieces).
            attention_mask: (windows, pieces), 0 on padding.
            pieces: (words, 2), see `read`.
            sentences: (words,), see `mix`.
            asked: What `ask` takes.
            lexical: (words, `lexical_size`), see `khabar.training.lexical`.
            targets: The right answers, by the names of the outputs; `IGNORED` where none is known.

        Returns:
            The answers of `tag` and `ask`, and, with targets, `loss`: the sum over the kinds of answer of their
            mean cross-entropies.
        """
        states = self.encode(input_ids, attention_mask)
        with torch.autocast(states.device.type, enabled=False):  # the heads gather and scatter, which bf16 slows down
            words = self.gather(states, input_ids, pieces, lexical)
            hints = self.hint(input_ids, pieces, lexical)
            mixed = self.mix(words, sentences)
            answers = self.tag(words, mixed, hints) | self.ask(mixed, asked)
            loss = None if targets is None else self._loss(answers, targets)
        return ModelOutput(loss=loss, **answers)

    def read(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        pieces: torch.Tensor,
        lexical: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Word representations (words, width).

        Args:
            input_ids: (windows, pieces).
            attention_mask: (windows, pieces), 0 on padding.
            pieces: (words, 2): from and to (exclusive) which piece a word goes, all windows' pieces (padding
                included) counted through.
            lexical: (words, `lexical_size`); None where the model does without.
        """
        return self.gather(self.encode(input_ids, attention_mask), input_ids, pieces, lexical)

    def encode(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """The encoder's output (windows, pieces, width); arguments as of `read`."""
        states: torch.Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return states.float()

    def gather(
        self,
        states: torch.Tensor,
        input_ids: torch.Tensor,
        pieces: torch.Tensor,
        lexical: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Word representations (words, width) from what `encode` gives; other arguments as of `read`."""
        words: torch.Tensor = pool(states.flatten(0, 1), pieces, self.config.pooling)
        if self.static is not None:
            embedded = self.encoder.get_input_embeddings()(input_ids)
            words = words + self.static(pool(embedded.flatten(0, 1), pieces, "mean"))
        words = self.dropout(words)
        if self.lexical is not None and lexical is not None:
            words = words + self.lexical(lexical)
        return words

    def mix(self, words: torch.Tensor, sentences: torch.Tensor) -> torch.Tensor:
        """Words joined by their neighbours.

        Args:
            words: (words, width), in order of the text, as `read` gives them.
            sentences: (words,): the number of each word's sentence; only words of the same one are neighbours.

        Returns:
            (words, width).
        """
        if self.neighbours is None:
            return words
        reach = self.config.neighbours
        around = [shift for shift in range(-reach, reach + 1) if shift]
        places = torch.arange(len(words), device=words.device)
        parts = []
        for shift in around:
            other = (places + shift).clamp(0, max(len(words) - 1, 0))
            near = (other == places + shift) & (sentences[other] == sentences)
            parts.append(rows(words, other) * near[:, None])
        mixed: torch.Tensor = words + self.dropout(nn.functional.gelu(self.neighbours(torch.cat(parts, dim=1))))
        return mixed

    def hint(self, input_ids: torch.Tensor, pieces: torch.Tensor, lexical: torch.Tensor | None = None) -> torch.Tensor:
        """What speaks for each event type before anything is learned of it (words, types).

        A word near a type's name, and a word that was a trigger of it in training, get the same credit whatever the
        type: so a type is found that has few examples, or none.

        Args:
            input_ids: As `read` takes them; so the others.
            pieces: (words, 2).
            lexical: (words, `lexical_size`), whose first columns are the types' shares.
        """
        types = self.types.num_embeddings
        found = self.hints.new_zeros(len(pieces), types)
        if self.config.names is not None:
            matrix, centre, names = self._names()
            words = pool(matrix[input_ids].flatten(0, 1), pieces, "mean") - centre
            near = nn.functional.normalize(words, dim=1) @ names.T
            found = found + _NAMED * self.hints[0] * near.clamp(min=0)
        return found if lexical is None else found + _LISTED * self.hints[1] * lexical[:, :types]

    def _names(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The embedding matrix, its centre, and the direction of each type's name from there (types, width).

        Worked out once for a matrix that stays as it is: it is large. (A fused optimizer changes one that learns
        without changing its `_version`.)
        """
        weights: torch.Tensor = self.encoder.get_input_embeddings().weight  # type: ignore[assignment]
        state = (weights.data_ptr(), weights._version)
        learns = self.training and weights.requires_grad
        if learns or self._named is None or self._named[0] != state:
            matrix = weights.detach()
            centre = matrix.mean(dim=0)
            names = torch.stack([matrix[ids].mean(dim=0) for ids in self.config.names or []]) - centre
            named = (matrix, centre, nn.functional.normalize(names, dim=1))
            self._named = None if learns else (state, named)
            return named
        return self._named[1]

    def tag(self, words: torch.Tensor, mixed: torch.Tensor, hints: torch.Tensor) -> dict[str, torch.Tensor]:
        """Logits (words, tags) of `trigger`, `cue`, `speaker` and `phrase`.

        Args:
            words: (words, width), as `read` gives them: a trigger and a cue are known by the word itself, and
                neighbours, learned by heart, hide those that are new.
            mixed: (words, width), as `mix` gives them: a phrase is known by where it begins and goes on.
            hints: (words, types), as `hint` gives them.
        """
        alone = ("trigger", "cue")
        logits: dict[str, torch.Tensor] = {
            name: head(words if name in alone else mixed) for name, head in self.tagging.items()
        }
        logits["trigger"] = logits["trigger"] + nn.functional.pad(hints, (1, 0))
        logits["speaker"] = logits["speaker"] + self._phrased(logits["phrase"], "speaker")
        return logits

    def _phrased(self, phrase: torch.Tensor, layer: str) -> torch.Tensor:
        """What every `B-` and `I-` tag gets (words, tags): where phrases begin and go on is learned for all labels."""
        kinds = torch.tensor(["OBI".index(tag[0]) for tag in self.config.tags[layer]], device=phrase.device)
        known = nn.functional.log_softmax(phrase, dim=1)
        # Turned, since each column is taken for many tags.
        return rows(torch.cat([torch.zeros_like(known[:, :1]), known[:, 1:]], dim=1).T, kinds).T

    def ask(self, words: torch.Tensor, asked: Tensors) -> dict[str, torch.Tensor]:
        """Everything about triggers and cues.

        Args:
            words: (words, width), of all sentences, as `mix` gives them.
            asked: `triggers` (triggers, 2), word and type; `cues` (cues,), words; `sources` and `channels`
                (mentions, 2), words from and to (exclusive); and for `argument` and each of `LINKS` the `NAME_pairs`,
                `NAME_places` and `NAME_rule` of `khabar.training.pairs.Pairs`.

        Returns:
            Logits: `argument` (pairs, tags), of each of `LINKS` (pairs,), of each of `VALUES` (triggers or cues,
            values).
        """
        triggers = rows(words, asked["triggers"][:, 0]) + self.types(asked["triggers"][:, 1])
        cues = rows(words, asked["cues"])
        targets = {"events": triggers} | {
            name: (rows(words, asked[name][:, 0]) + rows(words, asked[name][:, 1] - 1)) / 2
            for name in ("sources", "channels")
        }
        pairs = asked["argument_pairs"]
        phrased = self._phrased(self.tagging["phrase"](words), "argument")
        arguments = self.arguments(triggers, words, pairs, asked["argument_places"])
        answers = {"argument": arguments + rows(phrased, pairs[:, 1])}
        for name, scorer in self.links.items():
            scores = scorer(cues, targets[name], asked[f"{name}_pairs"], asked[f"{name}_places"]).squeeze(1)
            # With some dozen links to learn from, the scorer learns where the rule is wrong, not the rule.
            answers[name] = scores + self.trust[name] * asked[f"{name}_rule"]
        for name, head in self.values.items():
            answers[name] = head(triggers if name in VALUES[:2] else cues)
        return answers

    def _loss(self, answers: Tensors, targets: Tensors) -> torch.Tensor:
        losses = []
        weights = self.config.weights
        for name, logits in answers.items():
            known = targets[name] != IGNORED
            weight = weights["links"] if name in LINKS else weights["values"] if name in VALUES else 1.0
            if not known.any():
                losses.append(logits.sum() * 0)  # so that every weight has a gradient, whatever is in the batch
            elif name in LINKS:
                right = targets[name][known].to(logits.dtype)
                losses.append(weight * nn.functional.binary_cross_entropy_with_logits(logits[known], right))
            else:
                loss = nn.functional.cross_entropy(logits, targets[name], ignore_index=IGNORED)
                losses.append(weight * loss)
        return torch.stack(losses).sum()


def rows(table: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
    """Some rows of a table, again and again if need be: `table[numbers]`, but with a gradient that repeats.

    The gradient of an index adds up in parallel, in whatever order its threads come (torch 2.13, on a CPU), or, where
    repeatable sums are asked for (`khabar.training.repeatable`), one by one, slowly. That of an embedding is neither.

    Args:
        table: (rows, width).
        numbers: (n,).

    Returns:
        (n, width).
    """
    return nn.functional.embedding(numbers, table)


def pool(states: torch.Tensor, pieces: torch.Tensor, how: str) -> torch.Tensor:
    """Words out of their pieces.

    Args:
        states: (all pieces, width).
        pieces: (words, 2), from and to (exclusive).
        how: `first` or `last` piece, `mean` or `max` over all.

    Returns:
        (words, width).
    """
    if how == "first":
        return rows(states, pieces[:, 0])
    if how == "last":
        return rows(states, pieces[:, 1] - 1)
    counts = pieces[:, 1] - pieces[:, 0]
    owner = torch.repeat_interleave(torch.arange(len(pieces), device=pieces.device), counts)
    within = torch.arange(len(owner), device=pieces.device) - (counts.cumsum(0) - counts)[owner]
    own = rows(states, pieces[owner, 0] + within)
    empty = states.new_zeros(len(pieces), states.shape[1])
    if how == "mean":
        return empty.index_add(0, owner, own) / counts[:, None]
    highest: torch.Tensor = empty.scatter_reduce(0, owner[:, None].expand_as(own), own, "amax", include_self=False)
    return highest


AutoConfig.register(EventExtractionConfig.model_type, EventExtractionConfig)
AutoModel.register(EventExtractionConfig, KhabarForEventExtraction)
