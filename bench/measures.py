"""The measurements. Each answers plain numbers; ``bench.__main__`` prints them."""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from django.utils import timezone

from accounts.actor import actor_for
from accounts.models import ApiKey
from bench.house import BASE_DIR, free_port
from bench.people import PROMPT, Caller, polls, submits
from generation import probes
from generation.backends.fake.http import Call
from generation.backends.fake.server import FakeServer
from generation.models import Backend, Task
from generation.request import ImageRequest
from generation.states import UNFINISHED
from generation.submit import Order, submit

VIEWS = ("easel", "plain", "drf")
EXPECT = {"easel": '"code":"200"', "plain": '"id"', "drf": '"id"'}
CONNECTIONS = 16
SECONDS = 2.0
ROUNDS = 3
CHECKPOINT = "bench.safetensors"
_first = [1]


class Clocked(FakeServer):
    """A GPU server that notes when it was called."""

    called: list[float]

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path.startswith("/sdapi/v1/txt2img"):
            self.called.append(time.time())
        return super().answer(call)


@contextmanager
def gpu() -> Iterator[Clocked]:
    """A registered backend of four slots, 20 ms a picture, whose checkpoint nobody else has."""
    server = Clocked(seconds_per_step=0.001, slots=4, checkpoints=(CHECKPOINT,))
    server.called = []
    with server:
        row = Backend.objects.create(name="bench", kind="sdwebui", url=server.url, slots=4)
        probes.probe(row)
        yield server


def drain() -> None:
    """No backend takes a task from here on."""
    Backend.objects.update(draining=True)


def forget_queue() -> None:
    """What a load queued is ended: it is not the next measurement's load."""
    Task.objects.filter(state__in=UNFINISHED).update(state="cancelled", finished_at=timezone.now())


def load(who: str, port: int, requests: Sequence[dict[str, Any]], seconds: float = SECONDS) -> Any:
    plan = {"port": port, "connections": CONNECTIONS, "seconds": seconds, "first": _first[0]}
    plan |= {"requests": list(requests), "expect": EXPECT[who]}
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=True,
        cwd=BASE_DIR,
    )
    found = json.loads(done.stdout)
    _first[0] += found["count"] + CONNECTIONS
    if found["bad"]:
        raise RuntimeError(f"{who}: {found['bad']} bad answers, first: {found['example']}")
    return found


def compare(port: int, build: Callable[[str], list[dict[str, Any]]]) -> dict[str, Any]:
    """Medians of ROUNDS, the three views in turn: noise of the machine falls on each alike."""
    found: dict[str, list[Any]] = {who: [] for who in VIEWS}
    for who in VIEWS:
        load(who, port, build(who), 0.5)  # warm: imports, connections, caches
    for _ in range(ROUNDS):
        for who in VIEWS:
            found[who].append(load(who, port, build(who)))
        forget_queue()
    figures = ("rate", "p50", "p97")
    return {
        who: {name: statistics.median(one[name] for one in runs) for name in figures}
        for who, runs in found.items()
    }


def submit_rates(port: int, callers: Sequence[Caller]) -> dict[str, Any]:
    return compare(port, lambda who: [submits(who, each, CHECKPOINT) for each in callers])


def poll_rates(port: int, callers: Sequence[Caller], tasks: Sequence[str]) -> dict[str, Any]:
    pairs = list(zip(callers, tasks, strict=True))
    return compare(port, lambda who: [polls(who, each, task) for each, task in pairs])


def order(each: Caller, prompt: str = PROMPT) -> Order:
    request = ImageRequest(prompt=prompt, checkpoint=CHECKPOINT)
    return Order(actor=each.actor, request=request, dialect="saas", client_id="")


def commit_to_call(server: Clocked, each: Caller, count: int) -> list[float]:
    """Milliseconds from the commit of a submit to the POST at the GPU server, on an idle system."""
    took = []
    for _ in range(count):
        before = len(server.called)
        submit(order(each))
        committed = time.time()
        while len(server.called) == before and time.time() < committed + 10:
            time.sleep(0.0005)
        took.append((server.called[before] - committed) * 1000)
        time.sleep(0.15)
    return took


def finished_tasks(callers: Sequence[Caller]) -> list[str]:
    """A finished picture of each caller, made by the road itself; the ids by which to poll."""
    ids = []
    for index, each in enumerate(callers):
        key = ApiKey.objects.get(public_id=each.saas["X-Request-req-accessKeyId"])
        actor = actor_for(each.tenant, each.user, "owner", "access_key", key)
        name = f"done-{index}"
        request = ImageRequest(prompt=PROMPT, checkpoint=CHECKPOINT)
        submit(Order(actor=actor, request=request, dialect="saas", client_id=name))
        ids.append(name)
    deadline = time.time() + 90
    while Task.objects.filter(state__in=UNFINISHED).exists():
        if time.time() > deadline:
            raise RuntimeError("the pictures to poll for were not finished")
        time.sleep(0.1)
    return ids


def page_times(port: int, each: Caller, streams: int, count: int = 20) -> tuple[float, float]:
    """Median milliseconds of the studio's page: nobody waits, and ``streams`` clients wait."""
    cookie = each.session()
    _pages(port, cookie, 5)
    alone = statistics.median(_pages(port, cookie, count))
    with ExitStack() as stack:
        for _ in range(streams):
            line = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            text = f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {each.token}"
            line.sendall(f"{text}\r\n\r\n".encode())
            if b" 200 " not in line.recv(200):
                raise RuntimeError("an event stream was refused")
        beside = statistics.median(_pages(port, cookie, count))
    return alone, beside


def _pages(port: int, cookie: str, count: int) -> list[float]:
    took = []
    for _ in range(count):
        door = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        begin = time.perf_counter()
        door.request("GET", "/", headers={"Cookie": cookie})
        answer = door.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - begin) * 1000)
        door.close()
        if answer.status != 200 or b"prompt" not in body:
            raise RuntimeError(f"the studio answered {answer.status}")
    return took


def sketch_seconds(sides: Sequence[int], count: int = 10) -> dict[int, float]:
    """Median seconds of a sketch at each side, asked of an engine of its own without a pace."""
    port, prompts = (
        free_port(),
        ("two red apples on a table", "一只猫坐在月亮上", "a castle by the sea"),
    )
    with tempfile.TemporaryDirectory() as models:
        command = [sys.executable, str(BASE_DIR / "manage.py"), "engine", "--port", str(port)]
        engine = subprocess.Popen(
            [*command, "--models", models], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_for_painters(port)
            return {
                side: statistics.median(
                    _paint(port, prompts[n % len(prompts)], side, n) for n in range(count)
                )
                for side in sides
            }
        finally:
            engine.terminate()
            engine.wait(10)


def _wait_for_painters(port: int) -> None:
    deadline = time.time() + 60
    while time.time() < deadline:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as door:
            try:
                door.request("GET", "/internal/ping")
                if json.loads(door.getresponse().read()).get("ready"):
                    return
            except (OSError, ValueError):
                pass
        time.sleep(0.1)
    raise RuntimeError("the engine did not come up")


def _paint(port: int, prompt: str, side: int, seed: int) -> float:
    body = {"prompt": prompt, "width": side, "height": side, "steps": 20, "seed": seed}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as door:
        begin = time.perf_counter()
        headers = {"Content-Type": "application/json"}
        door.request("POST", "/sdapi/v1/txt2img", json.dumps(body), headers)
        answer = door.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the engine answered {answer.status}")
        return time.perf_counter() - begin
