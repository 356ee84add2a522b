"""What stands on the stage of the result page, beside it and below it: the medium, the picture that
went in, the other pictures of the task, and what may be done next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.urls import reverse

from accounts.actor import Actor
from generation import access, picture_file, storage
from generation.errors import EaselError
from generation.models import Output
from generation.picture_file import CONTENT_TYPES
from generation.request import ResizeMode
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import OutputState
from generation.storage import links

Medium = Literal["image", "video", "text", "none"]
VIDEOS = ("mp4", "webm")
_FITS = {ResizeMode.CROP_AND_RESIZE: "cover", ResizeMode.RESIZE_AND_FILL: "contain"}


@dataclass(frozen=True)
class Before:
    """The picture that a task began with. ``fit``: how it lies below the result."""

    url: str
    fit: str


@dataclass(frozen=True)
class Sibling:
    index: int
    url: str
    thumbnail_url: str
    width: int
    height: int
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Offers:
    """What the person may do with the picture. ``retry``: the task ended without any."""

    can_make: bool
    is_own: bool
    again: bool  # there are settings of a form to use once more
    vary: bool
    upscale: bool
    formats: tuple[str, ...]  # besides the file's own
    retry: bool


def medium(output: OutputSnapshot | None) -> Medium:
    if output is None:
        return "none"
    if output.format == "txt":
        return "text"
    return "video" if output.format in VIDEOS else "image"


def poster_of(output: Output) -> str:
    """The address of an animation's first picture; "" of a picture that stands still anyway."""
    if output.format != "webp" or not _moves(output.file):
        return ""
    return links.sign(output.pk, "thumbnail", output.expires_at, "webp")


def is_moving(output: OutputSnapshot | None) -> bool:
    """Whether it is an animation, which a WebP's first bytes say."""
    if output is None or output.format != "webp":
        return False
    file = Output.objects.filter(pk=output.id).values_list("file", flat=True).first()
    return bool(file) and _moves(file or "")


def _moves(file: str) -> bool:
    try:
        return picture_file.is_moving(b"".join(storage.chunks(file, 0, 32)))
    except EaselError:
        return False  # gone, or nobody knows: the page says so in its place


def before(task: TaskSnapshot) -> Before | None:
    """None where the task began with nothing, or its picture was never stored."""
    init: Any = task.request.get("init")
    if not isinstance(init, dict) or not init.get("image", {}).get("stored"):
        return None
    mode = ResizeMode(int(init.get("resize_mode") or 0))
    return Before(reverse("studio:input", args=[task.id, "init"]), _FITS.get(mode, "fill"))


def siblings(task: TaskSnapshot, index: int) -> list[Sibling]:
    """The pictures of the task that may be seen; none where there is but one."""
    seen = [each for each in task.outputs if each.state == OutputState.VISIBLE]
    if len(seen) < 2:
        return []
    return [
        Sibling(
            index=each.index,
            url=reverse("studio:picture", args=[task.id, each.index]),
            thumbnail_url=each.thumbnail_url,
            width=each.width,
            height=each.height,
            is_current=each.index == index,
        )
        for each in seen
    ]


def offers(
    actor: Actor, task: TaskSnapshot, output: OutputSnapshot | None, *, moving: bool = False
) -> Offers:
    """``moving``: an animation stays what it is, and is not enlarged."""
    is_picture = output is not None and output.format in CONTENT_TYPES
    own = access.own_tasks(actor).filter(pk=task.id).exists()
    return Offers(
        can_make=actor.can("member"),
        is_own=own and actor.can("member"),
        again=task.kind == "image",
        vary=is_picture and task.kind == "image" and not task.request.get("qr"),
        upscale=is_picture and not moving,
        formats=tuple(
            each for each in CONTENT_TYPES if output and each != output.format and not moving
        ),
        retry=output is None and not task.outputs and actor.can("member"),
    )
