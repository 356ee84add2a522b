"""The auditor for nudity: asks the audit process (``manage.py audit``), which holds the model.

One process for all workers, because the model is 170 MB of memory and its runtime does not survive
a fork; and because a broken picture file that kills the decoder must not kill a worker's lease.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from generation.audit import frames
from generation.audit.base import DEFAULT_POLICY, PATIENCE, AuditPolicy, Finding, judge
from generation.errors import AuditUnavailable, BackendError

_ANSWER_TIMEOUT = 30.0
_PAUSE = 0.1


class NsfwAuditor:
    """A connection a call: connecting to a Unix socket costs 0.1 ms, a look 30 ms."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def look(
        self,
        images: Sequence[bytes],
        policy: AuditPolicy = DEFAULT_POLICY,
        *,
        patience: float = PATIENCE,
    ) -> list[Finding]:
        findings: list[Finding] = []
        for start in range(0, len(images), frames.MAX_PICTURES):
            batch = images[start : start + frames.MAX_PICTURES]
            scores = self._scores(batch, patience)
            findings += [judge("nsfw", score, policy) for score in scores]
        return findings

    def _scores(self, images: Sequence[bytes], patience: float) -> list[float]:
        answer = self._ask(images, patience)
        if "unreadable" in answer:
            raise BackendError(f"picture {answer['unreadable']} is unusable: {answer['why']}")
        scores = [float(score) for score in answer.get("nsfw", ())]
        if len(scores) != len(images):
            raise AuditUnavailable(f"{len(images)} pictures, {len(scores)} answers")
        return scores

    def _ask(self, images: Sequence[bytes], patience: float) -> dict[str, Any]:
        """Tries until the process answers or patience ends: it may just be starting again."""
        deadline = time.monotonic() + patience
        while True:
            try:
                return self._exchange(images)
            except (OSError, frames.Garbled, json.JSONDecodeError) as error:
                if time.monotonic() + _PAUSE >= deadline:
                    raise AuditUnavailable("the audit process does not answer") from error
            time.sleep(_PAUSE)

    def _exchange(self, images: Sequence[bytes]) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_ANSWER_TIMEOUT)
            connection.connect(str(self.path))
            return frames.ask(connection, images)


def configured() -> NsfwAuditor:
    return NsfwAuditor(settings.EASEL_AUDIT_SOCKET)
