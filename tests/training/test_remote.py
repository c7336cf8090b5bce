"""What names an id on the Hub, and whether the Hub can be reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from khabar.errors import InputError
from khabar.training.model_folder import find_model
from khabar.training.remote import HubId, hub_id, reachable, within


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("owner/name", HubId("owner/name")),
        ("owner/name@v1.0", HubId("owner/name", "v1.0")),
        ("owner/name@refs/pr/1", HubId("owner/name", "refs/pr/1")),
        ("name", None),
        ("name@a/b", None),
        ("owner/name@", None),
        ("./name", None),
        ("owner/name/more", None),
        ("/owner/name", None),
    ],
)
def test_a_name_is_an_id_with_perhaps_a_revision(name: str, which: HubId | None) -> None:
    assert hub_id(name) == which
    assert which is None or str(which) == name


def test_a_folder_wins_over_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("owner/name", "owner/name@v1"):
        (tmp_path / name).mkdir(parents=True)
        assert find_model(name) == Path(name)


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_hub_is_reached_directly_or_through_a_proxy(listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{listening}")
    assert reachable()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert not reachable()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{listening}")
    assert reachable()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert not reachable()


def test_offline_mode_is_believed(listening: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{listening}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert not reachable()


def test_what_takes_longer_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        within(0.01, lambda: silent.accept())
    assert within(5, lambda: "done") == "done"
    with pytest.raises(InputError, match="raised"):
        within(5, lambda: _raise(InputError("raised")))


def _raise(error: Exception) -> None:
    raise error
