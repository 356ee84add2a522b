"""Asking the GPU servers what they have: how a backend comes up, and how the catalog fills.

Each probe is a few cheap requests with a short time-out, made in a thread of its own so that one
server that hangs delays nobody.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from catalog import intake
from generation import channels, needs
from generation.backends import registry, rows
from generation.backends.base import Capabilities
from generation.errors import EaselError
from generation.models import Backend

log = logging.getLogger(__name__)
ROUND_SECONDS = 30.0  # the longest that a round of probes is waited for


def probe_all() -> None:
    """Probes every enabled backend at once."""
    backends = list(Backend.objects.filter(enabled=True))
    if not backends:
        return
    pool = ThreadPoolExecutor(max_workers=min(16, len(backends)), thread_name_prefix="probe")
    wait([pool.submit(_probe_quietly, backend) for backend in backends], timeout=ROUND_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)


def probe(backend: Backend) -> Capabilities:
    """Asks one backend and writes down the answer. Raises BackendError; the row says why then."""
    try:
        found = registry.open(backend.kind, rows.target(backend)).probe()
    except EaselError as error:
        Backend.objects.filter(pk=backend.pk).update(is_up=False, problem=error.message[:500])
        raise
    was_down = not backend.is_up
    changed = found.to_json() != backend.capabilities
    Backend.objects.filter(pk=backend.pk).update(
        is_up=True,
        problem="" if was_down else backend.problem,
        seen_at=timezone.now(),
        capabilities=found.to_json(),
        max_side=found.max_side,
        loaded_checkpoint=_name_of(found.loaded_checkpoint, found),
        offers=needs.offers_of(
            features=found.features,
            checkpoints=[model.name for model in found.checkpoints],
            loras=[model.name for model in found.loras],
            vaes=[model.name for model in found.vaes],
            controlnets=[model.name for model in found.controlnets],
            modules=found.controlnet_modules,
            upscalers=[model.name for model in found.upscalers],
            cutters=found.cutters,
            max_side=found.max_side,
        ),
    )
    if changed or _is_asked_for(backend):
        _note(backend, _fill_catalog(backend, found))
    if was_down or changed:
        channels.emit(channels.QUEUE)
    return found


def _is_asked_for(backend: Backend) -> bool:
    """Whether an operator wants the catalog read again, whatever has changed."""
    asked, read = backend.read_asked_at, backend.read_at
    return asked is not None and (read is None or read < asked)


def _note(backend: Backend, taken: intake.Taken) -> None:
    Backend.objects.filter(pk=backend.pk).update(read_at=Now(), read_result=asdict(taken))


def _probe_quietly(backend: Backend) -> None:
    try:
        probe(backend)
    except EaselError as error:
        if backend.is_up:
            log.warning("backend is down: %s", error.message, extra={"backend": backend.name})
    except Exception:
        log.exception("probe failed", extra={"backend": backend.name})
    finally:
        connection.close()


def _name_of(loaded: str, found: Capabilities) -> str:
    """The name of the loaded checkpoint: servers tell it by title ("name [hash]") or by name."""
    titles = {model.title.lower(): model.name for model in found.checkpoints}
    return titles.get(loaded.lower(), loaded)


def _fill_catalog(backend: Backend, found: Capabilities) -> intake.Taken:
    listing = intake.Listing(
        checkpoints=found.checkpoints,
        loras=found.loras,
        vaes=found.vaes,
        embeddings=found.embeddings,
        controlnets=found.controlnets,
        upscalers=found.upscalers,
        samplers=found.samplers,
        fetches="fetch" in found.features,
    )
    return intake.take_in(backend.pk, backend.tenant_id, listing)
