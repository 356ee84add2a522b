"""What the fake answers: lists, progress, pictures at a pace, and its faults."""

from __future__ import annotations

import base64
import json
import random
import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Self

from generation.backends.fake import pictures
from generation.backends.fake.faults import BROKEN, FAULTS, OUT_OF_MEMORY, Fault
from generation.backends.fake.http import Call, Cut, Dead, Listener

_OPTIONS: dict[str, Any] = {
    "samples_format": "png",
    "sd_vae": "Automatic",
    "CLIP_stop_at_last_layers": 1,
    "live_previews_enable": True,
}


@dataclass
class _Job:
    id: str
    body: dict[str, Any]
    steps: int
    step: int = 0
    running: bool = False
    interrupted: threading.Event = field(default_factory=threading.Event)

    @property
    def shown(self) -> str:
        """What a preview is drawn from: another one at every step."""
        return f"{self.id}:{self.step}"

    @property
    def fraction(self) -> float:
        return self.step / self.steps


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
        self.answers = dict(answers or {})
        self._credential = f"Bearer {token}" if token else _basic(password) if password else ""
        self._faults = [Fault.read(text) for text in faults]
        self._host, self._port = host, port
        self._slots = threading.BoundedSemaphore(slots)
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._finished: list[str] = []
        self._server: Listener | None = None
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
        self._server = Listener((self._host, self._port), self)
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

    def add_fault(self, text: str) -> None:
        """From now on: ``name``, ``name@once`` or ``name@n`` (every n-th generation)."""
        self._faults.append(Fault.read(text))

    def clear_faults(self) -> None:
        self._faults = []

    @property
    def running(self) -> list[str]:
        """The ids of the jobs that are being painted now."""
        return [job.id for job in list(self._jobs.values()) if job.running]

    # ── Answers ──────────────────────────────────────────────────────────────────────────────
    def answer(self, call: Call) -> tuple[int, Any]:
        """Status and JSON. Raises ``Dead`` where the connection is to be reset."""
        self.calls.append(call)
        if self._struck("401", count=False) or not self._admits(call):
            return 401, {"detail": "Incorrect username or password"}
        path, method = call.path, call.method
        if path in self.answers:
            found = self.answers[path]
            return (404, {"detail": "Not Found"}) if found is None else (200, found)
        if method == "POST" and path in ("/sdapi/v1/txt2img", "/sdapi/v1/img2img"):
            return self._generate(call.body if isinstance(call.body, dict) else {})
        if method == "POST" and path == "/sdapi/v1/extra-single-image":
            return 200, {"html_info": "", "image": pictures.enlarged(call.body or {})}
        if method == "POST" and path == "/sdapi/v1/interrogate":
            return 200, {"caption": pictures.caption(call.body or {})}
        if method == "POST" and path == "/controlnet/detect":
            return 200, pictures.detected(call.body or {})
        if method == "POST" and path == "/reactor/image":
            return 200, pictures.swapped(call.body or {})
        if method == "POST" and path == "/rembg":
            return 200, pictures.cut_out(call.body or {})
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
        # http.server reads headers as Latin-1; what was sent is UTF-8.
        given = call.headers.get("authorization", "").encode("latin-1")
        return not self._credential or given == self._credential.encode()

    def _struck(self, name: str, *, count: bool = True) -> bool:
        with self._lock:
            faults = [fault for fault in self._faults if fault.name == name]
            return any(fault.strikes() if count else True for fault in faults)

    def _lists(self) -> dict[str, Any]:
        return {
            "/sdapi/v1/options": _OPTIONS | self.options,
            "/sdapi/v1/sd-models": [pictures.checkpoint(name) for name in self._checkpoints],
            "/sdapi/v1/samplers": [
                {"name": name, "aliases": [], "options": {}}
                for name in ("Euler a", "Euler", "DPM++ 2M", "DDIM")
            ],
            "/sdapi/v1/schedulers": [
                {"name": name.lower(), "label": name} for name in ("Automatic", "Karras")
            ],
            "/sdapi/v1/upscalers": [
                {"name": "None"},
                {"name": "Lanczos", "scale": 4},
                {"name": "ESRGAN_4x", "scale": 4},
            ],
            "/sdapi/v1/latent-upscale-modes": [{"name": "Latent"}],
            "/sdapi/v1/sd-vae": [{"model_name": "fake.vae.pt", "filename": "/vae/fake.vae.pt"}],
            "/sdapi/v1/loras": [
                {"name": "fakeStyle", "alias": "fakeStyle", "path": "", "metadata": {}}
            ],
            "/sdapi/v1/embeddings": {"loaded": {"EasyNegative": {"vectors": 8}}, "skipped": {}},
            "/sdapi/v1/face-restorers": [{"name": "CodeFormer", "cmd_dir": None}],
            "/sdapi/v1/scripts": {"txt2img": [], "img2img": []},
            "/reactor/models": {"models": ["inswapper_128.onnx"]},
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
        image = base64.b64encode(pictures.preview(job.shown)).decode() if job and job.step else None
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
                encoded = base64.b64encode(pictures.preview(job.shown)).decode()
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
            return 500, BROKEN
        if "oom" in struck:
            return 500, OUT_OF_MEMORY
        if "422" in struck:
            return 422, {"detail": [{"loc": ["body", "steps"], "msg": "too many"}]}
        if "hang" in struck:
            self.stopped.wait()
            raise Dead
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
                raise Dead
        if self.stopped.is_set():
            raise Dead

    def _result(self, job: _Job, struck: set[str]) -> Any:
        body = job.body
        count = int(body.get("batch_size", 1)) * int(body.get("n_iter", 1))
        seed = int(body.get("seed", -1))
        seed = random.getrandbits(32) if seed < 0 else seed
        seeds = [seed + index for index in range(count)]
        texts = [pictures.infotext(body, number) for number in seeds]
        pairs = zip(seeds, texts, strict=True)
        images = [base64.b64encode(pictures.card(body, *pair)).decode() for pair in pairs]
        first = 0
        if "count" in struck:
            images.pop()
        if "base64" in struck:
            images = ["not*base64" for _ in images]
        if "picture" in struck:
            images = [base64.b64encode(b"no picture").decode() for _ in images]
        if "grid" in struck:
            images, texts, first = [images[0], *images], [texts[0], *texts], 1
        loaded = str(self.options["sd_model_checkpoint"]).partition(" [")[0]
        painted = (body.get("override_settings") or {}).get("sd_model_checkpoint", loaded)
        info = {
            "sd_model_name": "another" if "checkpoint" in struck else PurePath(painted).stem,
            "all_seeds": seeds,
            "seed": seed,
            "infotexts": texts,
            "index_of_first_image": first,
        }
        answer = {"images": images, "parameters": body, "info": json.dumps(info)}
        return Cut(answer) if "truncated" in struck else answer


def _basic(password: str) -> str:
    """``user:password`` as the header that carries it."""
    return "Basic " + base64.b64encode(password.encode()).decode()
