"""A stand-in for the Hugging Face Hub on loopback: what the real clients call, and faults at every step.

Repositories live in memory. Clients are sent here by `HF_ENDPOINT`, which they read when they are imported: run them in
child processes (see `environment`). A child may set faults itself: `POST /-/faults` with `[{"step": …, "kind": …}]`
replaces those that are set, and answers how often each of these struck.

`python -m tests.hub.stand_in` runs one by hand.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.hub.endpoints import ENDPOINTS, OWNER, Answer, RefusalError, Request, told
from tests.hub.repositories import Blob, Hub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle_any(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        asked = "GET" if self.command == "HEAD" else self.command
        found = ((e, m) for e in ENDPOINTS if e[1] == asked and (m := re.fullmatch(e[2], url.path)))
        (step, _, _, endpoint), match = next(found, (("", "", "", None), None))
        if match is None or endpoint is None:
            self.hub.unknown.append(f"{self.command} {self.path}")
            self._body()
            return self._send(RefusalError(404, "no such endpoint").answer)
        self.hub.requests.append((step, self.path))
        fault = self.hub.fault(step)
        if fault is not None and fault.kind == "cut-request":
            self.rfile.read(min(fault.after, int(self.headers.get("Content-Length") or 0)))
            return self._hang_up()
        authorization = self.headers.get("Authorization") or ""
        request = Request(
            self.hub,
            f"http://{self.headers['Host']}",
            authorization.removeprefix("Bearer ") or None,
            dict(urllib.parse.parse_qsl(url.query)),
            self.headers,  # type: ignore[arg-type]
            self._body(),
            {name: value or "" for name, value in match.groupdict().items()},
        )
        if fault is not None and fault.kind.isdigit():
            body = {"error": "a fault", "url": f"{request.base}/datasets/owner/name"}
            return self._send(replace(told(body), status=int(fault.kind)))
        with self.hub.lock:
            if fault is not None and fault.kind == "race":
                repository = request.repository()
                repository.commit({**repository.files(), "notes.txt": Blob(b"somebody else's")}, "somebody else's")
            try:
                answer = endpoint(request)
            except RefusalError as refusal:
                answer = refusal.answer
        return self._send(answer, fault.after if fault is not None and fault.kind == "cut-answer" else None)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, answer: Answer, bytes_sent: int | None = None) -> None:
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        head = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        whole = "\r\n".join(head).encode("latin-1") + (b"" if self.command == "HEAD" else answer.body)
        self.wfile.write(whole if bytes_sent is None else whole[: min(bytes_sent, len(whole) - 1)])
        if bytes_sent is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def stand_in(port: int = 0) -> Iterator[tuple[str, Hub]]:
    """A Hub while the block runs: its address, and what it holds."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", hub
    finally:
        server.shutdown()
        server.server_close()


def environment(url: str, home: Path, token: str | None = OWNER) -> dict[str, str]:
    """The environment of a child process whose clients talk to a stand-in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    # Xet has a server of its own, and the client never falls back to LFS by itself.
    ours = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    return kept | ours | ({"HF_TOKEN": token} if token is not None else {})


if __name__ == "__main__":
    with stand_in(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as (url, _):
        print(f"HF_ENDPOINT={url} HF_HUB_DISABLE_XET=1 HF_TOKEN={OWNER}", flush=True)
        threading.Event().wait()
