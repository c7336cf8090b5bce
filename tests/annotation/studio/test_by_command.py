"""By command, as a lead works: a model pre-annotates and serves, a server comes up, and all of it ends when told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from khabar.annotation.studio import server
from khabar.annotation.studio.backend import SECRET
from khabar.annotation.studio.client import KEY, URL, Studio
from khabar.annotation.studio.reading import read_result
from khabar.cli.main import main
from khabar.corpus.store import Project
from khabar.training.predict import predictor
from tests.annotation.studio.conftest import TOKEN, Live
from tests.conftest import ROOT

ROUNDS = count(300)
PATIENCE = 60.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model: the lexicon, which takes a second."""
    folder = tmp_path_factory.mktemp("model") / "floor"
    recipe = str(ROOT / "training" / "recipes" / "lexicon.yaml")
    assert main(["--project", str(ROOT), "train", recipe, "--out", str(folder)]) == 0
    return folder


@contextmanager
def running(*words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A `khabar` command that serves, and where."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-m", "khabar.cli.main", "--project", str(ROOT), *words, "--port", str(port)]
    process = subprocess.Popen(line, env=os.environ | environment, stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(url) or process.poll() is not None)
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        yield process, url
    finally:
        process.kill()
        process.communicate()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def wait_for(happened: Callable[[], Any], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_a_model_pre_annotates_what_is_pushed(
    live: Live, model: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, live.running.url)
    monkeypatch.setenv(KEY, TOKEN)
    number = str(next(ROUNDS))
    assert main(["studio", "push", "--round", number, "--model", str(model)]) == 0
    (room,) = [p for p in live.studio.projects() if p.title == f"khabar round {number}"]
    expected = {d.id: d for d in predictor(model)(project.gold_documents())}
    named = {task["id"]: task["data"]["doc_id"] for task in live.studio.export(room)}
    proposed = live.studio.predictions(room)
    assert sorted(named[p.task] for p in proposed) == sorted(expected)
    assert {p.version for p in proposed} == {"floor"}


class TestBackend:
    def test_label_studio_asks_it_and_keeps_what_it_says(self, live: Live, model: Path, project: Project) -> None:
        room = connect_room(live, project)
        with running("studio", "backend", "--model", str(model), **{SECRET: "open sesame"}) as (_, url):
            backend = api(
                live,
                "POST",
                "/api/ml/",
                {
                    "url": url,
                    "project": room,
                    "auth_method": "BASIC_AUTH",
                    "basic_auth_user": "label-studio",
                    "basic_auth_pass": "open sesame",
                    "is_interactive": True,
                },
            )
            assert backend["state"] == "CO"  # connected
            api(live, "POST", f"/api/dm/actions?id=retrieve_tasks_predictions&project={room}", {"selectedItems": ALL})
            wait_for(lambda: len(predictions(live, room)) == len(project.gold_documents()))
        expected = {d.id: d for d in predictor(model)(project.gold_documents())}
        tasks = {
            task["id"]: task["data"]
            for task in api(live, "GET", f"/api/projects/{room}/export?exportType=JSON&download_all_tasks=true")
        }
        for found in predictions(live, room):
            assert found["model_version"] == "floor"
            document = expected[tasks[found["task"]]["doc_id"]]
            bare = document.without_annotation()
            read, _ = read_result(bare, found["result"], project.ontology, keep_scores=False)
            triggers = [(e.type, e.trigger.extent) for e in read.events]
            assert triggers == [(e.type, e.trigger.extent) for e in document.events]

    def test_a_wrong_secret_does_not_connect(self, live: Live, model: Path, project: Project) -> None:
        room = connect_room(live, project)
        with running("studio", "backend", "--model", str(model), **{SECRET: "open sesame"}) as (_, url):
            reply = httpx.post(f"{url}/predict", json={"tasks": []}, auth=("label-studio", "wrong"))
            assert reply.status_code == 401
            body = {
                "url": url,
                "project": room,
                "auth_method": "BASIC_AUTH",
                "basic_auth_user": "x",
                "basic_auth_pass": "y",
            }
            connected = httpx.post(f"{live.running.url}/api/ml/", json=body, headers=HEADERS, timeout=60)
            assert connected.status_code >= 400 or connected.json()["state"] != "CO"

    def test_a_request_under_way_is_finished_before_it_stops(self, model: Path, project: Project) -> None:
        tasks = [{"id": n, "data": {"text": d.text}} for n, d in enumerate(project.gold_documents() * 20)]
        with running("studio", "backend", "--model", str(model)) as (process, url):
            body = json.dumps({"tasks": tasks}).encode()
            head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=PATIENCE) as line:
                line.sendall(head.encode() + body)
                wait_for(lambda: busy(process.pid))
                process.send_signal(signal.SIGTERM)
                answer = b"".join(iter(lambda: line.recv(65_536), b""))
            assert answer.startswith(b"HTTP/1.1 200")
            assert len(json.loads(answer.partition(b"\r\n\r\n")[2])["results"]) == len(tasks)
            process.wait(PATIENCE)
            assert process.returncode in (0, -signal.SIGTERM)


def test_up_makes_a_server_with_the_articles_in_it_and_down_ends_it(tmp_path: Path, live: Live) -> None:
    home = tmp_path / "studio"

    def khabar(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "khabar.cli.main", "--project", str(ROOT), "studio", *words, "--data", str(home)]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    started = khabar("up", "--port", "0")
    try:
        assert started.returncode == 0, started.stderr
        told = dict(pair.split("=", 1) for pair in started.stdout.split("export ")[1].split())
        studio = Studio(told[URL], told[KEY])
        (room,) = studio.projects()
        assert room.title == "khabar round 1"
        assert len(studio.export(room)) == 7
        password = started.stdout.split("password:")[1].split()[0]
        assert password not in "".join(p.read_text(errors="replace") for p in home.glob("*.*") if p.is_file())
        again = khabar("up", "--port", "0")
        assert again.returncode == 0, again.stderr
        assert told[URL] in again.stdout
        assert "0 new, 7 there already" in again.stderr
        running = server.remembered(home / "server.json")
        assert running is not None
    finally:
        stopped = khabar("down")
    assert stopped.returncode == 0
    assert not server.alive(running.pid)
    assert "its data stays" in stopped.stderr
    assert (home / "data").is_dir()
    assert "no Label Studio" in khabar("down").stderr


ALL = {"all": True, "excluded": []}
HEADERS = {"Authorization": f"Token {TOKEN}"}


def api(live: Live, method: str, path: str, body: Any = None) -> Any:
    reply = httpx.request(method, live.running.url + path, json=body, headers=HEADERS, timeout=120)
    reply.raise_for_status()
    return reply.json() if reply.content else None


def predictions(live: Live, room: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api(live, "GET", f"/api/predictions/?project={room}")
    return found


def connect_room(live: Live, project: Project) -> int:
    """A project with the gold's texts in it, bare; gives its number."""
    from khabar.annotation.studio.interface import interface
    from khabar.annotation.studio.push import Offer, push, ready_project

    room = ready_project(live.studio, f"room {next(ROUNDS)}", interface(project.ontology))
    push(live.studio, room, [Offer(d.without_annotation()) for d in project.gold_documents()], project.ontology)
    return room.id


def busy(pid: int) -> bool:
    """Whether a process has begun to work on a request: it has used more of a processor than to come up."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    used = int(fields[11]) + int(fields[12])
    first = BEGUN.setdefault(pid, used)
    return used > first + 2


BEGUN: dict[int, int] = {}
