"""Encoders of AraBERT's kind, at a size that tests can afford, and recipes of that size."""

from __future__ import annotations

from pathlib import Path

from transformers import BertConfig, BertForMaskedLM, BertTokenizer, set_seed

from khabar.training.recipe import Architecture, LearningRate, TaggerRecipe

LETTERS = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي0123456789.،؟:"
SPECIAL = {17: "[PAD]", 3: "[UNK]", 40: "[CLS]", 8: "[SEP]", 21: "[MASK]"}
"""AraBERT's vocabulary has its special pieces at odd places: [PAD] is number 17029 there."""

TINY = TaggerRecipe(
    name="tiny",
    architecture=Architecture(layers=1, hidden=32, heads=2, intermediate=64, vocabulary=300),
    epochs=60,
    batch_size=2,
    learning_rate=LearningRate(encoder=5e-3, heads=5e-3),
    dropout=0.0,
    max_length=64,
    stride=16,
    threads=1,
)
"""Learns a few sentences by heart in a second or two."""


def tokenizer() -> BertTokenizer:
    """A WordPiece tokenizer that knows single letters, so that a word has as many pieces as letters."""
    pieces = [*LETTERS, *(f"##{letter}" for letter in LETTERS)]
    for place in sorted(SPECIAL):
        pieces.insert(place, SPECIAL[place])
    return BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, do_lower_case=False)


def save_encoder(folder: Path, positions: int = 64) -> Path:
    """Writes a masked language model of AraBERT's architecture: what `AutoModel` finds on the Hub, only small.

    It reads at most so many `positions`.
    """
    words = tokenizer()
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
        pad_token_id=words.pad_token_id,
    )
    set_seed(0)
    BertForMaskedLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
