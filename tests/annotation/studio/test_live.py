"""Against the real Label Studio: push, annotate through its API, pull, agree, adjudicate; and what goes wrong."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from khabar.annotation.agreement import agreement
from khabar.annotation.studio import server
from khabar.annotation.studio.client import KEY, URL, Studio, StudioProject
from khabar.annotation.studio.interface import interface
from khabar.annotation.studio.pull import pull
from khabar.annotation.studio.push import Offer, push, ready_project
from khabar.annotation.studio.tasks import Item, result_of, without_scores
from khabar.cli.main import main
from khabar.corpus.store import Project, read_documents
from khabar.document import Document, dumps
from khabar.errors import InputError
from tests.annotation.studio.conftest import AMISS, TOKEN, Live, record
from tests.conftest import ROOT, annotated, blank

ROUNDS = count(100)


@pytest.fixture(autouse=True)
def _environment(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, live.running.url)
    monkeypatch.setenv(KEY, TOKEN)


@pytest.fixture
def ontology(project: Project) -> Any:
    return project.ontology


@pytest.fixture
def room(live: Live, ontology: Any) -> StudioProject:
    """An empty project."""
    return ready_project(live.studio, f"room {next(ROUNDS)}", interface(ontology))


def api(live: Live, method: str, path: str, body: Any = None) -> Any:
    """What the SDK has no word for, and what annotators do."""
    reply = httpx.request(
        method, live.running.url + path, json=body, headers={"Authorization": f"Token {TOKEN}"}, timeout=60
    )
    reply.raise_for_status()
    return reply.json() if reply.content else None


def second_user(live: Live) -> int:
    """Another annotator's number."""
    known = {email: id for id, email in live.studio.users().items()}
    email = "layla@example.org"
    return known.get(email) or int(api(live, "POST", "/api/users/", {"email": email, "username": "layla"})["id"])


def annotate(
    live: Live, room: StudioProject, documents: list[Document], ontology: Any, user: int | None = None
) -> None:
    """Submits documents as annotations, as a person would who drew all that."""
    by_id = {document.id: document for document in documents}
    for task in live.studio.export(room):
        document = by_id[task["data"]["doc_id"]]
        body: dict[str, Any] = {"result": without_scores(result_of(document, ontology)), "lead_time": 1.0}
        api(live, "POST", f"/api/tasks/{task['id']}/annotations", body | ({"completed_by": user} if user else {}))


