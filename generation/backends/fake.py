"""A small real HTTP server that speaks sdapi at a set pace, with set faults.

It paints a card of coloured squares out of prompt and seed, so two prompts never give the same
bytes. For tests, in a thread:

    with FakeServer(seconds_per_step=0.01, faults=["500@once"]) as server:
        open("sdwebui", Target(url=server.url))

and by hand: ``python -m generation.backends.fake --port 7860 --pace 0.1 --fault oom@3``.
What it was asked is in ``calls``, which jobs began in ``started``, which were interrupted in
``interrupted``. The faults are in ``FAULTS``; ``NAME`` is every time, ``NAME@once`` the first
time, ``NAME@3`` every third time.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import io
import json
import random
import socket
import struct
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from PIL import Image
from PIL.PngImagePlugin import PngInfo

FAULTS: dict[str, str] = {
    "refuse": "connections are refused: the port is bound and nobody listens",
    "hang": "a generation is never answered",
    "500": "a generation is answered 500",
    "oom": "a generation is answered 500 with CUDA's words",
    "422": "a generation is answered 422",
    "401": "every call is answered 401",
    "count": "one picture fewer than asked for",
    "base64": "the pictures are no base64",
    "picture": "the pictures are base64 of something else",
    "slow": "ten times the pace",
    "die": "half-way the server dies: connections are reset, then refused",
    "reset": "half-way the connection is reset; the server lives on",
    "truncated": "the answer ends in the middle",
    "grid": "a grid stands before the pictures",
}
_OOM = {
    "error": "OutOfMemoryError",
    "detail": "",
    "body": "",
    "errors": "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has 24.00 GiB in total.",
}
_BROKEN = {"error": "RuntimeError", "detail": "", "body": "", "errors": "mat1 and mat2 shapes"}
_OPTIONS: dict[str, Any] = {
    "samples_format": "png",
    "sd_vae": "Automatic",
    "CLIP_stop_at_last_layers": 1,
    "live_previews_enable": True,
}
_FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}


@dataclass(frozen=True)
class Call:
    """One request that came in. ``body`` is None where there was no JSON."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]


@dataclass
class _Fault:
    name: str
    every: int = 1
    once: bool = False
    seen: int = 0

    @classmethod
    def read(cls, text: str) -> _Fault:
        name, _, when = text.partition("@")
        if name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
        once = when == "once"
        return cls(name, int(when) if when and not once else 1, once)

    def strikes(self) -> bool:
        """Counts one generation; True where this one is struck."""
        self.seen += 1
        return self.seen == 1 if self.once else self.seen % self.every == 0


@dataclass
class _Job:
    id: str
    body: dict[str, Any]
    steps: int
    step: int = 0
    running: bool = False
    interrupted: threading.Event = field(default_factory=threading.Event)

    @property
    def fraction(self) -> float:
        return self.step / self.steps


class _Dead(Exception):
    """The connection is to be reset without an answer."""


