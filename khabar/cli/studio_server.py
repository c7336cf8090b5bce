"""`khabar studio backend`, `up` and `down`: what serves, and what has to be started and stopped."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from khabar.cli.verb import add_verb, project_of
from khabar.errors import InputError


def add_actions(actions: Any) -> None:
    """Declares the three."""
    backend = add_verb(
        actions,
        "backend",
        _backend,
        "serves a model's predictions to Label Studio (Settings, Model, Connect Model), on loopback unless told",
        """khabar studio backend --model runs/default-1
        KHABAR_BACKEND_SECRET=… khabar studio backend --model runs/default-1 --host 0.0.0.0""",
    )
    backend.add_argument("--model", type=Path, required=True, metavar="DIR", help="a folder that `khabar train` made")
    backend.add_argument("--host", default="127.0.0.1", help="where to listen; beyond loopback only with a secret")
    backend.add_argument("--port", type=int, default=9090, help="the port (9090)")

    up = add_verb(
        actions,
        "up",
        _up,
        "starts a Label Studio of your own on loopback, with the project's articles in it; installs it where needed",
        """khabar studio up
        khabar studio up --port 8090 --empty""",
    )
    up.add_argument("--port", type=int, default=8080, help="the port (8080); 0 for a free one")
    up.add_argument("--data", type=Path, metavar="DIR", help="where it keeps its data (else: runs/studio)")
    up.add_argument("--round", type=int, default=1, metavar="N", help="the round that the project made is for")
    up.add_argument("--empty", action="store_true", help="make no project")
    up.add_argument("--new-password", action="store_true", help="give the administrator another password")

    down = add_verb(actions, "down", _down, "stops what `up` started; its data stays", "khabar studio down")
    down.add_argument("--data", type=Path, metavar="DIR", help="where it keeps its data (else: runs/studio)")


def _backend(options: argparse.Namespace) -> int:
    from khabar.annotation.studio.backend import SECRET, application, is_loopback, serve
    from khabar.training.predict import predictor

    secret = os.environ.get(SECRET, "")
    if not is_loopback(options.host) and not secret:
        raise InputError(f"--host {options.host} lets others in; set {SECRET} to what they must know")
    ontology = project_of(options).ontology
    app = application(predictor(options.model), options.model.resolve().name, ontology, secret)
    print(f"http://{options.host}:{options.port}; stop with Ctrl-C", file=sys.stderr, flush=True)
    serve(app, options.host, options.port)
    return 0


def _up(options: argparse.Namespace) -> int:
    from khabar.annotation.studio import server
    from khabar.annotation.studio.client import KEY, URL, Studio
    from khabar.annotation.studio.push import Offer
    from khabar.cli.studio import print_pushed
    from khabar.corpus.store import read_documents

    project = project_of(options)
    home = options.data or project.root / "runs" / "studio"
    data, pid_file = home / "data", home / "server.json"
    command = server.install(lambda line: print(line, file=sys.stderr, flush=True))
    new = not (data / "label_studio.sqlite3").exists()
    password = server.new_password() if new or options.new_password else ""
    running = server.remembered(pid_file)
    if running is None:
        told = " (the first time it makes its database: a minute or so)" if new else ""
        print(f"starting Label Studio{told}", file=sys.stderr, flush=True)
        running = server.start(command, data, home / "server.log", port=options.port, password=password)
        server.remember(running, pid_file)
    if password and not new:
        server.set_password(command, data, password)
    key = server.admin_token(command, data)
    if not options.empty:
        offers = [Offer(document.without_annotation()) for document in read_documents([project.gold])]
        print_pushed(Studio(running.url, key), project, f"khabar round {options.round}", offers)
    print(f"user:     {server.ADMIN}")
    print(f"password: {password or 'as it was told at the first `up` (--new-password makes another)'}")
    print(f"export {URL}={running.url} {KEY}={key}")
    return 0


def _down(options: argparse.Namespace) -> int:
    from khabar.annotation.studio import server

    home = options.data or project_of(options).root / "runs" / "studio"
    running = server.remembered(home / "server.json")
    if running is None:
        print("no Label Studio that `khabar studio up` started is running", file=sys.stderr)
        return 0
    server.stop(running)
    (home / "server.json").unlink(missing_ok=True)
    print(f"stopped; its data stays in {home / 'data'}", file=sys.stderr)
    return 0
