"""What a picture with a QR code in it is conditioned on, decided before it is queued.

The ControlNet model that leads it best, of those that some server has; where none has any, img2img
over the code. The worker raises the strength until the picture can be read (``qr_art``).
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from generation.errors import InvalidRequest
from generation.qr import code
from generation.qr.styles import LOOKS
from generation.request import ImageRequest, QrArt

MODELS = ("control_v1p_sd15_qrcode", "control_v1p_sd15_brightness")


def described(
    request: ImageRequest,
    *,
    knows_style: Callable[[str], bool],
    has_checkpoint: Callable[[str], bool],
) -> ImageRequest:
    """The request with the words and the checkpoint of its style, as far as the catalog (still)
    has them. InvalidRequest: the text is too long for a code of this size."""
    qr = request.qr
    if qr is None:
        return request
    try:
        code.place(code.make(qr.content), request.width, request.height)
    except code.Unencodable as error:
        raise InvalidRequest(_too_long(error), field="qr.content") from error
    look = LOOKS[qr.style]
    extra = (look.catalog_style,) if knows_style(look.catalog_style) else ()
    checkpoint = next((name for name in look.checkpoints if has_checkpoint(name)), "")
    return request.model_copy(
        update={
            "checkpoint": request.checkpoint or checkpoint,
            "prompt": request.prompt if request.prompt.strip() else look.scene,
            "styles": (*request.styles, *extra),
        }
    )


def _too_long(error: code.Unencodable) -> str:
    if not error.least_side:
        return _("this text is too long for a QR code")
    text = _("this text needs a picture of %(side)d x %(side)d pixels")
    return text % {"side": error.least_side}


def without_source(request: ImageRequest) -> ImageRequest:
    """Where this installation fetches no pictures for codes: the text is encoded as it is."""
    if request.qr is None:
        return request
    return request.model_copy(update={"qr": request.qr.model_copy(update={"source": ""})})


def conditioned(
    request: ImageRequest,
    *,
    resolve: Callable[[str], str | None],
    is_servable: Callable[[ImageRequest], bool],
) -> ImageRequest:
    """The request with its ``qr.model`` chosen. ``resolve``: a model's name in the catalog, None
    where it knows none; ``is_servable``: whether some server could do the request."""
    qr = request.qr
    if qr is None or qr.model:
        return request
    for name in MODELS:
        if (found := resolve(name)) and is_servable(chosen := _with(request, qr, found)):
            return chosen
    return request


def _with(request: ImageRequest, qr: QrArt, model: str) -> ImageRequest:
    return request.model_copy(update={"qr": qr.model_copy(update={"model": model})})