class FakeServer:
    """``slots`` generations run at once, the rest wait in the order they came.

    ``answers``: path → JSON answers instead of the built-in ones (None: 404, as a fork that
    lacks the route). ``token`` or ``password``: refuse callers without it. The port is kept
    from the first ``start`` on: ``stop`` and ``start`` are an outage.
    """

    def __init__(
        self,
        *,
        seconds_per_step: float = 0.005,
        slots: int = 1,
        faults: Iterable[str] = (),
        checkpoints: Sequence[str] = ("fake-v1.safetensors", "fake-v2.safetensors"),
        answers: Mapping[str, Any] | None = None,
        password: str = "",
        token: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.seconds_per_step = seconds_per_step
        self.options: dict[str, Any] = {"sd_model_checkpoint": f"{checkpoints[0]} [0123456789]"}
        self.calls: list[Call] = []
        self.started: list[str] = []
        self.interrupted: list[str] = []
        self._checkpoints = checkpoints
        self._answers = dict(answers or {})
        self._credential = f"Bearer {token}" if token else _basic(password) if password else ""
        self._faults = [_Fault.read(text) for text in faults]
        self._host, self._port = host, port
        self._slots = threading.BoundedSemaphore(slots)
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._finished: list[str] = []
        self._server: _Listener | None = None
        self._closed: socket.socket | None = None
        self.stopped = threading.Event()

    # ── Life ─────────────────────────────────────────────────────────────────────────────────
    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    def start(self) -> Self:
        self.stopped.clear()
        if self._closed:
            self._closed.close()
            self._closed = None
        if any(fault.name == "refuse" for fault in self._faults):
            self._refuse()
            return self
        self._server = _Listener((self._host, self._port), _Handler, self)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Resets every connection and refuses new ones; running jobs are lost."""
        self.stopped.set()
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()
            server.reset_all()
        for job in list(self._jobs.values()):
            job.interrupted.set()

    def _refuse(self) -> None:
        self._closed = socket.socket()
        self._closed.bind((self._host, self._port))
        self._port = self._closed.getsockname()[1]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._closed:
            self._closed.close()

    def clear_faults(self) -> None:
        self._faults = []

    @property
    def running(self) -> list[str]:
        """The ids of the jobs that are being painted now."""
        return [job.id for job in list(self._jobs.values()) if job.running]

    # ── Answers ──────────────────────────────────────────────────────────────────────────────
    def answer(self, call: Call) -> tuple[int, Any]:
        """Status and JSON. Raises ``_Dead`` where the connection is to be reset."""
        self.calls.append(call)
        if self._struck("401", count=False) or not self._admits(call):
            return 401, {"detail": "Incorrect username or password"}
        path, method = call.path, call.method
        if path in self._answers:
            found = self._answers[path]
            return (404, {"detail": "Not Found"}) if found is None else (200, found)
        if method == "POST" and path in ("/sdapi/v1/txt2img", "/sdapi/v1/img2img"):
            return self._generate(call.body if isinstance(call.body, dict) else {})
        if method == "POST" and path == "/internal/progress":
            return 200, self._task_progress(call.body or {})
        if method == "POST" and path == "/sdapi/v1/interrupt":
            return 200, self._interrupt(call.body or {})
        if method == "POST" and path == "/sdapi/v1/options":
            self.options.update(call.body or {})
            return 200, None
        if method == "GET" and path == "/sdapi/v1/progress":
            return 200, self._progress()
        if method == "GET" and (listed := self._lists().get(path)) is not None:
            return 200, listed
        return 404, {"detail": "Not Found"}

    def _admits(self, call: Call) -> bool:
        return not self._credential or call.headers.get("authorization") == self._credential

    def _struck(self, name: str, *, count: bool = True) -> bool:
        with self._lock:
            faults = [fault for fault in self._faults if fault.name == name]
            return any(fault.strikes() if count else True for fault in faults)

    def _lists(self) -> dict[str, Any]:
        return {
            "/sdapi/v1/options": _OPTIONS | self.options,
            "/sdapi/v1/sd-models": [_checkpoint(name) for name in self._checkpoints],
            "/sdapi/v1/samplers": [
                {"name": name, "aliases": [], "options": {}}
                for name in ("Euler a", "Euler", "DPM++ 2M", "DDIM")
            ],
            "/sdapi/v1/schedulers": [
                {"name": name.lower(), "label": name} for name in ("Automatic", "Karras")
            ],
            "/sdapi/v1/upscalers": [{"name": "None"}, {"name": "ESRGAN_4x", "scale": 4}],
            "/sdapi/v1/latent-upscale-modes": [{"name": "Latent"}],
            "/sdapi/v1/sd-vae": [{"model_name": "fake.vae.pt", "filename": "/vae/fake.vae.pt"}],
            "/sdapi/v1/loras": [
                {"name": "fakeStyle", "alias": "fakeStyle", "path": "", "metadata": {}}
            ],
            "/sdapi/v1/embeddings": {"loaded": {"EasyNegative": {"vectors": 8}}, "skipped": {}},
            "/sdapi/v1/face-restorers": [{"name": "CodeFormer", "cmd_dir": None}],
            "/sdapi/v1/scripts": {"txt2img": [], "img2img": []},
            "/sdapi/v1/memory": {"ram": {}, "cuda": {}},
            "/internal/ping": {},
        }

    def _progress(self) -> dict[str, Any]:
        job = next((job for job in list(self._jobs.values()) if job.running), None)
        state = {
            "job": job.id if job else "",
            "job_count": int(job is not None),
            "sampling_step": job.step if job else 0,
            "sampling_steps": job.steps if job else 0,
        }
        fraction = job.fraction if job else 0.0
        image = base64.b64encode(_preview(job)).decode() if job and job.step else None
        return {"progress": fraction, "eta_relative": 0.0, "state": state, "current_image": image}

    def _task_progress(self, body: dict[str, Any]) -> dict[str, Any]:
        name = str(body.get("id_task"))
        job = self._jobs.get(name)
        answer: dict[str, Any] = {
            "active": bool(job and job.running),
            "queued": bool(job and not job.running),
            "completed": name in self._finished,
            "id_live_preview": -1,
        }
        if job and job.running:
            answer |= {"progress": job.fraction, "eta": None, "id_live_preview": job.step}
            if job.step and job.step != body.get("id_live_preview", -1):
                encoded = base64.b64encode(_preview(job)).decode()
                answer["live_preview"] = f"data:image/jpeg;base64,{encoded}"
        return answer

    def _interrupt(self, body: dict[str, Any]) -> dict[str, Any]:
        """By ``task_id``; without one whatever runs, as WebUI does."""
        wanted = body.get("task_id")
        for job in list(self._jobs.values()):
            if (wanted == job.id) if wanted else job.running:
                self.interrupted.append(job.id)
                job.interrupted.set()
        return {}

    # ── Generation ───────────────────────────────────────────────────────────────────────────
    def _generate(self, body: dict[str, Any]) -> tuple[int, Any]:
        struck = {name for name in FAULTS if name not in ("refuse", "401") and self._struck(name)}
        if "500" in struck:
            return 500, _BROKEN
        if "oom" in struck:
            return 500, _OOM
        if "422" in struck:
            return 422, {"detail": [{"loc": ["body", "steps"], "msg": "too many"}]}
        if "hang" in struck:
            self.stopped.wait()
            raise _Dead
        job = _Job(
            str(body.get("force_task_id") or f"task-{random.getrandbits(64):x}"),
            body,
            max(1, int(body.get("steps", 20))),
        )
        with self._lock:
            self._jobs[job.id] = job
        try:
            with self._slots:
                self._paint(job, struck)
        finally:
            with self._lock:
                self._jobs.pop(job.id, None)
                self._finished = [*self._finished[-15:], job.id]
        return 200, self._result(job, struck)

    def _paint(self, job: _Job, struck: set[str]) -> None:
        if job.interrupted.is_set():
            return
        self.started.append(job.id)
        job.running = True
        pace = self.seconds_per_step * (10 if "slow" in struck else 1)
        while job.step < job.steps and not job.interrupted.wait(pace):
            job.step += 1
            if job.step * 2 >= job.steps and struck & {"die", "reset"}:
                if "die" in struck:
                    threading.Thread(target=self.stop, daemon=True).start()
                raise _Dead
        if self.stopped.is_set():
            raise _Dead

    def _result(self, job: _Job, struck: set[str]) -> Any:
        body = job.body
        count = int(body.get("batch_size", 1)) * int(body.get("n_iter", 1))
        seed = int(body.get("seed", -1))
        seed = random.getrandbits(32) if seed < 0 else seed
        seeds = [seed + index for index in range(count)]
        texts = [_infotext(body, number) for number in seeds]
        pairs = zip(seeds, texts, strict=True)
        images = [base64.b64encode(_card(body, *pair)).decode() for pair in pairs]
        first = 0
        if "count" in struck:
            images.pop()
        if "base64" in struck:
            images = ["not*base64" for _ in images]
        if "picture" in struck:
            images = [base64.b64encode(b"no picture").decode() for _ in images]
        if "grid" in struck:
            images, texts, first = [images[0], *images], [texts[0], *texts], 1
        info = {
            "all_seeds": seeds,
            "seed": seed,
            "infotexts": texts,
            "index_of_first_image": first,
        }
        answer = {"images": images, "parameters": body, "info": json.dumps(info)}
        return _Cut(answer) if "truncated" in struck else answer


@dataclass(frozen=True)
class _Cut:
    """An answer whose second half is never sent."""

    answer: Any


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], handler: type, fake: FakeServer) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news here."""

    def reset_all(self) -> None:
        for connection in list(self._open):
            reset(connection)


def reset(connection: socket.socket) -> None:
    """Closes with RST, as the death of a process does."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0]
        try:
            status, answer = self.server.fake.answer(Call(self.command, path, body, headers))
        except _Dead:
            reset(self.connection)
            self.close_connection = True
            return
        self._send(status, answer)

    do_GET = do_POST = _handle

    def _send(self, status: int, answer: Any) -> None:
        cut = isinstance(answer, _Cut)
        data = json.dumps(answer.answer if isinstance(answer, _Cut) else answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: a test reads ``calls``."""


def _basic(password: str) -> str:
    """``user:password`` as the header that carries it."""
    return "Basic " + base64.b64encode(password.encode()).decode()


def _checkpoint(name: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return {
        "title": f"{name} [{sha256[:10]}]",
        "model_name": name.rpartition(".")[0] or name,
        "hash": sha256[:10],
        "sha256": sha256,
        "filename": f"/models/{name}",
        "config": None,
    }


def _infotext(body: Mapping[str, Any], seed: int) -> str:
    size = f"{body.get('width', 512)}x{body.get('height', 512)}"
    steps = body.get("steps", 20)
    return f"{body.get('prompt', '')}\nSteps: {steps}, Seed: {seed}, Size: {size}"


def _squares(text: str) -> Image.Image:
    """An 8 × 8 picture of the text's hash."""
    return Image.frombytes("RGB", (8, 8), hashlib.shake_256(text.encode()).digest(192))


def _card(body: Mapping[str, Any], seed: int, text: str) -> bytes:
    """``text`` is part of the hash and, in a PNG, its parameters chunk."""
    wide, high = int(body.get("width", 512)), int(body.get("height", 512))
    asked = str((body.get("override_settings") or {}).get("samples_format", "png")).lower()
    picture = _squares(f"{seed}:{text}").resize((wide, high), Image.Resampling.NEAREST)
    chunks = PngInfo()
    chunks.add_text("parameters", text)
    file = io.BytesIO()
    kind = _FORMATS.get(asked, "PNG")
    if kind == "PNG":
        picture.save(file, kind, pnginfo=chunks, compress_level=1)
    else:
        picture.save(file, kind, quality=90)
    return file.getvalue()


def _preview(job: _Job) -> bytes:
    file = io.BytesIO()
    _squares(f"{job.id}:{job.step}").resize((64, 64)).save(file, "JPEG")
    return file.getvalue()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A small server that speaks sdapi.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--pace", type=float, default=0.05, help="seconds a step")
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--checkpoint", action="append", metavar="FILE")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[@once|@N]")
    parser.add_argument("--token", default="")
    given = parser.parse_args(arguments)
    server = FakeServer(
        seconds_per_step=given.pace,
        slots=given.slots,
        faults=given.fault,
        checkpoints=given.checkpoint or ("fake-v1.safetensors", "fake-v2.safetensors"),
        token=given.token,
        host=given.host,
        port=given.port,
    )
    with server:
        print(server.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while not server.stopped.is_set():
                time.sleep(0.1)


if __name__ == "__main__":
    main()
