"""Stage one: vectors of word pieces by skip-gram with negative sampling, which the embedding matrix starts from.

Mikolov et al. 2013 (arXiv 1310.4546), as gensim implements it. One worker: two would make every run another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from khabar.training.pretraining.pack import Advance
from khabar.training.pretraining.packed import PackedText, Pieces
from khabar.training.pretraining.recipe import SkipGram

_SENTENCE = 1_000  # pieces that gensim is given at once; the context window ends with them

Vectors = NDArray[np.float32]


def piece_vectors(
    packed: PackedText, plan: SkipGram, width: int, seed: int, advance: Advance = lambda *_: None
) -> Vectors:
    """The vectors of all pieces, from the packed text's folder where they have been made before.

    Args:
        packed: The text.
        plan: How.
        width: Dimensions.
        seed: Of what is drawn at random.
        advance: Is told of pieces done, all epochs together.

    Returns:
        (pieces, width), float32, standard deviation `plan.deviation` over all.
    """
    file = packed.folder / f"skipgram-{_name(packed, plan, width, seed)}.npy"
    if file.is_file():
        raw: Vectors = np.load(file, allow_pickle=False)
    else:
        raw = _learn(packed, plan, width, seed, advance)
        partial = file.with_suffix(".partial.npy")
        np.save(partial, raw, allow_pickle=False)
        partial.replace(file)
    return raw * np.float32(plan.deviation / raw.std())


def _name(packed: PackedText, plan: SkipGram, width: int, seed: int) -> str:
    """What decides the vectors before they are scaled, in twelve digits."""
    decisive = [packed.digest, plan.model_dump(exclude={"deviation"}), width, seed]
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]


def _learn(packed: PackedText, plan: SkipGram, width: int, seed: int, advance: Advance) -> Vectors:
    from gensim.models import Word2Vec  # slow to import, and stage two does without

    model = Word2Vec(
        vector_size=width, window=plan.window, negative=plan.negative, sg=1, min_count=0, workers=1, seed=seed
    )
    # Pieces are told to gensim by number, as text: it takes whole numbers for places.
    names = np.array([str(number) for number in range(len(packed.vocabulary))], dtype=object)
    model.build_vocab_from_freq({str(number): max(1, int(count)) for number, count in enumerate(packed.counts)})
    sentences = _Sentences(packed.training, names, plan.epochs, advance)
    model.train(
        sentences, total_examples=len(sentences), total_words=len(packed.training), epochs=plan.epochs, report_delay=60
    )
    return np.asarray(model.wv[[str(number) for number in range(len(names))]], dtype=np.float32)


class _Sentences:
    """The text, cut into stretches that gensim can take, as often as it is asked for."""

    def __init__(self, pieces: Pieces, names: NDArray[np.object_], epochs: int, advance: Advance):
        self.pieces, self.names, self.epochs, self.advance = pieces, names, epochs, advance
        self.done = 0

    def __len__(self) -> int:
        return -(-len(self.pieces) // _SENTENCE)

    def __iter__(self) -> Iterator[list[str]]:
        for start in range(0, len(self.pieces), _SENTENCE):
            yield self.names[self.pieces[start : start + _SENTENCE]].tolist()
            self.done += _SENTENCE
            self.advance("skip-gram", self.done, self.epochs * len(self.pieces))
