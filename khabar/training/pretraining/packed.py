"""Packed text: all word pieces of a text in one file of 16-bit numbers, and what they mean in a small JSON file.

`tokens.bin` holds little-endian unsigned 16-bit piece numbers: the documents that are trained on, then those held out,
a [SEP] after each. `tokens.json` holds the vocabulary, where the held-out part begins, the sources and what was left
out. The two files are all that pre-training needs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import BertTokenizer, PreTrainedTokenizerBase

from khabar.errors import InputError
from khabar.training.vocabulary import wordpiece_tokenizer

PIECES = "tokens.bin"
INDEX = "tokens.json"
VERSION = 1

Pieces = NDArray[np.uint16]


@dataclass(frozen=True)
class PackedText:
    """A folder of packed text.

    Attributes:
        folder: Where it stands.
        index: What `tokens.json` says.
    """

    folder: Path
    index: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> PackedText:
        """Opens packed text.

        Raises:
            InputError: If the folder holds none, or its files do not belong together.
        """
        try:
            index = json.loads((folder / INDEX).read_bytes())
            size = (folder / PIECES).stat().st_size
        except OSError:
            raise InputError(f"holds no packed text ({INDEX}, {PIECES}); make it with --text PATH", folder) from None
        except ValueError:
            raise InputError("is not JSON; pack the text again", folder / INDEX) from None
        if not isinstance(index, dict) or index.get("version") != VERSION:
            raise InputError(f"is not packed text of version {VERSION}; pack the text again", folder / INDEX)
        if size != 2 * index["pieces"]:
            raise InputError(f"has {size} bytes, and {INDEX} tells of {2 * index['pieces']}", folder / PIECES)
        return cls(folder, index)

    @property
    def vocabulary(self) -> list[str]:
        """The word pieces, in order of their numbers."""
        pieces: list[str] = self.index["vocabulary"]
        return pieces

    @property
    def digest(self) -> str:
        """SHA-256 of the pieces: what tells whether two packed texts are the same."""
        return str(self.index["sha256"])

    @cached_property
    def training(self) -> Pieces:
        """The pieces that are trained on."""
        return self._all[: self.index["training"]]

    @cached_property
    def held_out(self) -> Pieces:
        """The pieces that are never trained on."""
        return self._all[self.index["training"] :]

    @cached_property
    def _all(self) -> Pieces:
        # Plain arrays are faster than memory maps, and a billion pieces are only two gigabytes.
        return np.fromfile(self.folder / PIECES, dtype="<u2").astype(np.uint16, copy=False)

    def number(self, piece: str) -> int:
        """The number of a piece."""
        return self.vocabulary.index(piece)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each piece stands in the part that is trained on."""
        return np.bincount(self.training, minlength=len(self.vocabulary))

    def tokenizer(self) -> PreTrainedTokenizerBase:
        """The tokenizer that the pieces were made with."""
        tokenizer: BertTokenizer = wordpiece_tokenizer(self.vocabulary)
        return tokenizer
