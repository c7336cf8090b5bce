"""A WordPiece vocabulary learned from text: the training documents', or that of a pre-training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BertTokenizer, PreTrainedTokenizerBase

from khabar.arabic import normalise
from khabar.document import Document
from khabar.training.encode import with_sentences, words_of

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The pieces that stand for no text, at the head of every vocabulary learned here."""
_AT_ONCE = 10_000  # times that a word is given to the trainer in one string


def learn_tokenizer(documents: Sequence[Document], size: int) -> PreTrainedTokenizerBase:
    """Learns a WordPiece tokenizer of AraBERT's kind (cased, no accent stripped) from documents.

    Args:
        documents: What to learn from; only their text is looked at, word by word, as the encoder will read it.
        size: Word pieces at most, the special ones among them.

    Returns:
        A fast tokenizer: the same documents give the same one, ids included.
    """
    return learn_from_words(normal_words(documents), size)


def learn_from_words(words: Iterable[str], size: int) -> PreTrainedTokenizerBase:
    """As `learn_tokenizer`, from normalised words as they stand in a text, none of them empty."""
    counted = Counter(words)
    return learn_wordpieces(list(counted), list(counted.values()), size)


def learn_wordpieces(words: Sequence[str], counts: Sequence[int], size: int) -> PreTrainedTokenizerBase:
    """Learns a WordPiece tokenizer from words that have been counted.

    Args:
        words: Normalised words, each once; their order changes nothing.
        counts: How often each stands in the text.
        size: Word pieces at most, the special ones among them.

    Returns:
        A fast tokenizer: the same words and counts give the same one, ids included.
    """
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # The trainer numbers `##x` pieces as they fall out of a hash map, and breaks ties by number, so that two runs
    # differ (huggingface/tokenizers#1794). Given as special pieces they are numbered in our order.
    used = (word for word, count in zip(words, counts, strict=True) if count)
    letters = sorted({letter for word in used for letter in word if not letter.isspace()})
    first = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=max(size, len(first)), min_frequency=2, special_tokens=first, show_progress=False
    )
    learner.train_from_iterator(_repeated(words, counts), trainer)
    return wordpiece_tokenizer(sorted(learner.get_vocab(), key=learner.get_vocab().__getitem__))


def wordpiece_tokenizer(pieces: Sequence[str]) -> BertTokenizer:
    """A tokenizer with these word pieces, numbered in this order."""
    return BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, do_lower_case=False)


def _repeated(words: Sequence[str], counts: Sequence[int]) -> Iterator[str]:
    """Every word as often as it stands in the text: the trainer counts for itself, and only text."""
    for word, count in sorted(zip(words, counts, strict=True)):
        for done in range(0, count, _AT_ONCE):
            yield f"{word} " * min(_AT_ONCE, count - done)


def normal_words(documents: Iterable[Document]) -> Iterator[str]:
    """The documents' words as the encoder will read them, one after another; those of which nothing is left go."""
    for document in map(with_sentences, documents):
        for words in words_of(document):
            yield from (word for word in normalise(document.text, words) if word)
