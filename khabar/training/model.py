# mypy: untyped_calls_exclude=transformers

"""The tagger: one encoder, three token-classification heads.

The flat baseline of event extraction: each head reads the encoder's output at the first piece of each word and
gives one BIO tag; the loss is the sum of the three cross-entropies. What tags mean together is left to rules
(`khabar.training.link`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.utils.generic import ModelOutput

from khabar.ontology import Ontology
from khabar.training.encode import IGNORED
from khabar.training.layers import Layers


class EventTaggingConfig(PreTrainedConfig):
    """What a tagger is: `config.json` of a model folder.

    Args:
        encoder: Configuration of the encoder, as an object or as `to_dict` gives it.
        ontology: The labels, as `Ontology.model_dump(mode="json")` gives them.
        tags: The tags of each layer, in the order in which its head gives them.
        dropout: Before the heads.
        window: Word pieces a window, special ones included.
        stride: Word pieces by which two windows of a long sentence overlap.
        pooling: Which of its pieces stands for a word.
        provenance: What the model was made from and how (see `khabar.training.train`).
    """

    model_type = "khabar-event-tagging"

    def __init__(
        self,
        encoder: PreTrainedConfig | dict[str, Any] | None = None,
        ontology: dict[str, Any] | None = None,
        tags: dict[str, list[str]] | None = None,
        dropout: float = 0.1,
        window: int = 256,
        stride: int = 64,
        pooling: str = "first",
        provenance: dict[str, Any] | None = None,
        **kwargs: Any,
    ):
        self.encoder = AutoConfig.for_model(**encoder) if isinstance(encoder, dict) else encoder
        self.ontology = ontology or {}
        self.tags = tags or {}
        self.dropout = dropout
        self.window = window
        self.stride = stride
        self.pooling = pooling
        self.provenance = provenance
        super().__init__(**kwargs)

    @property
    def labels(self) -> Ontology:
        """The ontology as an object."""
        # transformers saves keys in alphabetical order; the tags remember the ontology's.
        order = [tag.removeprefix("B-") for tag in self.tags["trigger"] if tag.startswith("B-")]
        events = {name: self.ontology["events"][name] for name in order}
        # Through JSON, where lists are taken for tuples.
        return Ontology.model_validate_json(json.dumps(self.ontology | {"events": events}))


@dataclass
class EventTaggingOutput(ModelOutput):
    """What the tagger gives.

    Attributes:
        loss: Sum of the three layers' cross-entropies; None without labels.
        trigger: Logits (windows, pieces, tags) of the trigger types.
        argument: Of the argument roles.
        attribution: Of cue, source, channel.
    """

    loss: torch.Tensor | None = None
    trigger: torch.Tensor | None = None
    argument: torch.Tensor | None = None
    attribution: torch.Tensor | None = None


class KhabarForEventTagging(PreTrainedModel):
    """One encoder with three token-classification heads.

    Args:
        config: What it is.
        encoder: A pretrained encoder; one with random weights if None.
    """

    config_class = EventTaggingConfig
    base_model_prefix = "encoder"

    def __init__(self, config: EventTaggingConfig, encoder: PreTrainedModel | None = None):
        super().__init__(config)
        self.encoder: PreTrainedModel = AutoModel.from_config(config.encoder) if encoder is None else encoder
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None  # it reads whole sentences, and would never be trained
        self.dropout = nn.Dropout(config.dropout)
        width = self.encoder.config.hidden_size
        self.heads = nn.ModuleDict({name: nn.Linear(width, len(config.tags[name])) for name in Layers._fields})
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> EventTaggingOutput:
        """Tags windows.

        Args:
            input_ids: (windows, pieces).
            attention_mask: (windows, pieces), 0 on padding.
            labels: (windows, pieces, layers), `IGNORED` where nothing is scored.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        hidden = self.dropout(hidden)
        logits = Layers(*(self.heads[name](hidden) for name in Layers._fields))
        loss = None
        if labels is not None:
            losses = [
                nn.functional.cross_entropy(layer.flatten(0, 1), labels[..., i].flatten(), ignore_index=IGNORED)
                for i, layer in enumerate(logits)
            ]
            loss = torch.stack(losses).sum()
        return EventTaggingOutput(loss=loss, **logits._asdict())


AutoConfig.register(EventTaggingConfig.model_type, EventTaggingConfig)
AutoModel.register(EventTaggingConfig, KhabarForEventTagging)
