"""The ``sdwebui`` backend: one generation is one POST that answers with the pictures.

The POST runs in a thread; the calling thread asks for progress meanwhile. WebUI's own progress
and interrupt are global, so both go by our task id (``force_task_id``, ``/internal/progress``);
where a server does not know task ids, a fraction is all that is taken from it, never a preview:
it could be of another's picture.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import threading
import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import orjson

from generation.backends.base import Capabilities, Job, OnProgress, Picture, Progress, Target
from generation.backends.sdwebui import payload, probe
from generation.backends.sdwebui.peer import Peer
from generation.errors import BackendError, BackendRefused, BackendUnavailable, TimedOut

POLL_SECONDS = 0.3
# A lease is renewed from on_progress, so one slow answer must not hold it up for long.
POLL_TIMEOUT = 1.5
INTERRUPT_TIMEOUT = 5.0
# A server that answers no poll for so long is gone: its host died without closing the connection.
SILENT_SECONDS = 60.0
# A server that did not see our id within this time does not know task ids.
UNSEEN_SECONDS = 2.0


class SDWebUI:
    """Fills ``generation.backends.base.Backend``."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._peer = Peer(target)
        self._settings: frozenset[str] | None = None
        self._fetch_from = ""

    def probe(self) -> Capabilities:
        options = self._ask_settings()
        return probe.capabilities(self._peer, options)

    def generate(self, job: Job, on_progress: OnProgress) -> list[Picture]:
        if self._settings is None:
            self._ask_settings()
        path, body = payload.build(job, self._settings or frozenset(), self._fetch_from)
        call = _Call(self._peer, path, body, job, self._target.timeout)
        watch = _Watch(self._peer, job)
        deadline = time.monotonic() + self._target.timeout
        try:
            while not call.done.wait(POLL_SECONDS):
                if time.monotonic() > deadline:
                    raise TimedOut(f"not finished within {self._target.timeout:g} s")
                on_progress(watch.look() if job.request.is_painted else Progress(fraction=0.0))
            return _results(call.result(), job)
        except BaseException as error:
            # Whatever ends the wait (a cancel, a lost lease, the time limit, a lost connection)
            # ends the job too; a server that cannot be told must not hide why.
            waiting = not call.done.is_set()
            if waiting or isinstance(error, TimedOut | BackendUnavailable):
                with contextlib.suppress(BackendError):
                    self._interrupt(job.id, ours=waiting)
            raise

    def _ask_settings(self) -> Mapping[str, Any]:
        options = probe.settings(self._peer)
        self._settings = probe.setting_names(options)
        self._fetch_from = str(options.get("easel_fetch_from") or "")
        return options

    def interrupt(self, job_id: str) -> None:
        """A server that does not know task ids is left alone: what runs may be another's."""
        self._interrupt(job_id, ours=False)

    def _interrupt(self, job_id: str, *, ours: bool) -> None:
        """``ours``: our POST is still open, so a server without task ids runs our job."""
        try:
            answer = self._peer.post(
                "/internal/progress", {"id_task": job_id}, seconds=INTERRUPT_TIMEOUT
            )
            running = bool(answer.get("active") or answer.get("queued"))
        except BackendRefused:
            running = ours
        if running:
            self._peer.post("/sdapi/v1/interrupt", {"task_id": job_id}, seconds=INTERRUPT_TIMEOUT)


class _Call:
    """The POST, in a thread of its own: ``done`` is set when it ended, well or badly."""

    def __init__(
        self, peer: Peer, path: str, body: dict[str, Any], job: Job, seconds: float
    ) -> None:
        self.done = threading.Event()
        self._answer: Any = None
        self._error: BackendError | None = None
        self._arguments = (peer, path, body, job.request_id, seconds)
        threading.Thread(target=self._run, name=f"sdwebui-{job.id}", daemon=True).start()

    def _run(self) -> None:
        peer, path, body, request_id, seconds = self._arguments
        try:
            self._answer = peer.generate(path, body, seconds=seconds, request_id=request_id)
        except BackendError as error:
            self._error = error
        except Exception as error:  # a defect of ours must not leave the caller waiting
            self._error = BackendError(f"{path}: {error!r}")
        finally:
            self.done.set()

    def result(self) -> Any:
        if self._error:
            raise self._error
        return self._answer


