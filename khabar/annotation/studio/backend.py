"""The pre-annotation server that Label Studio asks for predictions: health, setup, predict, versions, webhook.

An ASGI application (Starlette). It predicts and nothing else: it trains nothing and keeps nothing. Label Studio hands
over a token of the project's creator with `/setup`, and logins with `/predict`: neither is read, kept or logged.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from khabar.annotation.studio.interface import PHRASE, TRIGGER
from khabar.annotation.studio.tasks import EVENT_ID, Item, prediction, region_id, result_of
from khabar.arabic import sentences
from khabar.document import Document, Sentence
from khabar.errors import InputError
from khabar.ontology import Ontology

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

Predictor = Callable[[Sequence[Document]], list[Document]]
"""Annotates documents; gives them back in the same order."""

SECRET = "KHABAR_BACKEND_SECRET"
"""The environment variable with the secret that callers must know."""


@dataclass(frozen=True)
class Limits:
    """What a request may cost.

    Attributes:
        body: Bytes of a request's body.
        seconds: How long a prediction may take.
        batch: Tasks that are predicted together.
        waiting: Requests for predictions that may wait; more are turned away.
        reading: How many seconds a body may take to arrive.
    """

    body: int = 8_000_000
    seconds: float = 90.0
    batch: int = 16
    waiting: int = 512
    reading: float = 30.0


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str):
        self.status, self.reason = status, reason
        super().__init__(reason)


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own and nobody else's."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def application(
    predict: Predictor, version: str, ontology: Ontology, secret: str = "", limits: Limits | None = None
) -> Starlette:
    """The server.

    Args:
        predict: Annotates documents.
        version: The model's version, which predictions bear.
        ontology: The project's labels.
        secret: What callers must know: as the password of basic auth, with any user name, or as a bearer token.
            Everybody is let in if empty.
        limits: What a request may cost.

    Raises:
        InputError: If Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.responses import JSONResponse
        from starlette.routing import Route
    except ImportError:
        raise InputError("needs the extra `serve`: pip install 'khabar[serve]'") from None
    desk = _Desk(predict, version, ontology, limits or Limits())

    def guarded(answer: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            try:
                if not _knows(request.headers.get("authorization", ""), secret):
                    headers = {"WWW-Authenticate": 'Basic realm="khabar"'}
                    return JSONResponse({"detail": "a secret is needed"}, 401, headers)
                return JSONResponse(await answer(request))
            except _RefusedError as refused:
                return JSONResponse({"detail": refused.reason}, refused.status)

        return handle

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "UP", "model_class": "khabar", "model_version": version})

    async def setup(request: Request) -> Any:
        await desk.body(request)
        return {"model_version": version}

    async def versions(_: Request) -> Any:
        return {"versions": [version]}

    async def webhook(request: Request) -> Any:
        await desk.body(request)
        return {}

    return Starlette(
        routes=[
            Route("/", health),
            Route("/health", health),
            Route("/setup", guarded(setup), methods=["POST"]),
            Route("/predict", guarded(desk.predict), methods=["POST"]),
            Route("/versions", guarded(versions)),
            Route("/webhook", guarded(webhook), methods=["POST"]),
        ]
    )


def serve(app: Starlette, host: str, port: int) -> None:
    """Runs the server until it is told to stop; requests under way are finished first."""
    import uvicorn

    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=10,
                timeout_keep_alive=15, limit_concurrency=1024, server_header=False)  # fmt: skip


