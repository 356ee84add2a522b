"""Post-processing: faces restored, two upscalers blended, a size or a factor; and png-info."""

from __future__ import annotations

import base64
import html
import uuid
from collections.abc import Callable, Sequence
from functools import partial

from PIL import Image

from generation.dialects.sdwebui.wire import decode_base64_image
from generation.dialects.sdwebui.wire_extras import (
    ExtrasBatchRequest,
    ExtrasBatchResponse,
    ExtrasRequest,
    ExtrasSingleRequest,
    ExtrasSingleResponse,
    PngInfoRequest,
    PngInfoResponse,
)
from generation.engine import encode, paints, stocked
from generation.engine.caller import Call
from generation.engine.calls import failure
from generation.engine.canvas import upscale
from generation.engine.jobs import Job
from generation.engine.painter import Extra, Painter, Report, RestoresFaces
from generation.engine.refusal import Refusal
from generation.wording import infotext

MAX_SIDE = 8192
MOST_PICTURES = 64
Picture = tuple[Image.Image, dict[str, str]]
"""A picture, and what its file said about itself."""


def single(call: Call) -> object:
    asked = call.read(ExtrasSingleRequest)
    if not asked.image:
        raise Refusal(422, "no picture", field="image")
    images, said = _processed(call, asked, _pictures([("image", asked.image)]))
    return ExtrasSingleResponse(html_info=said, image=images[0]).model_dump()


def batch(call: Call) -> object:
    asked = call.read(ExtrasBatchRequest)
    if not 0 < len(asked.imageList) <= MOST_PICTURES:
        raise Refusal(422, f"1 to {MOST_PICTURES} pictures", field="imageList")
    given = [(f"imageList.{index}.data", file.data) for index, file in enumerate(asked.imageList)]
    pictures = _pictures(given)
    images, said = _processed(call, asked, pictures)
    return ExtrasBatchResponse(html_info=said, images=images).model_dump()


def png_info(call: Call) -> object:
    asked = call.read(PngInfoRequest)
    try:
        items = encode.texts(decode_base64_image(asked.image))
    except ValueError as error:
        raise Refusal(422, str(error), field="image") from error
    text = items.get("parameters", "")
    return PngInfoResponse(info=text, items=items, parameters=_parsed(text)).model_dump()


def _parsed(text: str) -> dict[str, str]:
    """WebUI's own names; a size in two parts."""
    if not text:
        return {}
    found = infotext.parse(text)
    parsed = {"Prompt": found.prompt, "Negative prompt": found.negative_prompt}
    for name, value in found.parameters.items():
        wide, times, high = value.partition("x")
        if times and wide.isdecimal() and high.isdecimal():
            parsed |= {f"{name}-1": wide, f"{name}-2": high}
        else:
            parsed[name] = value
    return parsed


def _pictures(given: Sequence[tuple[str, str]]) -> list[Picture]:
    images = paints.pictures(given)
    told = (encode.texts(decode_base64_image(text)) for _, text in given)
    return list(zip(images, told, strict=True))


def _processed(
    call: Call, asked: ExtrasRequest, pictures: Sequence[Picture]
) -> tuple[list[str], str]:
    """The pictures as base64, and what was done to them. The work is done in the paint thread:
    networks share the card with the painter."""
    painter = call.engine.painter
    stages = _stages(asked, painter, stocked.upscalers(call.engine.stock()))
    _check_sizes(asked, [image for image, _ in pictures])
    made: list[Image.Image] = []

    def work(report: Report) -> None:
        for image, _ in pictures:
            for stage in stages:
                image = stage(image, partial(_see, report, image))
            made.append(image)

    job = Job(f"extras-{uuid.uuid4().hex}", painter, work=work)
    call.run(job)
    if job.error:
        raise failure(job.error)
    if len(made) < len(pictures):
        raise Refusal(500, "interrupted")
    return _written(call, asked, made, pictures)


def _see(report: Report, image: Image.Image, done: int, of: int) -> None:
    report(done, of, lambda: image)


def _written(
    call: Call, asked: ExtrasRequest, made: Sequence[Image.Image], pictures: Sequence[Picture]
) -> tuple[list[str], str]:
    chosen = call.engine.options.choose({})
    said = _said(asked)
    encoded = []
    for image, (_, items) in zip(made, pictures, strict=True):
        chunks = {"postprocessing": said, "extras": said}
        text = items.get("parameters", "")
        data = encode.picture(image, text, chosen.format, chosen.quality, chunks)
        encoded.append(base64.b64encode(data).decode("ascii"))
    return encoded, f"<p>{html.escape(said)}</p>"


