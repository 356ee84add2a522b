"""Small pictures out of a text's hash, and the list rows that go with them."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageChops, ImageFilter
from PIL.PngImagePlugin import PngInfo

_FORMATS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP"}


def checkpoint(name: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return {
        "title": f"{name} [{sha256[:10]}]",
        "model_name": name.rpartition(".")[0] or name,
        "hash": sha256[:10],
        "sha256": sha256,
        "filename": f"/models/{name}",
        "config": None,
    }


def infotext(body: Mapping[str, Any], seed: int) -> str:
    size = f"{body.get('width', 512)}x{body.get('height', 512)}"
    steps = body.get("steps", 20)
    return f"{body.get('prompt', '')}\nSteps: {steps}, Seed: {seed}, Size: {size}"


def _squares(text: str) -> Image.Image:
    """An 8 × 8 picture of the text's hash."""
    return Image.frombytes("RGB", (8, 8), hashlib.shake_256(text.encode()).digest(192))


def card(body: Mapping[str, Any], seed: int, text: str) -> bytes:
    """``text`` is part of the hash and, in a PNG, its parameters chunk."""
    wide, high = int(body.get("width", 512)), int(body.get("height", 512))
    asked = str((body.get("override_settings") or {}).get("samples_format", "png")).lower()
    picture = _squares(f"{seed}:{text}").resize((wide, high), Image.Resampling.NEAREST)
    chunks = PngInfo()
    chunks.add_text("parameters", text)
    file = io.BytesIO()
    kind = _FORMATS.get(asked, "PNG")
    if kind == "PNG":
        picture.save(file, kind, pnginfo=chunks, compress_level=1)
    else:
        picture.save(file, kind, quality=90)
    return file.getvalue()


def preview(text: str) -> bytes:
    file = io.BytesIO()
    _squares(text).resize((64, 64)).save(file, "JPEG")
    return file.getvalue()


def enlarged(body: Mapping[str, Any]) -> str:
    """The given picture by the factor or to the size, as base64."""
    picture = _given(body)
    if body.get("resize_mode") == 1:
        size = int(body["upscaling_resize_w"]), int(body["upscaling_resize_h"])
        if not body.get("upscaling_crop", True):  # its ratio is kept, the size is covered
            factor = max(size[0] / picture.width, size[1] / picture.height)
            size = round(picture.width * factor), round(picture.height * factor)
    else:
        factor = float(body.get("upscaling_resize", 2))
        size = round(picture.width * factor), round(picture.height * factor)
    file = io.BytesIO()
    picture.resize(size, Image.Resampling.NEAREST).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def caption(body: Mapping[str, Any]) -> str:
    """Its size and its mean colour."""
    picture = _given(body)
    red, green, blue = picture.resize((1, 1)).tobytes()
    return f"a picture of {picture.width} by {picture.height}, #{red:02x}{green:02x}{blue:02x}"


def detected(body: Mapping[str, Any]) -> dict[str, Any]:
    """The given picture's edges in grey, its smaller side ``controlnet_processor_res``."""
    (given,) = body["controlnet_input_images"]
    picture = _given({"image": given})
    factor = int(body.get("controlnet_processor_res", 512)) / min(picture.size)
    size = round(picture.width * factor), round(picture.height * factor)
    file = io.BytesIO()
    picture.resize(size).convert("L").filter(ImageFilter.FIND_EDGES).save(file, "PNG")
    return {"images": [base64.b64encode(file.getvalue()).decode()], "info": "Success"}


def cut_out(body: Mapping[str, Any]) -> dict[str, str] | None:
    """The given picture, transparent where it has the colour of its first pixel; null for the
    model "None", as rembg's extension answers."""
    if body.get("model") in ("", "None"):
        return None
    picture = _given({"image": body.get("input_image", "")})
    alpha = _before_ground(picture)
    if not body.get("return_mask"):
        picture.putalpha(alpha)
    file = io.BytesIO()
    (alpha if body.get("return_mask") else picture).save(file, "PNG")
    return {"image": base64.b64encode(file.getvalue()).decode()}


def swapped(body: Mapping[str, Any]) -> dict[str, str]:
    """What has another colour than the first pixel is a face: the target's is painted in the
    colour of the source's middle. Where one has none the target comes back as it was sent."""
    source, target = (_given({"image": body[f"{name}_image"]}) for name in ("source", "target"))
    if _before_ground(source).getbbox() and _before_ground(target).getbbox():
        middle = source.getpixel((source.width // 2, source.height // 2))
        target.paste(Image.new("RGB", target.size, middle), mask=_before_ground(target))
    file = io.BytesIO()
    target.save(file, "PNG")
    return {"image": base64.b64encode(file.getvalue()).decode()}


def _before_ground(picture: Image.Image) -> Image.Image:
    ground = Image.new("RGB", picture.size, picture.getpixel((0, 0)))
    return ImageChops.difference(picture, ground).convert("L").point(lambda v: 255 * (v > 24))


def _given(body: Mapping[str, Any]) -> Image.Image:
    data = base64.b64decode(str(body.get("image", "")).rpartition(",")[2])
    return Image.open(io.BytesIO(data)).convert("RGB")
