"""Packing: raw text, normalised as at fine-tuning and without its repetitions, to a vocabulary and word pieces.

The text is read once. Each word becomes a number on the way, so that everything after (duplicates, the vocabulary,
the pieces of each word) is done once a different word, or by numpy.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from khabar.arabic import normalise, tokens
from khabar.corpus.store import write_atomic
from khabar.errors import InputError
from khabar.training.pretraining.duplicates import Duplicates, Words
from khabar.training.pretraining.packed import INDEX, PIECES, VERSION, PackedText, Pieces
from khabar.training.pretraining.recipe import TextPlan
from khabar.training.pretraining.text import read_text, source_of
from khabar.training.vocabulary import learn_wordpieces

Advance = Callable[[str, float, float], object]
"""Is told what is being done, how much of it is done, and of how much."""
_END = -1  # among the numbers of words: a document ends
_BLOCK = 1 << 22  # words that are turned into pieces at once


def pack(files: Sequence[Path], plan: TextPlan, folder: Path, advance: Advance = lambda *_: None) -> PackedText:
    """Packs text.

    Args:
        files: Text files, as `text.text_files` gives them; of two like documents the earlier one is kept.
        plan: What is kept.
        folder: Where the packed text is written; made if need be.
        advance: Is told of bytes read.

    Raises:
        InputError: If a file cannot be read, or there is not enough text to hold any of it out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as training, tempfile.TemporaryFile(dir=folder) as held_out:
        read = _read(files, plan, training, held_out, advance)
        if not training.tell() or not held_out.tell():
            raise InputError("holds too little text: nothing to train on, or nothing held out", files[0])
        counts = _counts(training, len(read.words)) + _counts(held_out, len(read.words))
        advance("learning the vocabulary", 0, 1)
        tokenizer = learn_wordpieces(read.words, counts.tolist(), plan.vocabulary)
        table = _Pieces(tokenizer, read.words)
        digest = hashlib.sha256()
        sizes = []
        partial = folder / f".{PIECES}.partial"
        with partial.open("wb") as out:
            for part in (training, held_out):
                before = out.tell()
                for block in _blocks(part):
                    data = table.of(block).astype("<u2").tobytes()
                    digest.update(data)
                    out.write(data)
                sizes.append((out.tell() - before) // 2)
    vocabulary = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    index = {
        "version": VERSION,
        "pieces": sum(sizes),
        "training": sizes[0],
        "sha256": digest.hexdigest(),
        "text": plan.model_dump(),
        "documents": sum(source["documents"] for source in read.sources),
        "words": sum(source["words"] for source in read.sources),
        "left_out": dict(read.left_out),
        "sources": read.sources,
        "vocabulary": vocabulary,
    }
    partial.replace(folder / PIECES)
    write_atomic(folder / INDEX, json.dumps(index, ensure_ascii=False, indent=0) + "\n")
    return PackedText.load(folder)


class _Read(NamedTuple):
    words: list[str]
    sources: list[dict[str, Any]]
    left_out: Counter[str]


def _read(files: Sequence[Path], plan: TextPlan, training: BinaryIO, held_out: BinaryIO, advance: Advance) -> _Read:
    """Writes the numbers of the words of every document that is kept into one of two files."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    duplicates = Duplicates(plan.near_duplicate)
    left_out: Counter[str] = Counter(paragraphs_repeated=0, documents_short=0, documents_alike=0)
    sources = []
    total = sum(file.stat().st_size for file in files)
    before = 0
    for file in files:
        documents = words = 0
        for paragraphs in read_text(file, lambda at, b=before: advance("reading", b + at, total)):  # type: ignore[misc]
            numbered = [_numbered(paragraph, numbers) for paragraph in paragraphs]
            kept = duplicates.new_paragraphs(numbered)
            left_out["paragraphs_repeated"] += len(numbered) - len(kept)
            document = np.concatenate(kept) if kept else np.zeros(0, dtype=np.int32)
            if len(document) < plan.shortest:
                left_out["documents_short"] += 1
            elif duplicates.is_like_an_earlier(document):
                left_out["documents_alike"] += 1
            else:
                out = held_out if _is_held_out(paragraphs, plan.held_out) else training
                out.write(np.append(document, np.int32(_END)).tobytes())
                documents, words = documents + 1, words + len(document)
        before += file.stat().st_size
        sources.append(source_of(file)._asdict() | {"documents": documents, "words": words})
    return _Read(list(numbers), sources, left_out)


def _numbered(paragraph: str, numbers: defaultdict[str, int]) -> Words:
    words = normalise(paragraph, tokens(paragraph))
    return np.fromiter(map(numbers.__getitem__, words), dtype=np.int32, count=len(words))


def _is_held_out(paragraphs: Sequence[str], share: float) -> bool:
    """Decided by the document itself: adding text to a collection moves no document to the other side."""
    digest = hashlib.blake2b("\n".join(paragraphs).encode(), digest_size=4).digest()
    return int.from_bytes(digest) < share * 2**32


def _blocks(file: BinaryIO) -> Iterator[Words]:
    file.seek(0)
    while data := file.read(4 * _BLOCK):
        yield np.frombuffer(data, dtype=np.int32)


def _counts(file: BinaryIO, words: int) -> NDArray[np.int64]:
    counts = np.zeros(words, dtype=np.int64)
    for block in _blocks(file):
        counts += np.bincount(block[block != _END], minlength=words)
    return counts


class _Pieces:
    """The word pieces of every different word."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, words: Sequence[str]):
        unknown = [tokenizer.unk_token_id]
        flat: list[int] = []
        sizes = np.zeros(len(words) + 1, dtype=np.int64)
        for start in range(0, len(words), 10_000):
            some = list(words[start : start + 10_000])
            encoded = tokenizer(some, add_special_tokens=False, return_attention_mask=False)["input_ids"]
            for i, ids in enumerate(encoded, start):
                # A word that nothing is left of is unknown, as at fine-tuning.
                ids = ids or unknown
                flat += ids
                sizes[i] = len(ids)
        flat.append(tokenizer.sep_token_id)
        sizes[-1] = 1  # where _END, as an index, points to
        self.flat = np.array(flat, dtype=np.uint16)
        self.sizes = sizes
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def of(self, words: Words) -> Pieces:
        """The pieces of words and document ends, one after the other."""
        sizes = self.sizes[words]
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(self.starts[words] - (ends - sizes), sizes)
        pieces: Pieces = self.flat[places]
        return pieces
