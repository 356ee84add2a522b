"""The load: a process of its own that keeps N connections busy for some seconds.

    python -m bench.load < plan.json > result.json

The plan: ``port``, ``connections``, ``seconds``, ``requests`` (each "method", "path", "headers",
"body"; taken in turn), ``expect`` (what a good answer contains). ``{n}`` in a body becomes a number
that no other request of the run has. Raw asyncio: a client library would cost more than the server.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import sys
import time
from typing import Any

WIDTH = 12  # digits of {n}: Content-Length is known beforehand


class Shooter(asyncio.Protocol):
    def __init__(self, run: Run) -> None:
        self._run = run
        self._got = b""
        self._at = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._shoot()

    def _shoot(self) -> None:
        self._at = time.perf_counter()
        self._transport.write(self._run.next_request())

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._got = b""
        now = time.perf_counter()
        self._run.note(head, body, now - self._at)
        if now < self._run.end:
            self._shoot()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.closed()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if rest else 0


class Run:
    def __init__(self, plan: dict[str, Any]) -> None:
        self._numbers = itertools.count(plan["first"])
        self._requests = itertools.cycle([_raw(each, plan["port"]) for each in plan["requests"]])
        self._expect = plan["expect"].encode()
        self._open = plan["connections"]
        self.took: list[float] = []
        self.bad: list[str] = []
        self.begin = time.perf_counter()
        self.end = self.begin + plan["seconds"]
        self.over = asyncio.Event()

    def next_request(self) -> bytes:
        number = str(next(self._numbers)).zfill(WIDTH).encode()
        return next(self._requests).replace(b"{n}", number)

    def note(self, head: bytes, body: bytes, seconds: float) -> None:
        self.took.append(seconds)
        if b" 20" not in head[:14] or self._expect not in body:
            self.bad.append((head[:40] + b" " + body[:200]).decode("utf-8", "replace"))

    def closed(self) -> None:
        self._open -= 1
        if not self._open:
            self.over.set()


def _raw(request: dict[str, Any], port: int) -> bytes:
    body = request.get("body", "").encode()
    length = len(body.replace(b"{n}", b"0" * WIDTH))
    lines = [f"{request['method']} {request['path']} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in request["headers"].items()]
    lines += ["Content-Type: application/json", f"Content-Length: {length}", "", ""]
    return "\r\n".join(lines).encode() + body


async def fire(plan: dict[str, Any]) -> dict[str, Any]:
    loop, run = asyncio.get_running_loop(), Run(plan)
    for _ in range(plan["connections"]):
        await loop.create_connection(lambda: Shooter(run), "127.0.0.1", plan["port"])
    await run.over.wait()
    seconds = time.perf_counter() - run.begin
    cuts = statistics.quantiles(run.took, n=100) if len(run.took) > 1 else [0.0] * 99
    return {
        "rate": len(run.took) / seconds,
        "p50": cuts[49] * 1000,
        "p97": cuts[96] * 1000,
        "count": len(run.took),
        "bad": len(run.bad),
        "example": run.bad[0] if run.bad else "",
    }


if __name__ == "__main__":
    json.dump(asyncio.run(fire(json.load(sys.stdin))), sys.stdout)
