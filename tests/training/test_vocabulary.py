"""A vocabulary learned from the training documents: the same documents, the same pieces at the same places."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from khabar.corpus.store import Project
from khabar.document import Document
from khabar.training.vocabulary import learn_tokenizer
from tests.conftest import ROOT, blank

LEARN = """
import hashlib, json
from khabar.corpus.store import find_project
from khabar.training.vocabulary import learn_tokenizer
vocabulary = learn_tokenizer(find_project().gold_documents(), 1500).get_vocab()
print(hashlib.sha256(json.dumps(sorted(vocabulary.items())).encode()).hexdigest())
"""


def learn() -> str:
    return subprocess.run([sys.executable, "-c", LEARN], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_two_processes_learn_the_same() -> None:
    # The trainer of `tokenizers` does not: its hash maps are seeded anew in every process.
    assert learn() == learn()


def test_words_are_learned_as_the_encoder_reads_them() -> None:
    tokenizer = learn_tokenizer([blank(text="الهُجوم الهجوم الهجــوم 12 ١٢")], 300)
    assert tokenizer.tokenize("الهجوم") == ["الهجوم"]
    assert tokenizer.tokenize("12") == ["12"]


def test_an_unseen_word_of_seen_letters_is_never_unknown(document: Document) -> None:
    tokenizer = learn_tokenizer([document], 300)
    assert tokenizer.unk_token not in tokenizer.tokenize("مقصورات")


def test_case_and_accents_stay() -> None:
    tokenizer = learn_tokenizer([blank(text="Reuters Reuters آلية آلية")], 300)
    assert tokenizer.tokenize("Reuters") == ["Reuters"]
    assert tokenizer.tokenize("آلية") == ["آلية"]


def test_the_vocabulary_is_no_larger_than_asked(project: Project) -> None:
    assert len(learn_tokenizer(project.gold_documents(), 500)) == 500


def test_a_saved_tokenizer_loads_as_any_other(tmp_path: Path, document: Document) -> None:
    from transformers import AutoTokenizer

    tokenizer = learn_tokenizer([document], 300)
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.is_fast
    assert loaded(document.text)["input_ids"] == tokenizer(document.text)["input_ids"]
