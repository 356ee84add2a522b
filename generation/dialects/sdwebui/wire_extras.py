"""``/sdapi/v1``'s calls on finished pictures: upscaling, reading their text, describing them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from generation.dialects.sdwebui.wire import Base64Image, Fraction, Name, Wire


class ExtrasRequest(Wire):
    """``resize_mode`` 0 scales by ``upscaling_resize``, 1 to the given width and height."""

    resize_mode: int = Field(default=0, ge=0, le=1)
    show_extras_results: bool = True
    gfpgan_visibility: Fraction = 0.0
    codeformer_visibility: Fraction = 0.0
    codeformer_weight: Fraction = 0.0
    upscaling_resize: float = Field(default=2.0, ge=1, le=8)
    upscaling_resize_w: int = Field(default=512, ge=1, le=8192)
    upscaling_resize_h: int = Field(default=512, ge=1, le=8192)
    upscaling_crop: bool = True
    upscaler_1: Name = "None"
    upscaler_2: Name = "None"
    extras_upscaler_2_visibility: Fraction = 0.0
    upscale_first: bool = False


class ExtrasSingleRequest(ExtrasRequest):
    image: Base64Image = ""


class ExtrasSingleResponse(Wire):
    html_info: str = ""
    image: Base64Image = ""


class FileData(Wire):
    data: Base64Image
    name: str = ""


class ExtrasBatchRequest(ExtrasRequest):
    imageList: list[FileData] = Field(default_factory=list)


class ExtrasBatchResponse(Wire):
    html_info: str = ""
    images: list[Base64Image] = Field(default_factory=list)


class PngInfoRequest(Wire):
    image: Base64Image


class PngInfoResponse(Wire):
    """``info`` is the parameters text, ``parameters`` what ``infotext.parse`` reads in it."""

    info: str = ""
    items: dict[str, Any] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)


class InterrogateRequest(Wire):
    image: Base64Image
    model: Literal["clip", "deepdanbooru"] = "clip"


class InterrogateResponse(Wire):
    caption: str = ""
