"""A WordPiece vocabulary learned from the training documents, for an encoder that starts at random."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BertTokenizer, PreTrainedTokenizerBase

from khabar.arabic import normalise
from khabar.document import Document
from khabar.training.encode import with_sentences, words_of

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


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
    """As `learn_tokenizer`, from normalised words, none of them empty."""
    words = list(words)
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # The trainer numbers `##x` pieces as they fall out of a hash map, and breaks ties by number, so that two runs
    # differ (huggingface/tokenizers#1794). Given as special pieces they are numbered in our order.
    letters = sorted({letter for word in words for letter in word if not letter.isspace()})
    first = [*_SPECIAL, *letters, *(f"##{letter}" for letter in letters)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=max(size, len(first)), min_frequency=2, special_tokens=first, show_progress=False
    )
    learner.train_from_iterator(words, trainer)
    vocabulary = sorted(learner.get_vocab(), key=learner.get_vocab().__getitem__)
    return BertTokenizer(vocab={piece: i for i, piece in enumerate(vocabulary)}, do_lower_case=False)


def normal_words(documents: Iterable[Document]) -> Iterator[str]:
    """The documents' words as the encoder will read them, one after another; those of which nothing is left go."""
    for document in map(with_sentences, documents):
        for words in words_of(document):
            yield from (word for word in normalise(document.text, words) if word)
