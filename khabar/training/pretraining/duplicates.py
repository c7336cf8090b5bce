"""Repeated text left out: paragraphs that stood before, and documents that are nearly like an earlier one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from khabar.corpus.similarity import SHINGLE

_PERMUTATIONS = 64
"""Hash functions: the standard error of a similarity is at most 1 / (2 √64), about 0.06 (Broder 1997)."""
# Odd multipliers of Knuth's multiplicative hashing, one a place in the shingle.
_MULTIPLIERS = np.array([2654435761, 2246822519, 3266489917], dtype=np.uint32)

Words = NDArray[np.int32]
"""A paragraph or document as numbers of its words."""


class Duplicates:
    """Remembers what it has seen.

    Args:
        threshold: Estimated Jaccard similarity (0 to 1) of word shingles from which two documents are alike.
    """

    def __init__(self, threshold: float):
        self.threshold = threshold
        self._paragraphs: set[bytes] = set()
        self._index = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)
        self._sketches: list[MinHash] = []
        self._empty = MinHash(num_perm=_PERMUTATIONS, hashfunc=int)

    def new_paragraphs(self, paragraphs: Sequence[Words]) -> list[Words]:
        """Those paragraphs that have not stood before, word for word, in this document or another."""
        new = []
        for paragraph in paragraphs:
            key = hashlib.blake2b(paragraph.tobytes(), digest_size=10).digest()
            if key not in self._paragraphs:
                self._paragraphs.add(key)
                new.append(paragraph)
        return new

    def is_like_an_earlier(self, document: Words) -> bool:
        """Whether an earlier document is nearly the same; if none is, this one is remembered.

        Documents of fewer than `SHINGLE` words are like none.
        """
        shingles = _shingles(document)
        if not len(shingles):
            return False
        sketch = self._empty.copy()
        sketch.update_batch(shingles.tolist())
        if any(sketch.jaccard(self._sketches[i]) >= self.threshold for i in self._index.query(sketch)):
            return True
        self._index.insert(len(self._sketches), sketch)
        self._sketches.append(sketch)
        return False


def _shingles(document: Words) -> NDArray[np.uint32]:
    """A 32-bit hash of each different run of `SHINGLE` words."""
    count = len(document) - SHINGLE + 1
    if count < 1:
        return np.zeros(0, dtype=np.uint32)
    words = document.astype(np.uint32) + 1
    found = np.zeros(count, dtype=np.uint32)
    for place in range(SHINGLE):
        found = (found ^ (words[place : place + count] * _MULTIPLIERS[place])) * np.uint32(2654435769)
        found ^= found >> np.uint32(15)
    return np.unique(found)
