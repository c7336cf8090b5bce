"""Where encoders come from: folders, then the cache; without a network the refusal is quick and says what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from khabar.errors import InputError
from khabar.training.encoder import digest, find_encoder, licence
from tests.training.encoders import save_encoder

ARABERT = "aubmindlab/bert-base-arabertv02"


@pytest.fixture
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Hub's address leads nowhere, and nothing is in the cache."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))


def cache(name: str, root: Path) -> Path:
    """Puts an encoder into a Hub cache, in the cache's own layout."""
    repository = root / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40, encoding="utf-8")
    return save_encoder(repository / "snapshots" / ("0" * 40))


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "encoder")
    assert find_encoder(str(folder)) == folder


def test_a_relative_folder_is_looked_for_under_each_root(tmp_path: Path) -> None:
    folder = save_encoder(tmp_path / "training" / "encoder")
    assert find_encoder("training/encoder", [tmp_path / "elsewhere", tmp_path]) == folder


def test_a_folder_without_an_encoder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no encoder \(no config.json\)"):
        find_encoder(str(tmp_path))


@pytest.mark.parametrize("name", ["./none", "one/two/three", "default"])
def test_a_name_that_is_neither_folder_nor_hub_id_is_told(name: str) -> None:
    with pytest.raises(InputError, match="no such folder, and no id on the Hugging Face Hub"):
        find_encoder(name)


@pytest.mark.parametrize("model", ["bert-base-arabert", "bert-base-arabertv2", "bert-large-arabertv2"])
def test_encoders_that_want_segmented_text_are_refused_with_a_reason(model: str) -> None:
    with pytest.raises(InputError, match="Farasa, which khabar does not do; take aubmindlab/bert-base-arabertv02"):
        find_encoder(f"aubmindlab/{model}")


@pytest.mark.usefixtures("no_network")
def test_without_a_network_the_refusal_takes_seconds_and_says_what_to_do() -> None:
    started = time.perf_counter()
    with pytest.raises(InputError) as error:
        find_encoder(ARABERT)
    assert time.perf_counter() - started < 5
    assert "cannot be reached" in str(error.value)
    assert f"hf download {ARABERT}" in str(error.value)
    assert "--encoder DIR" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("no_network")
def test_a_network_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = time.perf_counter()
        with pytest.raises(InputError, match="cannot be reached"):
            find_encoder(ARABERT)
    assert time.perf_counter() - started < 5


@pytest.mark.usefixtures("no_network")
def test_what_is_in_the_cache_needs_no_network(tmp_path: Path) -> None:
    folder = cache(ARABERT, tmp_path / "cache")
    assert find_encoder(ARABERT).samefile(folder)


@pytest.mark.usefixtures("no_network")
def test_a_cached_encoder_without_safe_weights_does_not_count(tmp_path: Path) -> None:
    folder = cache(ARABERT, tmp_path / "cache")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="cannot be reached"):
        find_encoder(ARABERT)


def test_offline_mode_is_respected_at_once(tmp_path: Path) -> None:
    code = f"""
import time
from khabar.errors import InputError
from khabar.training.encoder import find_encoder
started = time.perf_counter()
try:
    find_encoder({ARABERT!r})
except InputError as error:
    print(time.perf_counter() - started < 2, "cannot be reached" in str(error))
"""
    # An address that swallows every packet: whoever asks it waits.
    surroundings = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://192.0.2.1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | surroundings
    )
    assert done.stdout.split() == ["True", "True"]


def test_the_digest_changes_with_the_weights_and_with_nothing_else(tmp_path: Path) -> None:
    one, same = save_encoder(tmp_path / "one"), save_encoder(tmp_path / "two")
    assert digest(one) == digest(same)
    weights = same / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert digest(one) != digest(same)


@pytest.mark.parametrize(
    ("card", "told"),
    [
        ("---\nlicense: cc-by-nc-sa-4.0\n---\n# An encoder\n", "cc-by-nc-sa-4.0"),
        ("# An encoder\n", None),
        ("---\nlicense: [\n---\n", None),
        (None, None),
    ],
)
def test_its_card_tells_its_licence(tmp_path: Path, card: str | None, told: str | None) -> None:
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    assert licence(tmp_path) == told
