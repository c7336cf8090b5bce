"""The pre-annotation server on a real socket: the contract, the secret, limits, many at once, and rude callers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import resource
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from statistics import quantiles
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from khabar.annotation.studio.backend import Limits, application, complete, is_loopback
from khabar.annotation.studio.tasks import result_of
from khabar.cli.main import main
from khabar.document import Document
from tests.annotation.studio.documents import ONTOLOGY
from tests.conftest import TEXT, annotated, spans

SECRET = "open sesame"
RELEASED = threading.Event()
LIMITS = Limits(body=2_000_000, seconds=1.0, reading=1.0)


def tagger(documents: Sequence[Document]) -> list[Document]:
    """Knows one text by heart; works on another until it is told to stop."""
    if any("slow" in document.text for document in documents):
        assert RELEASED.wait(30)
    known = annotated()
    update = {"events": known.events, "attributions": known.attributions}
    return [d.model_copy(update=update if d.text == TEXT else {}) for d in documents]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    yield from served(application(tagger, "m1", ONTOLOGY, SECRET, LIMITS))


def served(app: Starlette) -> Iterator[str]:
    """Runs an application on a free port of loopback."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


AUTH = ("label-studio", SECRET)


def task(text: str = TEXT) -> dict[str, Any]:
    return {"id": 1, "data": {"text": text}}


def predict(url: str, body: Any, **more: Any) -> httpx.Response:
    return httpx.post(f"{url}/predict", json=body, auth=more.pop("auth", AUTH), timeout=30, **more)


class TestContract:
    def test_it_is_up_without_a_secret(self, url: str) -> None:
        for path in ("/", "/health"):
            assert httpx.get(url + path).json()["status"] == "UP"

    def test_setup_and_versions_name_the_model(self, url: str) -> None:
        body = {"project": "1.2", "schema": "<View/>", "access_token": "abc", "extra_params": None}
        assert httpx.post(f"{url}/setup", json=body, auth=AUTH).json() == {"model_version": "m1"}
        assert httpx.get(f"{url}/versions", auth=AUTH).json() == {"versions": ["m1"]}
        assert httpx.post(f"{url}/webhook", json={"action": "START_TRAINING"}, auth=AUTH).status_code == 200

    def test_predictions_come_in_the_order_of_the_tasks(self, url: str) -> None:
        reply = predict(url, {"tasks": [task("نص آخر."), task()], "params": {"context": None}}).json()
        empty, full = reply["results"]
        assert empty == {"model_version": "m1", "score": 0.0, "result": []}
        assert full["result"] == result_of(annotated(), ONTOLOGY)

    def test_a_trigger_just_drawn_gets_its_arguments(self, url: str) -> None:
        start, end = spans(annotated(), "أطلقت")
        drawn = {"id": "x1", "from_name": "trigger", "value": {"start": start, "end": end, "labels": ["Attack"]}}
        body = {"tasks": [task()], "params": {"context": {"result": [drawn]}}}
        (found,) = predict(url, body).json()["results"]
        phrases = {item["id"]: item["value"]["text"] for item in found["result"] if item["type"] == "labels"}
        joined = {
            (r["from_id"], r["labels"][0], phrases[r["to_id"]]) for r in found["result"] if r["type"] == "relation"
        }
        assert joined == {("x1", "Instrument", "خمسة صواريخ"), ("x1", "Origin", "بلدة زمار"), ("x1", "Time", "الأحد")}

    @pytest.mark.parametrize(
        "drawn",
        [
            [],
            [{}],
            [{"id": "x", "from_name": "trigger"}],
            [{"id": "x", "from_name": "trigger", "value": {"start": "1"}}],
        ],
    )
    def test_what_is_no_trigger_gets_nothing(self, drawn: list[dict[str, Any]]) -> None:
        assert complete(drawn, annotated(), ONTOLOGY) == []


