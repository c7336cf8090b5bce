"""What khabar asks of a Label Studio, through its SDK; every refusal becomes one line that says what to do.

The SDK (extra `studio`) is imported when a connection is made. The address and the token come from
`LABEL_STUDIO_URL` and `LABEL_STUDIO_API_KEY`, and the token goes nowhere but into requests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from khabar.annotation.studio.tasks import Item
from khabar.errors import InputError

URL, KEY = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8080"
AGAIN = "nothing is lost: what was sent is kept, and the same command goes on from there"

_TIMEOUT = 120.0


@dataclass(frozen=True)
class StudioProject:
    """A project of Label Studio's.

    Attributes:
        id: Its number.
        title: Its title, by which khabar finds it.
        config: Its labelling interface.
    """

    id: int
    title: str
    config: str


@dataclass(frozen=True)
class Prediction:
    """What a model proposes for a task.

    Attributes:
        id: Its number.
        task: The task's number.
        version: The model's version.
        score: Its score.
        result: Regions, choices and relations.
    """

    id: int
    task: int
    version: str
    score: float | None
    result: list[Item]


class Studio:
    """A connection.

    Args:
        url: Where Label Studio listens.
        key: A legacy token or a personal access token.

    Raises:
        InputError: If the SDK is not installed.
    """

    def __init__(self, url: str, key: str):
        try:
            from label_studio_sdk import LabelStudio
        except ImportError:
            raise InputError("needs the extra `studio`: pip install 'khabar[studio]'") from None
        self.url = url.rstrip("/")
        make: Callable[..., Any] = LabelStudio  # its types vary between versions
        self._sdk = make(base_url=self.url, api_key=key, timeout=_TIMEOUT)

    def projects(self) -> list[StudioProject]:
        """All projects that the token's owner sees, by number."""
        with self._told():
            listed: Iterable[Any] = self._sdk.projects.list()
            found = [StudioProject(p.id, p.title or "", p.label_config or "") for p in listed]
        return sorted(found, key=lambda project: project.id)

    def create_project(self, title: str, config: str, *, overlap: int, description: str) -> StudioProject:
        """Makes a project that shows the least sure predictions first."""
        with self._told():
            made: Any = self._sdk.projects.create(
                title=title,
                label_config=config,
                description=description,
                maximum_annotations=overlap,
                sampling="Uncertainty sampling",
                show_collab_predictions=True,
                show_skip_button=True,
                enable_empty_annotation=True,
            )
        return StudioProject(made.id, title, config)

    def update_project(self, project: StudioProject, **values: Any) -> None:
        """Changes settings of a project."""
        with self._told():
            self._sdk.projects.update(project.id, **values)

    def export(self, project: StudioProject) -> list[dict[str, Any]]:
        """All tasks with their annotations, skipped ones and drafts too, by number of the task."""
        with self._told():
            parts = self._sdk.projects.exports.download_sync(project.id, export_type="JSON", download_all_tasks=True)
            tasks: list[dict[str, Any]] = json.loads(b"".join(parts))
        return sorted(tasks, key=lambda task: int(task["id"]))

    def predictions(self, project: StudioProject) -> list[Prediction]:
        """All predictions of a project, by number."""
        with self._told():
            found = [
                Prediction(p.id, p.task, p.model_version or "", p.score, [dict(item) for item in p.result or []])
                for p in self._sdk.predictions.list(project=project.id)
            ]
        return sorted(found, key=lambda prediction: prediction.id)

    def import_tasks(self, project: StudioProject, tasks: Sequence[dict[str, Any]]) -> None:
        """Adds tasks with their predictions."""
        with self._told():
            self._sdk.projects.import_tasks(id=project.id, request=tasks)

    def import_predictions(self, project: StudioProject, predictions: Sequence[dict[str, Any]]) -> None:
        """Adds predictions (`task`, `model_version`, `score`, `result`) to tasks."""
        with self._told():
            self._sdk.projects.import_predictions(id=project.id, request=predictions)

    def delete_prediction(self, id: int) -> None:
        """Takes a prediction away."""
        with self._told():
            self._sdk.predictions.delete(id)

    def delete_task(self, id: int) -> None:
        """Takes a task away, with what hangs on it."""
        with self._told():
            self._sdk.tasks.delete(str(id))

    def users(self) -> dict[int, str]:
        """E-mail addresses of the users by number."""
        with self._told():
            return {user.id: user.email or "" for user in self._sdk.users.list()}

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what the SDK and the network raise into one line."""
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except ApiError as error:
            raise InputError(_reason(error.status_code, error.body), self.url) from None
        except httpx.TimeoutException:
            raise InputError(f"did not answer within {_TIMEOUT:.0f} s; {AGAIN}", self.url) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise InputError(f"cannot be reached ({error or type(error).__name__}); {AGAIN}", self.url) from None


def connect() -> Studio:
    """The Label Studio that the environment names.

    Raises:
        InputError: If there is no token, or one that cannot be put into a request.
    """
    key = os.environ.get(KEY, "").strip()
    if not key:
        reason = f"set {KEY} to a token of yours (Label Studio: Account & Settings, then Personal Access Token)"
        raise InputError(reason)
    if not key.isascii() or not key.isprintable():
        raise InputError(f"{KEY} holds characters that no token has; copy it again")
    return Studio(os.environ.get(URL, "").strip() or DEFAULT_URL, key)


def _reason(status: int | None, body: Any) -> str:
    told = body.get("detail", "") if isinstance(body, dict) else str(body)[:200]
    more = body.get("validation_errors") if isinstance(body, dict) else None
    if status == 401:
        if "legacy" in str(told):
            return (
                f"refuses the token: it is a legacy token, and these are switched off here; set {KEY} to a personal "
                "access token (Account & Settings), or let an administrator allow legacy tokens (Organization, API "
                "Tokens Settings)"
            )
        kind = "personal access tokens may have expired, legacy tokens are 40 letters and digits"
        return f"refuses the token ({str(told).rstrip('.')}); set {KEY} to one of this server's ({kind})"
    if status == 403:
        return f"does not allow this ({told}); the token's owner must be a member of the organisation"
    shown = f"{told} {json.dumps(more, ensure_ascii=False)}" if more else str(told)
    return f"refuses the request with {status} ({shown.strip()[:400]})"