class _Desk:
    """Reads requests within limits, and hands tasks to the one thread that predicts."""

    def __init__(self, predict: Predictor, version: str, ontology: Ontology, limits: Limits):
        self._predict, self.version, self.ontology, self.limits = predict, version, ontology, limits
        # A model is not made for several threads, and one keeps all cores busy.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="predict")
        self._waiting = 0

    async def body(self, request: Request) -> dict[str, Any]:
        """A request's JSON object, within the limits."""
        from starlette.requests import ClientDisconnect

        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > self.limits.body:
            raise _RefusedError(413, f"more than {self.limits.body} bytes")
        read = bytearray()
        try:
            async with asyncio.timeout(self.limits.reading):
                async for part in request.stream():
                    read += part
                    if len(read) > self.limits.body:
                        raise _RefusedError(413, f"more than {self.limits.body} bytes")
        except TimeoutError:
            raise _RefusedError(408, "the body did not arrive in time") from None
        except ClientDisconnect:
            raise _RefusedError(400, "the caller hung up") from None
        try:
            value = json.loads(bytes(read) or b"{}")
        except (ValueError, RecursionError):
            raise _RefusedError(400, "the body is not JSON") from None
        if not isinstance(value, dict):
            raise _RefusedError(400, "the body is not a JSON object")
        return value

    async def predict(self, request: Request) -> dict[str, Any]:
        """Predictions for all tasks of a request, in their order."""
        body = await self.body(request)
        tasks = body.get("tasks")
        if not isinstance(tasks, list):
            raise _RefusedError(400, "`tasks` is not a list")
        documents = [_document(task, n) for n, task in enumerate(tasks)]
        drawn = _drawn(body)
        if self._waiting >= self.limits.waiting:
            raise _RefusedError(503, "too many requests are waiting; try again")
        self._waiting += 1
        try:
            async with asyncio.timeout(self.limits.seconds):
                made: list[Document] = []
                for i in range(0, len(documents), self.limits.batch):
                    some = documents[i : i + self.limits.batch]
                    made += await asyncio.get_running_loop().run_in_executor(self._thread, self._predict, some)
        except TimeoutError:
            raise _RefusedError(503, f"the prediction took more than {self.limits.seconds:.0f} s") from None
        except InputError as error:
            raise _RefusedError(400, str(error)) from None
        finally:
            self._waiting -= 1
        if drawn is not None:
            found = [{"result": complete(drawn, one, self.ontology), "model_version": self.version} for one in made]
            return {"results": [one | {"score": 1.0} for one in found]}
        return {"results": [prediction(document, self.version, self.ontology) for document in made]}


def complete(drawn: Sequence[Item], predicted: Document, ontology: Ontology) -> list[Item]:
    """The arguments of a trigger that an annotator has just drawn, as the model sees them.

    Args:
        drawn: The regions drawn; the last trigger among them counts.
        predicted: The model's annotation of the document.
        ontology: The project's labels.

    Returns:
        Phrases, and relations to them from the region drawn; nothing where the model sees no event on that word.
    """
    trigger = next((item for item in reversed(drawn) if item.get("from_name") == TRIGGER and item.get("id")), None)
    value = trigger.get("value") if trigger else None
    if trigger is None or not isinstance(value, Mapping):
        return []
    start, end = value.get("start"), value.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return []
    event = next((e for e in predicted.events if e.trigger.start < end and start < e.trigger.end), None)
    if event is None:
        return []
    alone = predicted.model_copy(update={"events": (event,), "attributions": ()})
    items = result_of(alone, ontology)
    phrases = [item for item in items if item.get("value", {}).get("labels") == [PHRASE]]
    relations = [item | {"from_id": trigger["id"]} for item in items if item["type"] == "relation"]
    return phrases + [item for item in relations if item["to_id"] != region_id(EVENT_ID, event.id)]


def _document(task: Any, number: int) -> Document:
    data = task.get("data") if isinstance(task, dict) else None
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str):
        raise _RefusedError(400, f"tasks[{number}].data.text is no text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _RefusedError(400, f"tasks[{number}].data.text holds a lone surrogate") from None
    places = tuple(Sentence(start=s.start, end=s.end) for s in sentences(text))
    return Document(id=f"task-{number}", text=text, sentences=places)


def _drawn(body: Mapping[str, Any]) -> list[Item] | None:
    """What an annotator has drawn, where Label Studio asks interactively; None otherwise."""
    params = body.get("params")
    context = params.get("context") if isinstance(params, dict) else None
    result = context.get("result") if isinstance(context, dict) else None
    return [item for item in result if isinstance(item, dict)] if isinstance(result, list) else None


def _knows(header: str, secret: str) -> bool:
    if not secret:
        return True
    kind, _, told = header.partition(" ")
    if kind.lower() == "basic":
        try:
            told = base64.b64decode(told, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif kind.lower() != "bearer":
        return False
    return hmac.compare_digest(told.encode("utf-8"), secret.encode("utf-8"))