class TestWhoMayAsk:
    @pytest.mark.parametrize("auth", [None, ("u", "wrong"), ("u", "")])
    @pytest.mark.parametrize("path", ["/predict", "/setup", "/webhook"])
    def test_without_the_secret_nothing_is_told(self, url: str, path: str, auth: tuple[str, str] | None) -> None:
        assert httpx.post(url + path, json={"tasks": [task()]}, auth=auth).status_code == 401

    @pytest.mark.parametrize(
        "header", ["Basic !!!", "Basic " + base64.b64encode(b"\xff").decode(), "Digest x", "Bearer"]
    )
    def test_a_broken_header_is_no_secret(self, url: str, header: str) -> None:
        assert httpx.get(f"{url}/versions", headers={"Authorization": header}).status_code == 401

    def test_the_secret_may_be_a_bearer_token(self, url: str) -> None:
        assert httpx.get(f"{url}/versions", headers={"Authorization": f"Bearer {SECRET}"}).status_code == 200

    def test_beyond_loopback_a_secret_is_asked_for(self, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        monkeypatch.delenv("KHABAR_BACKEND_SECRET", raising=False)
        assert main(["studio", "backend", "--model", "none", "--host", "0.0.0.0"]) == 2
        assert "KHABAR_BACKEND_SECRET" in capsys.readouterr().err
        assert all(is_loopback(host) for host in ("127.0.0.1", "::1", "localhost"))
        assert not any(is_loopback(host) for host in ("0.0.0.0", "example.org"))

    def test_tokens_that_are_handed_over_are_not_logged(self, url: str, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            httpx.post(f"{url}/setup", json={"access_token": "t0ken-of-the-creator"}, auth=AUTH)
            predict(url, {"tasks": [task(), 7], "params": {"login": "l0gin", "password": "passw0rd"}})
        assert not any(word in caplog.text for word in ("t0ken-of-the-creator", "l0gin", "passw0rd"))


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"tasks": 1}', b'{"tasks": [1]}', b'{"tasks": [{"data": {}}]}',
         b'{"tasks": [{"data": {"text": 1}}]}', b'{"tasks": [{"data": {"text": "\\ud800"}}]}', b"[" * 100_000],
    )  # fmt: skip
    def test_a_malformed_body_is_a_bad_request(self, url: str, body: bytes) -> None:
        assert httpx.post(f"{url}/predict", content=body, auth=AUTH).status_code == 400

    def test_a_task_of_a_megabyte_is_taken(self, url: str) -> None:
        assert predict(url, {"tasks": [task("خبر. " * 120_000)]}).status_code == 200

    def test_a_body_over_the_limit_is_refused_announced_or_not(self, url: str) -> None:
        body = json.dumps({"tasks": [task("ا" * LIMITS.body)]}).encode()
        assert httpx.post(f"{url}/predict", content=body, auth=AUTH).status_code == 413

        def unannounced() -> Iterator[bytes]:
            for i in range(0, len(body), 65536):
                yield body[i : i + 65536]

        with contextlib.suppress(httpx.WriteError):  # it may hang up before all has been sent
            assert httpx.post(f"{url}/predict", content=unannounced(), auth=AUTH).status_code == 413
        assert httpx.get(f"{url}/health").status_code == 200

    def test_a_slow_model_is_given_up(self, url: str) -> None:
        assert predict(url, {"tasks": [task("slow")]}).status_code == 503
        RELEASED.set()
        assert predict(url, {"tasks": []}).json() == {"results": []}

    def test_a_slow_caller_is_given_up(self, url: str) -> None:
        with _connected(url) as line:
            line.sendall(_head(100) + b'{"tasks"')
            assert b" 408 " in line.recv(1000)


def _connected(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    line = socket.create_connection((host, int(port)))
    line.settimeout(10)
    return line


def _head(length: int) -> bytes:
    secret = base64.b64encode(f"u:{SECRET}".encode()).decode()
    lines = ("POST /predict HTTP/1.1", "Host: x", f"Authorization: Basic {secret}", f"Content-Length: {length}", "", "")
    return "\r\n".join(lines).encode()


def test_a_caller_that_hangs_up_harms_nobody(url: str) -> None:
    body = json.dumps({"tasks": [task()]}).encode()
    for sent in (0, 10, len(body)):
        for _ in range(20):
            with _connected(url) as line:
                line.sendall(_head(len(body)) + body[:sent])
    assert predict(url, {"tasks": [task()]}).status_code == 200


def test_two_hundred_at_once(url: str, record_property: Any) -> None:
    async def ask_all(count: int) -> list[float]:
        async def ask(client: httpx.AsyncClient) -> float:
            started = time.perf_counter()
            reply = await client.post(f"{url}/predict", json={"tasks": [task()]}, auth=AUTH)
            assert reply.status_code == 200
            assert len(reply.json()["results"]) == 1
            return time.perf_counter() - started

        limits = httpx.Limits(max_connections=count)
        async with httpx.AsyncClient(timeout=60, limits=limits) as client:
            return await asyncio.gather(*(ask(client) for _ in range(count)))

    asyncio.run(ask_all(200))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = asyncio.run(ask_all(200))
    for _ in range(3):
        asyncio.run(ask_all(200))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    p50, p95 = (quantiles(times, n=20)[i] for i in (9, 18))
    record_property("p50", p50)
    record_property("p95", p95)
    print(f"p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms, memory +{grown} kB")
    assert grown < 50_000
    assert p95 < 20


def test_too_many_are_turned_away() -> None:
    for address in served(application(tagger, "m1", ONTOLOGY, limits=Limits(waiting=0))):
        assert httpx.post(f"{address}/predict", json={"tasks": [task()]}).status_code == 503