def _said(asked: ExtrasRequest) -> str:
    """In WebUI's names."""
    done: dict[str, object] = {}
    if asked.upscaler_1 != upscale.NONE:
        if asked.resize_mode:
            size = f"{asked.upscaling_resize_w}x{asked.upscaling_resize_h}"
            done["Postprocess upscale to"] = size
            done["Postprocess crop to"] = size if asked.upscaling_crop else None
        else:
            done["Postprocess upscale by"] = f"{asked.upscaling_resize:g}"
        done["Postprocess upscaler"] = asked.upscaler_1
        if asked.extras_upscaler_2_visibility and asked.upscaler_2 != upscale.NONE:
            done["Postprocess upscaler 2"] = asked.upscaler_2
    done["GFPGAN visibility"] = asked.gfpgan_visibility or None
    done["CodeFormer visibility"] = asked.codeformer_visibility or None
    return infotext.write("", "", done)


# ── What is done ─────────────────────────────────────────────────────────────────────────────
Stage = Callable[[Image.Image, upscale.Step], Image.Image]
"""The second is told of steps and may raise to end the work."""


def _stages(asked: ExtrasRequest, painter: Painter, upscalers: Sequence[Extra]) -> list[Stage]:
    """In their order; at least one. Raises Refusal for a name that is not offered."""
    faces = _restoring(asked, painter)
    names = _names(asked, upscalers)
    enlarging: list[Stage] = [
        lambda image, step: _enlarged(image, asked, names, upscalers, painter, step)
    ]
    return enlarging + faces if asked.upscale_first else faces + enlarging


def _names(asked: ExtrasRequest, upscalers: Sequence[Extra]) -> tuple[str, str]:
    """Both upscalers; "None" for one that does nothing."""
    found = []
    for field in ("upscaler_1", "upscaler_2"):
        name = getattr(asked, field) or upscale.NONE
        try:
            found.append(upscale.find(name, upscalers).name)
        except ValueError as error:
            raise Refusal(422, str(error), field=field) from error
    return found[0], found[1] if asked.extras_upscaler_2_visibility else upscale.NONE


def _restoring(asked: ExtrasRequest, painter: Painter) -> list[Stage]:
    wanted = [
        ("gfpgan_visibility", "GFPGAN", asked.gfpgan_visibility),
        ("codeformer_visibility", "CodeFormer", asked.codeformer_visibility),
    ]
    stages: list[Stage] = []
    for field, name, visibility in wanted:
        if not visibility:
            continue
        known = [each.casefold() for each in painter.stock().face_restorers]
        if not isinstance(painter, RestoresFaces) or not any(
            each.startswith(name.casefold()) for each in known
        ):
            raise Refusal(422, f"no {name} model lies in the models folder", field=field)
        stages.append(_restored(painter, name, visibility, asked.codeformer_weight))
    return stages


def _restored(painter: RestoresFaces, name: str, visibility: float, weight: float) -> Stage:
    def stage(image: Image.Image, step: upscale.Step) -> Image.Image:
        step(0, 1)
        return painter.restore_faces(image, name, visibility, weight)

    return stage


def _enlarged(
    image: Image.Image,
    asked: ExtrasRequest,
    names: tuple[str, str],
    upscalers: Sequence[Extra],
    painter: Painter,
    step: upscale.Step,
) -> Image.Image:
    step(0, 1)
    if names[0] == upscale.NONE:
        return image
    size, device = _size(asked, image), str(getattr(painter, "device", "cpu"))
    made = upscale.upscale(image, names[0], size, upscalers, device=device, report=step)
    if names[1] != upscale.NONE:
        other = upscale.upscale(image, names[1], size, upscalers, device=device, report=step)
        made = Image.blend(made, other, asked.extras_upscaler_2_visibility)
    if asked.resize_mode and asked.upscaling_crop:
        wanted = asked.upscaling_resize_w, asked.upscaling_resize_h
        left, top = (made.width - wanted[0]) // 2, (made.height - wanted[1]) // 2
        made = made.crop((left, top, left + wanted[0], top + wanted[1]))
    return made


def _size(asked: ExtrasRequest, image: Image.Image) -> tuple[int, int]:
    """By the factor, or so that the asked size is covered: the ratio is kept."""
    if not asked.resize_mode:
        factor = asked.upscaling_resize
        return int(image.width * factor), int(image.height * factor)
    wanted = asked.upscaling_resize_w, asked.upscaling_resize_h
    factor = max(wanted[0] / image.width, wanted[1] / image.height)
    width, height = round(image.width * factor), round(image.height * factor)
    return max(wanted[0], width), max(wanted[1], height)


def _check_sizes(asked: ExtrasRequest, images: Sequence[Image.Image]) -> None:
    if asked.upscaler_1 == upscale.NONE:
        return
    field = "upscaling_resize_w" if asked.resize_mode else "upscaling_resize"
    sizes = [_size(asked, image) for image in images]
    for width, height in sizes:
        if max(width, height) > MAX_SIDE:
            raise Refusal(422, f"{width} x {height} has more than {MAX_SIDE} a side", field=field)
    if sum(width * height for width, height in sizes) > paints.MAX_PIXELS:
        raise Refusal(422, f"more than {paints.MAX_PIXELS} pixels in one call", field=field)
