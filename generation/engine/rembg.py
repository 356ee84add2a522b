"""POST ``/rembg``, as WebUI's extension of that name has it: a picture cut out of its ground."""

from __future__ import annotations

from uuid import uuid4

from PIL import Image
from pydantic import Field

from generation.dialects.sdwebui.wire import Base64Image, Name, Wire
from generation.engine import encode, lists, paints
from generation.engine.caller import Call
from generation.engine.calls import failure
from generation.engine.cutout import remove
from generation.engine.jobs import Job
from generation.engine.painter import Report
from generation.engine.refusal import Refusal

NONE = "None"


class RembgRequest(Wire):
    input_image: Base64Image = ""
    model: Name = remove.AUTO
    return_mask: bool = False
    alpha_matting: bool = False
    alpha_matting_foreground_threshold: int = Field(default=240, ge=0, le=255)
    alpha_matting_background_threshold: int = Field(default=10, ge=0, le=255)
    alpha_matting_erode_size: int = Field(default=10, ge=0, le=40)


def answer(call: Call) -> object:
    """The work is done in the paint thread: networks are called from one thread at a time."""
    asked = call.read(RembgRequest)
    if asked.model in ("", NONE):  # the extension's way to do nothing; clients ask with it
        return None
    if not remove.installed():
        raise Refusal(501, "OpenCV is not installed here", field="model")
    models = call.engine.models
    name = remove.named(asked.model, models)
    if name is None:
        there = ", ".join(remove.offered(models))
        raise Refusal(404, f"no such model; there is {there}", field="model")
    if not asked.input_image:
        raise Refusal(422, "no picture", field="input_image")
    image = paints.picture(asked.input_image, "input_image", as_mask=True)
    if image.width * image.height > remove.MAX_PIXELS:
        reason = f"{image.width} x {image.height} are more than {remove.MAX_PIXELS} pixels"
        raise Refusal(422, reason, field="input_image")
    made: list[Image.Image] = []

    def work(report: Report) -> None:
        made.append(remove.cut(image, remove.Asked(model=name, matting=_matting(asked)), models))

    job = Job(f"rembg-{uuid4().hex}", call.engine.painter, work=work)
    call.run(job)
    if job.error:
        raise failure(job.error)
    if not made:
        raise Refusal(500, "interrupted")
    cut = made[0].getchannel("A") if asked.return_mask else made[0]
    return {"image": lists.as_base64(encode.picture(cut, "", "png", 100, {"Rembg": name}))}


def _matting(asked: RembgRequest) -> remove.Matting | None:
    if not asked.alpha_matting:
        return None
    return remove.Matting(
        foreground=asked.alpha_matting_foreground_threshold,
        background=asked.alpha_matting_background_threshold,
        erode=asked.alpha_matting_erode_size,
    )