class TestPush:
    def test_twice_is_once(self, live: Live, room: StudioProject, ontology: Any, project: Project) -> None:
        offers = [Offer(d.without_annotation(), {"v1": d}) for d in project.gold_documents()]
        first = push(live.studio, room, offers, ontology)
        again = push(live.studio, room, offers, ontology)
        assert (first.created, first.predictions) == (7, 7)
        assert (again.created, again.kept, again.predictions) == (0, 7, 0)
        assert len(live.studio.export(room)) == len(live.studio.predictions(room)) == 7

    def test_predictions_are_replaced_by_version(self, live: Live, room: StudioProject, ontology: Any) -> None:
        document = annotated()
        less = document.model_copy(update={"attributions": ()})
        for proposed, version in ((document, "v1"), (less, "v1"), (document, "v2")):
            push(live.studio, room, [Offer(blank(), {version: proposed})], ontology)
        found = live.studio.predictions(room)
        assert [(p.version, len(p.result)) for p in found] == [
            ("v1", len(result_of(less, ontology))),
            ("v2", len(result_of(document, ontology))),
        ]

    def test_a_text_that_changed_under_an_annotation_is_left(
        self, live: Live, room: StudioProject, ontology: Any
    ) -> None:
        both = [annotated("one"), annotated("two")]
        push(live.studio, room, [Offer(d.without_annotation()) for d in both], ontology)
        (first, _) = live.studio.export(room)
        api(live, "POST", f"/api/tasks/{first['id']}/annotations", {"result": result_of(both[0], ontology)})
        other = [blank(d.id, text="نص آخر كتب من جديد.") for d in both]
        done = push(live.studio, room, [Offer(d) for d in other], ontology)
        assert (done.left, done.replaced, done.created) == (["one"], 1, 0)
        texts = {task["data"]["doc_id"]: task["data"]["text"] for task in live.studio.export(room)}
        assert texts == {"one": both[0].text, "two": other[1].text}

    def test_the_least_sure_comes_first(self, live: Live, room: StudioProject, ontology: Any) -> None:
        def scored(id: str, score: float) -> Document:
            document = annotated(id)
            events = tuple(e.model_copy(update={"score": score}) for e in document.events)
            return document.model_copy(update={"events": events, "attributions": ()})

        scores = {"sure": 0.9, "unsure": 0.1, "middling": 0.5}
        push(live.studio, room, [Offer(blank(i), {"m": scored(i, s)}) for i, s in scores.items()], ontology)
        seen = []
        for _ in scores:
            task = api(live, "POST", f"/api/dm/actions?id=next_task&project={room.id}", {})
            seen.append(task["data"]["doc_id"])
            api(live, "POST", f"/api/tasks/{task['id']}/annotations", {"result": []})
        assert seen == ["unsure", "middling", "sure"]

    def test_labels_in_use_are_not_taken_away(self, live: Live, room: StudioProject, ontology: Any) -> None:
        push(live.studio, room, [Offer(blank())], ontology)
        annotate(live, room, [annotated()], ontology)
        types = {name: event for name, event in ontology.events.items() if name not in ("Injure", "Arrest")}
        with pytest.raises(InputError, match="trigger: Injure; pull them"):
            ready_project(live.studio, room.title, interface(ontology.model_copy(update={"events": types})))
        types["Injure"] = ontology.events["Injure"]
        ready_project(live.studio, room.title, interface(ontology.model_copy(update={"events": types})))


class TestPull:
    def test_what_is_amiss_is_told_and_what_is_sound_comes_back(
        self, live: Live, room: StudioProject, ontology: Any
    ) -> None:
        documents = [annotated(id) for id in ("done", "drafted", "skipped", "twice", "untouched")]
        push(live.studio, room, [Offer(d.without_annotation()) for d in documents], ontology)
        tasks = {task["data"]["doc_id"]: task["id"] for task in live.studio.export(room)}
        items = result_of(documents[0], ontology)
        loose: Item = {"type": "relation", "from_id": "gone", "to_id": "event-e1", "labels": ["covers"]}
        api(live, "POST", f"/api/tasks/{tasks['done']}/annotations", {"result": [*items, loose]})
        api(live, "POST", f"/api/tasks/{tasks['drafted']}/drafts", {"result": items[:3], "lead_time": 1})
        api(live, "POST", f"/api/tasks/{tasks['skipped']}/annotations", {"result": [], "was_cancelled": True})
        for result in ([], items):
            api(live, "POST", f"/api/tasks/{tasks['twice']}/annotations", {"result": result})
        record(live, room, "amiss")
        pulled = pull(live.studio, room, ontology, names={"1": "nour"})
        assert {d.id: dumps(d) for d in pulled.passes["nour"]} == {
            "done": dumps(documents[0]),
            "twice": dumps(documents[3]),
        }
        assert {(f.document, f.kind) for f in pulled.findings} == AMISS
        assert pulled.waiting == ["drafted", "skipped", "untouched"]
        again = pull(live.studio, room, ontology, names={"1": "nour"})
        assert again == pulled
        assert not any("@" in str(finding) for finding in pulled.findings)

    def test_what_came_of_a_proposal_is_counted(self, live: Live, room: StudioProject, ontology: Any) -> None:
        offered = annotated()
        fired = offered.events[0].model_copy(update={"type": "Explosion", "arguments": offered.events[0].arguments[:1]})
        made = offered.model_copy(update={"events": (fired, *offered.events[1:])})
        push(live.studio, room, [Offer(blank(), {"m1": offered})], ontology)
        annotate(live, room, [made], ontology)
        pulled = pull(live.studio, room, ontology)
        (document,) = pulled.passes["annotator-1"]
        assert pulled.changes["annotator-1"]["event"] == (2, 1, 0, 0)
        assert pulled.changes["annotator-1"]["argument"] == (1, 0, 0, 2)
        assert document.meta is not None
        assert document.meta["offered"]["version"] == "m1"
        assert document.meta["offered"]["layers"]["event"] == {"accepted": 2, "changed": 1, "added": 0, "removed": 0}

    def test_somebody_elses_tasks_are_refused(self, live: Live, room: StudioProject, ontology: Any) -> None:
        live.studio.import_tasks(room, [{"data": {"text": "نص"}}])
        with pytest.raises(InputError, match="no task of khabar's"):
            pull(live.studio, room, ontology)


