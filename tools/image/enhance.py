"""enhance: super-resolution. By a factor or to a size, by two upscalers blended, faces restored.

A server does it (WebUI's ``extra-single-image``, feature "extras"). ``None`` for both upscalers is
a plain Lanczos resize, where WebUI alone would leave the size as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import Field, model_validator

from generation import picture_file
from generation.dialects.coercion import Integer, Number, Text, Truth
from generation.dialects.pictures import Pictures, reference
from generation.errors import InvalidRequest
from generation.picture_file import UnreadablePicture
from generation.request import Extras, ImageRequest, Init
from generation.snapshot import TaskSnapshot
from tools.image.encode import in_format
from tools.tool import Ask, Made, PictureBody, Tool

LARGEST_INPUT = 1536  # pixels a side, as the published call has it
PLAIN = "Lanczos"


class Enhance(PictureBody):
    """``resizeMode`` 0 is by ``upscalingResize``, 1 to ``upscalingResizeW`` and ``…H``."""

    resizeMode: Integer = Field(0, ge=0, le=1)
    gfpganVisibility: Number = Field(0.0, ge=0, le=1)
    codeformerVisibility: Number = Field(0.0, ge=0, le=1)
    codeformerWeight: Number = Field(0.0, ge=0, le=1)
    upscalingResize: Number = Field(2.0, ge=1, le=8)
    upscalingResizeW: Integer | None = Field(None, ge=64, le=2048)
    upscalingResizeH: Integer | None = Field(None, ge=64, le=2048)
    upscalingCrop: Truth = True
    upscaler1: Text = Field("None", max_length=255)
    upscaler2: Text = Field("None", max_length=255)
    extrasUpscaler2Visibility: Number = Field(0.0, ge=0, le=1)
    upscaleFirst: Truth = False
    showExtrasResults: Truth = True  # deprecated: a result is always answered

    @classmethod
    def aliases(cls) -> dict[str, str]:
        return super().aliases() | {
            "upscaler_1": "upscaler1",
            "upscaler_2": "upscaler2",
            "extras_upscaler_2_visibility": "extrasUpscaler2Visibility",
        }

    @model_validator(mode="after")
    def _a_size_has_two_sides(self) -> Self:
        for name in ("upscalingResizeW", "upscalingResizeH") if self.resizeMode else ():
            if getattr(self, name) is None:
                raise ValueError(f"{name} is required where resizeMode is 1")
        return self


def request(body: Enhance, pictures: Pictures) -> ImageRequest:
    """InvalidRequest naming the field."""
    image = reference(body.imageUrl, "imageUrl", pictures)
    extras = _extras(body)
    for data in pictures.values():
        _check_size(extras, data)
    return ImageRequest(
        init=Init(image=image), extras=extras, output_format=body.outputFormat or "png"
    )


def _extras(body: Enhance) -> Extras:
    second = body.upscaler2.strip() or "None"
    return Extras(
        factor=body.upscalingResize,
        width=(body.upscalingResizeW or 0) if body.resizeMode else 0,
        height=(body.upscalingResizeH or 0) if body.resizeMode else 0,
        crop=body.upscalingCrop,
        upscaler=_first(body),
        upscaler_2=second,
        upscaler_2_visibility=body.extrasUpscaler2Visibility if second != "None" else 0.0,
        gfpgan_visibility=body.gfpganVisibility,
        codeformer_visibility=body.codeformerVisibility,
        codeformer_weight=body.codeformerWeight,
        upscale_first=body.upscaleFirst,
        largest_input=LARGEST_INPUT,
    )


def _first(body: Enhance) -> str:
    """What stays as large as it is needs no upscaler."""
    named = body.upscaler1.strip() or "None"
    stays = not body.resizeMode and body.upscalingResize == 1
    return PLAIN if named == "None" and not stays else named


def _check_size(extras: Extras, data: bytes) -> None:
    try:
        size = picture_file.load(data).size
    except UnreadablePicture as error:
        raise InvalidRequest(f"imageUrl: {error}", field="imageUrl") from error
    name, why = extras.problem(*size)
    if why:
        raise InvalidRequest(f"{name}: {why}", field=name)


def carry_out(asked: ImageRequest, inputs: Mapping[str, bytes], ask: Ask) -> Sequence[Made]:
    """What the server sent goes out as it is where it is of the format that was asked for."""
    return [in_format(ask(asked), asked.output_format)]


def told(task: TaskSnapshot) -> dict[str, Any]:
    """Nothing beside the picture."""
    return {}


TOOL = Tool(
    code="enhance",
    kind="extras",
    summary="Super-resolution",
    body=Enhance,
    request=request,
    carry_out=carry_out,
    told=told,
    fields={
        "extras": "enhance",
        "extras.factor": "upscalingResize",
        "extras.width": "upscalingResizeW",
        "extras.upscaler": "upscaler1",
        "extras.upscaler_2": "upscaler2",
        "upscaler": "upscaler1",
        "restore_faces": "gfpganVisibility, codeformerVisibility",
        "output_format": "outputFormat",
    },
)
