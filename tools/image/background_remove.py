"""background/remove: what stands in front, without its ground.

A server sees what stands in front (feature "rembg") and answers it with an alpha channel. What is
done with that is the same whoever saw it: a fading edge, a new ground, the mask by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageChops, ImageFilter
from pydantic import Field, field_validator

from generation import picture_file
from generation.dialects.coercion import Number, Text, Truth
from generation.dialects.pictures import Pictures, reference
from generation.errors import BackendError, InvalidRequest
from generation.picture_file import UnreadablePicture
from generation.request import CUTOUT_PIXELS, Cutout, ImageRequest, Init
from generation.snapshot import TaskSnapshot
from generation.states import OutputState
from tools.image.encode import encoded
from tools.tool import Ask, Made, PictureBody, Tool

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
CLEAR = ("", "transparent", "none")


class RemoveBackground(PictureBody):
    model: Text = Field("", max_length=255)
    returnMask: Truth = False
    backgroundColor: Text = ""
    edgeFeather: Number = Field(0.0, ge=0, le=64)

    @field_validator("backgroundColor")
    @classmethod
    def _is_a_colour(cls, value: str) -> str:
        found = value.strip()
        if found.lower() in CLEAR:
            return ""
        if not _COLOUR.fullmatch(found):
            raise ValueError("expected #RRGGBB or transparent")
        return found.lower()


def request(body: RemoveBackground, pictures: Pictures) -> ImageRequest:
    """InvalidRequest naming the field."""
    kind = body.outputFormat or "png"
    if kind == "jpg" and not body.backgroundColor:
        text = "jpg has no transparency: name a backgroundColor"
        raise InvalidRequest(f"outputFormat: {text}", field="outputFormat")
    image = reference(body.imageUrl, "imageUrl", pictures)
    for data in pictures.values():
        _check_size(data)
    return ImageRequest(
        init=Init(image=image),
        cutout=Cutout(
            model="" if body.model.strip().lower() == "auto" else body.model.strip(),
            background=body.backgroundColor,
            feather=body.edgeFeather,
            with_mask=body.returnMask,
        ),
        output_format=kind,
    )


def _check_size(data: bytes) -> None:
    try:
        width, height = picture_file.load(data).size
    except UnreadablePicture as error:
        raise InvalidRequest(f"imageUrl: {error}", field="imageUrl") from error
    if width * height > CUTOUT_PIXELS:
        text = f"{width}x{height} are more than {CUTOUT_PIXELS} pixels"
        raise InvalidRequest(f"imageUrl: {text}", field="imageUrl")


def carry_out(asked: ImageRequest, inputs: Mapping[str, bytes], ask: Ask) -> Sequence[Made]:
    """The picture, and its mask where one is asked for. What the server sent goes out as it is
    where nothing is to be changed about it."""
    cutout = asked.cutout
    assert cutout is not None
    data = ask(asked)
    image = picture_file.load(data)
    if not image.has_transparency_data:
        raise BackendError("the server sent a picture without transparency")
    image = image.convert("RGBA")
    if cutout.feather:
        image.putalpha(faded(image.getchannel("A"), cutout.feather))
    made: Made = (data, picture_file.sniff(data))
    if cutout.feather or cutout.background or made[1] != asked.output_format:
        made = (
            encoded(_grounded(image, cutout.background), asked.output_format),
            asked.output_format,
        )
    mask = [(encoded(image.getchannel("A"), "png"), "png")] if cutout.with_mask else []
    return [made, *mask]


def faded(alpha: Image.Image, pixels: float) -> Image.Image:
    """An edge that fades within what was cut out: outside of it is the old ground."""
    soft = alpha.filter(ImageFilter.GaussianBlur(pixels / 2))
    return ImageChops.darker(alpha, soft.point([max(0, 2 * level - 255) for level in range(256)]))


def _grounded(image: Image.Image, colour: str) -> Image.Image:
    if not colour:
        return image
    ground = Image.new("RGBA", image.size, colour)
    return Image.alpha_composite(ground, image).convert("RGB")


def told(task: TaskSnapshot) -> dict[str, Any]:
    cutout: Any = task.request.get("cutout") or {}
    if not cutout.get("with_mask"):
        return {"result": {}}
    seen = (each for each in task.outputs if each.index == 1)
    url = next((each.url for each in seen if each.state == OutputState.VISIBLE), None)
    return {"result": {"maskUrl": url}}


TOOL = Tool(
    code="background/remove",
    kind="cutout",
    summary="Remove the background",
    body=RemoveBackground,
    request=request,
    carry_out=carry_out,
    told=told,
    fields={
        "cutout": "background/remove",
        "cutout.model": "model",
        "cutout.background": "backgroundColor",
        "cutout.feather": "edgeFeather",
        "output_format": "outputFormat",
    },
)