class _Watch:
    """What is known of the running job; a poll that fails answers what was known before."""

    def __init__(self, peer: Peer, job: Job) -> None:
        self._peer = peer
        self._job = job
        self._started = self._heard = time.monotonic()
        self._by_task = True
        self._seen = False
        self._preview_id = -1
        self._last = Progress(fraction=0.0)

    def look(self) -> Progress:
        """Raises BackendUnavailable after a minute of silence."""
        try:
            self._last = self._ask()
            self._heard = time.monotonic()
            return self._last
        except BackendUnavailable:
            if time.monotonic() - self._heard > SILENT_SECONDS:
                raise
        except BackendRefused:
            self._by_task = False
        except BackendError:
            pass
        return Progress(fraction=self._last.fraction, step=self._last.step, steps=self._last.steps)

    def _ask(self) -> Progress:
        if not self._by_task:
            return self._global()
        question = {
            "id_task": self._job.id,
            "id_live_preview": self._preview_id,
            "live_preview": self._job.previews,
        }
        answer = _object(self._peer.post("/internal/progress", question, seconds=POLL_TIMEOUT))
        if answer.get("active"):
            self._seen = True
            return self._of_task(answer)
        if answer.get("completed"):
            return Progress(fraction=1.0)
        if answer.get("queued"):
            self._seen = True
        elif not self._seen and time.monotonic() - self._started > UNSEEN_SECONDS:
            return self._global()
        return Progress(fraction=self._last.fraction)

    def _of_task(self, answer: dict[str, Any]) -> Progress:
        steps = self._job.request.steps
        fraction = _fraction(answer.get("progress"))
        preview = None
        preview_id = answer.get("id_live_preview")
        if self._job.previews and answer.get("live_preview") and preview_id != self._preview_id:
            preview = _data_uri(str(answer["live_preview"]))
            self._preview_id = preview_id if isinstance(preview_id, int) else -1
        return Progress(
            fraction=fraction,
            step=_whole(answer.get("sampling_step"), round(fraction * steps)),
            steps=_whole(answer.get("sampling_steps"), steps),
            eta=_seconds(answer.get("eta")),
            preview=preview,
        )

    def _global(self) -> Progress:
        answer = _object(
            self._peer.get("/sdapi/v1/progress?skip_current_image=true", seconds=POLL_TIMEOUT)
        )
        state = answer.get("state")
        state = state if isinstance(state, dict) else {}
        return Progress(
            fraction=_fraction(answer.get("progress")),
            step=_whole(state.get("sampling_step"), 0),
            steps=_whole(state.get("sampling_steps"), self._job.request.steps),
            eta=_seconds(answer.get("eta_relative")),
        )


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise BackendError("progress: not an object")
    return answer


def _fraction(value: object) -> float:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) else 0.0


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _data_uri(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.partition(",")[2], validate=True) or None
    except binascii.Error:
        return None


def _results(answer: Any, job: Job) -> list[Picture]:
    if job.request.is_painted:
        return _pictures(answer, job)
    said = answer if isinstance(answer, dict) else {}
    if job.request.extras or job.request.cutout or job.request.swap:
        return [_picture(said.get("image"), seed=0, infotext="")]
    if job.request.preprocess:
        maps = _list(said.get("images"))
        return [_picture(maps[0] if maps else None, seed=0, infotext="")]
    caption = said.get("caption")
    if not isinstance(caption, str):
        raise BackendError("the answer has no caption")
    return [Picture(data=caption.encode(), format="txt", seed=0)]


def _pictures(answer: Any, job: Job) -> list[Picture]:
    """Exactly as many pictures as were asked for; grids before them and ControlNet's maps
    behind them are left out."""
    images = answer.get("images") if isinstance(answer, dict) else None
    if not isinstance(images, list):
        raise BackendError("the answer has no pictures")
    info = _info(answer.get("info"))
    _check_checkpoint(info.get("sd_model_name"), job.request.checkpoint)
    first = _whole(info.get("index_of_first_image"), 0)
    wanted = job.request.images
    own = images[first:]
    if len(own) < wanted or (len(own) > wanted and not job.request.controlnet):
        raise BackendError(f"{len(own)} pictures came, {wanted} were asked for")
    seeds, texts = _list(info.get("all_seeds")), _list(info.get("infotexts"))[first:]
    return [
        _picture(
            own[index],
            seed=_whole(seeds[index] if index < len(seeds) else None, _seed(job, index)),
            infotext=str(texts[index]) if index < len(texts) else "",
        )
        for index in range(wanted)
    ]


def _check_checkpoint(painted: object, asked: str) -> None:
    """WebUI paints with whatever is loaded where it does not find the checkpoint: a picture that
    nobody asked for. It says so in ``info``, by the file's name without its ending."""
    if not asked or not isinstance(painted, str) or not painted:
        return
    names = [PurePosixPath(name.replace("\\", "/").casefold()) for name in (asked, painted)]
    if not {names[0].name, names[0].stem} & {names[1].name, names[1].stem}:
        raise BackendError(f"painted with {painted} instead of {asked}", field="checkpoint")


def _picture(encoded: object, *, seed: int, infotext: str) -> Picture:
    try:
        text = str(encoded)
        text = text.partition(",")[2] if text.startswith("data:") else text
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BackendError("a picture is not base64") from error
    return Picture(data=data, format=_format(data), seed=seed, infotext=infotext)


def _format(data: bytes) -> str:
    """By the bytes: WebUI 1.10 encodes after it restored the settings, so it answers in its own
    ``samples_format`` whatever the request's was."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    raise BackendError("a picture is neither PNG nor JPEG nor WebP")


def _info(text: object) -> dict[str, Any]:
    """``info`` is a JSON text; what cannot be read costs the seeds' confirmation, not the
    pictures."""
    try:
        info = orjson.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return info if isinstance(info, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _seed(job: Job, index: int) -> int:
    return (job.request.seed or 0) + index
