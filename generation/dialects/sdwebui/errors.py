"""How this dialect says an error: ``{error, detail, body, errors}`` and an HTTP status. Pure.

``detail`` is FastAPI's list where a field is at fault and a sentence elsewhere; ``errors`` names
the field and what was wrong with it.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from generation.dialects.coercion import in_their_words
from generation.dialects.sdwebui.wire import ErrorBody, invalid_fields
from generation.errors import EaselError, InvalidRequest, UnknownModel

# Our names of fields → the names in this API.
FIELDS = {
    "checkpoint": "override_settings.sd_model_checkpoint",
    "vae": "override_settings.sd_vae",
    "sampler": "sampler_name",
    "images": "n_iter",
    "hires": "enable_hr",
    "hires.upscaler": "hr_upscaler",
    "loras": "prompt",
    "init": "init_images",
    "init.image": "init_images",
    "client_id": "task_id",
    "controlnet": "alwayson_scripts.controlnet",
    "controlnet.model": "alwayson_scripts.controlnet",
    "adetailer": "alwayson_scripts.ADetailer",
    "subseed": "subseed_strength",
}
# code → status and WebUI's word for it; what is not here is a 500, as in WebUI.
STATUS = {
    "unauthenticated": (401, "Unauthenticated"),
    "insufficient_credit": (402, "InsufficientCredit"),
    "forbidden": (403, "Forbidden"),
    "content_refused": (403, "ContentRefused"),
    "not_found": (404, "HTTPException"),
    "task_conflict": (409, "TaskConflict"),
    "too_large": (413, "TooLarge"),
    "invalid": (422, "ValidationError"),
    "unknown_model": (422, "ValidationError"),
    "not_servable": (422, "ValidationError"),
    "fetch_failed": (422, "ValidationError"),
    "egress_refused": (422, "ValidationError"),
    "rate_limited": (429, "RateLimited"),
    "queue_full": (429, "QueueFull"),
    "maintenance": (503, "Maintenance"),
    "not_configured": (501, "NotServed"),
}
# WebUI's own sentences for names that it does not know.
NOT_FOUND = {
    "checkpoint": "Model not found",
    "vae": "VAE not found",
    "sampler": "Sampler not found",
    "scheduler": "Scheduler not found",
}


class BadFields(InvalidRequest):
    """A body whose fields do not fit, all of them named."""

    def __init__(self, error: ValidationError) -> None:
        self.body = invalid_fields(error)
        super().__init__(self.body.errors)


class GenerationFailed(EaselError):
    """What became of a task that failed, under the code on its row."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message or code)
        self.code = code or "internal"


def error_form(error: EaselError) -> tuple[int, dict[str, Any]]:
    if isinstance(error, BadFields):
        return 422, error.body.model_dump()
    if isinstance(error, UnknownModel) and error.field in NOT_FOUND:
        named = in_their_words(error, FIELDS)
        said = ErrorBody(error="HTTPException", detail=NOT_FOUND[error.field], errors=named)
        return 404, said.model_dump()
    status, name = STATUS.get(error.code, (500, "GenerationFailed"))
    message = in_their_words(error, FIELDS)
    field = FIELDS.get(error.field, error.field)
    if status != 422 or not field:
        return status, ErrorBody(error=name, detail=message, errors=message).model_dump()
    where: list[str | int] = ["body", *field.split(".")]
    detail = [{"loc": where, "msg": message, "type": error.code}]
    return 422, ErrorBody(error=name, detail=detail, errors=message).model_dump()
