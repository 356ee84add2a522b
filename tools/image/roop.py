"""roop: the face of one picture in the place of another's.

A server does it (feature "faceswap"): a WebUI with the ReActor extension. It answers a picture in
which it found no face as it was; here that is an error, and refunded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageChops
from pydantic import Field

from generation import picture_file
from generation.dialects.coercion import Text
from generation.dialects.pictures import Pictures, reference
from generation.errors import FaceNotFound
from generation.request import ImageRequest, Init, Swap
from generation.snapshot import TaskSnapshot
from tools.image.encode import in_format
from tools.tool import LONGEST_LINK, Ask, Body, Made, Tool

DECODERS_DIFFER = 2  # levels by which two JPEG decoders may see one file


class Roop(Body):
    """``sourceUrl`` has the face, ``targetUrl`` is the picture that gets it."""

    sourceUrl: Text = Field(min_length=1, max_length=LONGEST_LINK)
    targetUrl: Text = Field(min_length=1, max_length=LONGEST_LINK)


def request(body: Roop, pictures: Pictures) -> ImageRequest:
    """InvalidRequest naming the field."""
    return ImageRequest(
        init=Init(image=reference(body.targetUrl, "targetUrl", pictures)),
        swap=Swap(image=reference(body.sourceUrl, "sourceUrl", pictures)),
        output_format=body.outputFormat or "png",
    )


def carry_out(asked: ImageRequest, inputs: Mapping[str, bytes], ask: Ask) -> Sequence[Made]:
    """FaceNotFound where nothing was changed."""
    assert asked.init is not None
    data = ask(asked)
    given = picture_file.load(inputs[asked.init.image.stored])
    if _is_same(given, picture_file.load(data)):
        raise FaceNotFound("no face was found in one of the two pictures")
    return [in_format(data, asked.output_format)]


def _is_same(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    apart = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    seen = apart.convert("L", (1, 1, 1, 0)).point(lambda level: 255 * (level > DECODERS_DIFFER))
    return seen.getbbox() is None


def told(task: TaskSnapshot) -> dict[str, Any]:
    """Nothing beside the picture."""
    return {}


TOOL = Tool(
    code="roop",
    kind="swap",
    summary="Face swap",
    body=Roop,
    request=request,
    carry_out=carry_out,
    told=told,
    fields={
        "init": "targetUrl",
        "init.image": "targetUrl",
        "swap": "roop",
        "swap.image": "sourceUrl",
        "output_format": "outputFormat",
    },
)
