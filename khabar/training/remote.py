"""What stands on the Hugging Face Hub: named by an id and perhaps a revision, taken from the local cache or fetched.

The clients try for up to a minute where there is no network. Here the Hub's address is tried first, for less than a
second, and only then are they asked.
"""

from __future__ import annotations

import os
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TypeVar

from khabar.errors import InputError

_SECONDS_TO_CONNECT = 0.8
_SECONDS_TO_ANSWER = 2.0

T = TypeVar("T")


@dataclass(frozen=True)
class HubId:
    """What `owner/name@revision` names.

    Attributes:
        repository: `owner/name`.
        revision: A tag, a branch or a commit; None for the newest.
    """

    repository: str
    revision: str | None = None

    def __str__(self) -> str:
        return self.repository if self.revision is None else f"{self.repository}@{self.revision}"


def hub_id(name: str) -> HubId | None:
    """What a name stands for on the Hub; None if it cannot be an id there."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    repository, at, revision = name.partition("@")
    if "/" not in repository or (at and not revision):
        return None
    try:
        validate_repo_id(repository)
    except HFValidationError:
        return None
    return HubId(repository, revision or None)


def reachable() -> bool:
    """Whether anything answers at the Hub's address, or at the proxy's on the way there; known within a second."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    hub = urllib.parse.urlsplit(constants.ENDPOINT)
    proxies = {} if urllib.request.proxy_bypass(hub.hostname or "") else urllib.request.getproxies()
    proxy = proxies.get(hub.scheme) or proxies.get("all")
    way = urllib.parse.urlsplit(proxy if proxy is None or "//" in proxy else f"//{proxy}") if proxy else hub
    address = (way.hostname or "", way.port or (443 if way.scheme == "https" else 80))
    try:
        within(_SECONDS_TO_CONNECT, lambda: socket.create_connection(address, timeout=_SECONDS_TO_CONNECT).close())
    except OSError:
        return False
    return True


def fetched(
    which: HubId, files: Sequence[str], whole: Callable[[Collection[str]], bool], place: str, remedy: str, fresh: bool
) -> Path:
    """The folder in the local cache that holds a repository's files, downloaded if need be.

    Args:
        which: The repository, and at which revision.
        files: Patterns of the files that are wanted; no other is downloaded.
        whole: Tells by the names of its files whether a repository holds what is wanted.
        place: How errors name it.
        remedy: What errors advise where the Hub cannot be reached.
        fresh: Whether the Hub is asked for something newer than what the cache holds, where it can be reached.

    Raises:
        InputError: If it is not there, holds something else, or the Hub cannot be reached or refuses it.
    """
    if (cached := _cached(which, files, whole)) is not None and not (fresh and reachable()):
        return cached
    from huggingface_hub import HfApi, constants, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    unreachable = InputError(f"is no folder here, and the Hugging Face Hub cannot be reached: {remedy}", place)
    if not reachable():
        raise unreachable
    try:
        try:
            info = within(
                2 * _SECONDS_TO_ANSWER,
                lambda: HfApi().model_info(which.repository, revision=which.revision, timeout=_SECONDS_TO_ANSWER),
            )
        except (RepositoryNotFoundError, RevisionNotFoundError):
            raise
        except Exception:  # what stands between here and the Hub fails in every way
            if cached is not None:
                return cached
            raise unreachable from None
        if not whole([file.rfilename for file in info.siblings or ()]):
            raise InputError("holds no such model on the Hub (khabar loads only .safetensors, no pickles)", place)
        return Path(snapshot_download(which.repository, revision=which.revision, allow_patterns=list(files)))
    except InputError:
        raise
    except GatedRepoError:
        page = f"{constants.ENDPOINT}/{which.repository}"
        reason = f"is gated: ask for access at {page} and log in (`hf auth login`, or HF_TOKEN)"
        raise InputError(reason, place) from None
    except RevisionNotFoundError:
        raise InputError(f"has no revision {which.revision!r} on the Hugging Face Hub", place) from None
    except RepositoryNotFoundError:
        reason = "is no folder here, and not on the Hugging Face Hub, or private there (`hf auth login`, or HF_TOKEN)"
        raise InputError(reason, place) from None
    except Exception as error:
        raise InputError(f"could not be downloaded ({' '.join(str(error).split())[:200]}): {remedy}", place) from None


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` gives; TimeoutError if it takes longer, which a name server that does not answer makes it do."""
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:
            outcome.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result


def _cached(which: HubId, files: Sequence[str], whole: Callable[[Collection[str]], bool]) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        found = snapshot_download(
            which.repository, revision=which.revision, allow_patterns=list(files), local_files_only=True
        )
    except OSError:
        return None
    return Path(found) if whole(os.listdir(found)) else None  # noqa: PTH208