def test_two_annotators_and_an_adjudicator_end_in_the_gold(
    live: Live, tmp_path: Path, ontology: Any, capsys: Any
) -> None:
    number = str(next(ROUNDS))
    first = ROOT / "annotation" / "rounds" / "1"
    a, b = read_documents([first / "a"]), read_documents([first / "b"])
    gold = read_documents([ROOT / "corpus" / "gold"])
    layla = second_user(live)
    assert main(["studio", "push", "--round", number, "--overlap", "2"]) == 0
    assert main(["studio", "push", "--round", number, "--overlap", "2"]) == 0
    (room,) = [p for p in live.studio.projects() if p.title == f"khabar round {number}"]
    annotate(live, room, a, ontology)
    annotate(live, room, b, ontology, user=layla)
    names = ["--name", "1=nour", "--name", "layla@example.org=layla"]
    assert main(["studio", "pull", "--round", number, "--out", str(tmp_path), *names]) == 0
    for folder, documents in (("nour", a), ("layla", b)):
        for document in documents:
            assert (tmp_path / folder / f"{document.id}.json").read_bytes() == dumps(document).encode()
    passes = [str(tmp_path / "nour"), str(tmp_path / "layla")]
    assert main(["agreement", *passes]) == 0
    assert agreement(*(read_documents([Path(p)]) for p in passes)) == agreement(a, b)

    adjudicate = ["--round", number, "--adjudicate", *passes]
    assert main(["studio", "push", *adjudicate]) == 0
    out = ["--out", str(tmp_path / "gold"), "--log", str(tmp_path / "log.jsonl")]
    assert main(["studio", "pull", *adjudicate, *out]) == 2
    assert "nobody submitted" in capsys.readouterr().err
    (desk,) = [p for p in live.studio.projects() if p.title == f"khabar adjudication {number}"]
    assert all("<table" in task["data"]["differences"] for task in live.studio.export(desk))
    assert {p.version for p in live.studio.predictions(desk)} == {"A", "B"}
    annotate(live, desk, gold, ontology)
    assert main(["studio", "pull", *adjudicate, *out]) == 0
    replayed = tmp_path / "replayed"
    log = ["--log", str(tmp_path / "log.jsonl")]
    assert main(["adjudicate", *passes, "--replay", *log, "--out", str(replayed)]) == 0
    for document in gold:
        expected = (ROOT / "corpus" / "gold" / f"{document.id}.json").read_bytes()
        assert (tmp_path / "gold" / f"{document.id}.json").read_bytes() == expected
        assert (replayed / f"{document.id}.json").read_bytes() == expected


def test_a_review_is_counted(live: Live, tmp_path: Path, ontology: Any, project: Project) -> None:
    number = str(next(ROUNDS))
    assert main(["studio", "push", "--round", number, "--review"]) == 0
    (room,) = [p for p in live.studio.projects() if p.title == f"khabar review {number}"]
    annotate(live, room, project.gold_documents(), ontology)
    arguments = ["studio", "pull", "--round", number, "--review", "--out", str(tmp_path), "--name", "1=nour"]
    assert main(arguments) == 0
    for document in read_documents([tmp_path / "nour"]):
        assert document.meta is not None
        told = document.meta["offered"]
        assert (told["by"], told["review"]) == ("nour", True)
        assert all(c["changed"] == c["added"] == c["removed"] == 0 for c in told["layers"].values())


