"""From a Backend row to what an adapter understands: its address, and requests in its words."""

from __future__ import annotations

from django.conf import settings

from accounts.sealing import unseal
from generation.backends.base import Capabilities, Target
from generation.models import Backend
from generation.request import ImageRequest


def target(backend: Backend) -> Target:
    return Target(
        url=backend.url,
        username=backend.username,
        password=unseal(backend.password_sealed),
        token=unseal(backend.token_sealed),
        timeout=float(settings.EASEL_TASK_TIMEOUT),
    )


def in_words_of(backend: Backend, request: ImageRequest) -> ImageRequest:
    """``request`` with the checkpoint and the VAE spelled as this server spells them: names are
    compared without regard to case, and servers differ in it."""
    able = Capabilities.from_json(backend.capabilities)
    spelled = {model.name.lower(): model.name for model in (*able.checkpoints, *able.vaes)}
    return request.model_copy(
        update={
            "checkpoint": spelled.get(request.checkpoint.lower(), request.checkpoint),
            "vae": spelled.get(request.vae.lower(), request.vae),
        }
    )
