"""Near-duplicates: the same wire copy under two mastheads, found by MinHash over word shingles."""

from __future__ import annotations

from collections.abc import Sequence

from khabar.arabic import normal_words
from khabar.document import Document

SHINGLE = 3
"""Words a shingle: short enough to survive light editing of wire copy."""
PERMUTATIONS = 256
"""Hash functions: the standard error of a similarity is at most 1 / (2 √256), about 0.03 (Broder 1997)."""
THRESHOLD = 0.1
"""Jaccard similarity from which two documents are told as near-duplicates. Of the seven gold documents, two outlets
that retell one wire report reach 0.14; no two documents of different stories reach 0.02."""


def near_duplicates(
    documents: Sequence[Document], threshold: float = THRESHOLD, among: Sequence[Document] | None = None
) -> list[tuple[str, str, float]]:
    """Pairs of documents whose word shingles overlap.

    Args:
        documents: Documents to look at.
        threshold: Estimated Jaccard similarity (0 to 1) from which a pair is told.
        among: Where to look for their likes; `documents` themselves if None.

    Returns:
        `(id, id, similarity)`, most similar first; never a document with itself, each pair once. Documents of fewer
        than `SHINGLE` words are like none.
    """
    from datasketch import MinHash, MinHashLSH

    def sketch(document: Document) -> MinHash:
        words = normal_words(document.text)
        shingles = {" ".join(words[i : i + SHINGLE]).encode() for i in range(len(words) - SHINGLE + 1)}
        minhash = MinHash(num_perm=PERMUTATIONS)
        minhash.update_batch(sorted(shingles))
        return minhash

    # The index only proposes; a lower threshold there keeps it from missing pairs near ours.
    index = MinHashLSH(threshold=threshold * 0.6, num_perm=PERMUTATIONS)
    sketches = {i: sketch(document) for i, document in enumerate(among if among is not None else documents)}
    ids = [document.id for document in (among if among is not None else documents)]
    for i, minhash in sketches.items():
        if not minhash.is_empty():
            index.insert(i, minhash)
    pairs: dict[tuple[str, str], float] = {}
    for n, document in enumerate(documents):
        minhash = sketches[n] if among is None else sketch(document)
        for i in [] if minhash.is_empty() else index.query(minhash):
            if (among is None and i <= n) or (among is not None and ids[i] == document.id):
                continue
            similarity = float(minhash.jaccard(sketches[i]))
            if similarity >= threshold:
                pairs[document.id, ids[i]] = round(similarity, 3)
    return sorted(((a, b, s) for (a, b), s in pairs.items()), key=lambda pair: (-pair[2], pair[0], pair[1]))