class TestWhatGoesWrong:
    def test_a_wrong_token_is_told_with_its_remedy(self, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(KEY, "f" * 40)
        assert main(["studio", "pull", "--round", "1"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "refuses the token" in line
        assert KEY in line
        assert "f" * 40 not in line

    def test_a_personal_token_does_as_well_and_a_legacy_one_that_is_not_allowed_is_told(self, live: Live) -> None:
        personal = api(live, "POST", "/api/token/", {})["token"]
        assert Studio(live.running.url, personal).users() == live.studio.users()
        access = httpx.post(f"{live.running.url}/api/token/refresh", json={"refresh": personal}).json()["access"]

        def allow(legacy: bool) -> None:
            body = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": legacy, "api_token_ttl_days": 200}
            headers = {"Authorization": f"Bearer {access}"}
            httpx.post(f"{live.running.url}/api/jwt/settings", json=body, headers=headers).raise_for_status()

        allow(False)
        try:
            with pytest.raises(InputError, match=r"legacy token, .*switched off here; set LABEL_STUDIO_API_KEY"):
                live.studio.projects()
        finally:
            allow(True)

    def test_nobody_there_is_told(self, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        monkeypatch.setenv(URL, "http://127.0.0.1:9")
        assert main(["studio", "push", "--round", "1"]) == 2
        assert "cannot be reached" in capsys.readouterr().err

    def test_a_project_that_is_not_there_is_told(self, capsys: Any) -> None:
        assert main(["studio", "pull", "--round", "9999"]) == 2
        assert "`khabar studio push` makes it" in capsys.readouterr().err


def many(number: int) -> Iterator[Document]:
    for n in range(number):
        yield annotated(f"news-{n:04}")


def test_a_server_killed_in_the_middle_of_a_push_loses_and_doubles_nothing(
    live: Live, room: StudioProject, ontology: Any
) -> None:
    offers = [Offer(d.without_annotation(), {"m": d}) for d in many(400)]
    sent: list[int] = []

    def kill_after_two(done: int) -> None:
        sent.append(done)
        if len(sent) == 2:
            os.kill(live.running.pid, signal.SIGKILL)

    with pytest.raises(InputError, match="nothing is lost"):
        push(live.studio, room, offers, ontology, kill_after_two)
    server.stop(live.running)
    live.start_again()
    done = push(live.studio, room, offers, ontology)
    assert done.kept >= 200
    assert done.kept + done.created == 400
    tasks = live.studio.export(room)
    assert sorted(task["data"]["doc_id"] for task in tasks) == [f"news-{n:04}" for n in range(400)]
    proposed = live.studio.predictions(room)
    assert sorted(p.task for p in proposed) == [task["id"] for task in tasks]


def test_two_thousand_documents_there_and_back(
    live: Live, room: StudioProject, ontology: Any, record_property: Callable[[str, object], None]
) -> None:
    documents = list(many(2000))
    started = time.perf_counter()
    done = push(live.studio, room, [Offer(d.without_annotation(), {"m": d}) for d in documents], ontology)
    pushed = time.perf_counter()
    again = push(live.studio, room, [Offer(d.without_annotation(), {"m": d}) for d in documents], ontology)
    repeated = time.perf_counter()
    pulled = pull(live.studio, room, ontology)
    ended = time.perf_counter()
    times = {"push": pushed - started, "push again": repeated - pushed, "pull": ended - repeated}
    for name, seconds in times.items():
        record_property(name, round(seconds, 1))
    print({name: round(seconds, 1) for name, seconds in times.items()})
    assert (done.created, again.created, again.kept, again.predictions) == (2000, 0, 2000, 0)
    assert len(pulled.waiting) == 2000
    assert pulled.findings == []
    assert max(times.values()) < 120
