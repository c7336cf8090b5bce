"""How long Label Studio waits for a prediction: latency of `khabar studio backend` with a model of yours.

    python annotation/bench.py --model runs/default-1

Starts the backend on a free port of loopback, asks it for the gold's articles, one a request, with so many requests at
once as `--at-once` says, and prints a row each: requests, median and 95th percentile of the answer's time in seconds,
answers a second, and the most memory that the backend has held.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from khabar.corpus.store import find_project
from khabar.document import Document

PATIENCE = 120.0


def main() -> None:
    """Runs the rounds and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="a folder that `khabar train` made")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 8, 64], help="requests at once (1 8 64)")
    parser.add_argument("--requests", type=int, default=128, help="requests a row (128)")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args()
    project = find_project(Path(__file__).parent)
    port = free_port()
    command = [sys.executable, "-m", "khabar.cli.main", "--project", str(project.root), "studio", "backend"]
    backend = subprocess.Popen([*command, "--model", str(options.model), "--port", str(port)])
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, backend)
        documents = project.gold_documents()
        asyncio.run(ask(url, documents, 4, 1))  # to warm up
        rows = [row(url, documents, options.requests, count, backend.pid) for count in options.at_once]
    finally:
        backend.terminate()
        backend.wait(PATIENCE)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print("| at once | requests | median, s | 95 %, s | answers/s | memory, MB |\n|---|---|---|---|---|---|")
    for one in rows:
        cells = [one["at_once"], one["requests"], *(f"{one[key]:.2f}" for key in ("p50", "p95")), f"{one['rate']:.1f}"]
        print("| " + " | ".join(map(str, [*cells, one["memory"]])) + " |")


def row(url: str, documents: list[Document], requests: int, at_once: int, pid: int) -> dict[str, Any]:
    """One row of the table."""
    began = time.perf_counter()
    times = asyncio.run(ask(url, documents, requests, at_once))
    cuts = quantiles(times, n=20)
    seconds = time.perf_counter() - began
    told = {"at_once": at_once, "requests": requests, "p50": cuts[9], "p95": cuts[18], "rate": requests / seconds}
    return told | {"memory": peak_memory(pid)}


async def ask(url: str, documents: list[Document], requests: int, at_once: int) -> list[float]:
    """Seconds that each request took."""
    gate = asyncio.Semaphore(at_once)

    async def one(client: httpx.AsyncClient, document: Document) -> float:
        async with gate:
            began = time.perf_counter()
            reply = await client.post(f"{url}/predict", json={"tasks": [{"id": 1, "data": {"text": document.text}}]})
            reply.raise_for_status()
            return time.perf_counter() - began

    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as client:
        return await asyncio.gather(*(one(client, documents[n % len(documents)]) for n in range(requests)))


def wait_for(url: str, backend: subprocess.Popen[bytes]) -> None:
    """Until the backend answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and backend.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    sys.exit("the backend did not come up")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def peak_memory(pid: int) -> int | None:
    """The most memory that a process has held, in megabytes; None where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
