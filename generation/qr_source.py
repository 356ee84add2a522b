"""An address instead of a text: where a picture with a QR code lies there, its content is used.

Anything else there (a page, nothing, a place we do not connect to) leaves the address itself as
what the code says. Asked by short work, before any GPU slot is taken.
"""

from __future__ import annotations

import logging

from generation import egress, picture_file
from generation.errors import EaselError, InputUnusable
from generation.picture_file import UnreadablePicture
from generation.qr import code, reading
from generation.request import ImageRequest

log = logging.getLogger(__name__)
SECONDS = 5.0  # nothing depends on it: a slow server is not waited for as for an input picture
MAX_PIXELS = 16 * 1024 * 1024


def followed(request: ImageRequest) -> ImageRequest:
    """The request without ``qr.source``. InputUnusable: what was found is too long for a code in
    a picture of this size."""
    qr = request.qr
    if qr is None or not qr.source:
        return request
    content = _content_at(qr.source) or qr.content
    try:
        code.place(code.make(content), request.width, request.height)
    except code.Unencodable as error:
        raise InputUnusable(f"qr.source: {error}", field="qr.source") from error
    return request.model_copy(
        update={"qr": qr.model_copy(update={"content": content, "source": ""})}
    )


def _content_at(address: str) -> str:
    """What the code in the picture at this address says; "" where there is none."""
    try:
        data = egress.fetch(address, timeout=SECONDS).data
        texts = reading.read(picture_file.load(data, max_pixels=MAX_PIXELS))
    except (EaselError, UnreadablePicture) as error:
        log.info("no code at the address, which is encoded itself: %s", error)
        return ""
    return next((text for text in texts if text and "\x00" not in text), "")
