"""What a task looks like in the studio: plain data for the templates.

A ``LiveCard`` is an unfinished task; a ``Tile`` is one picture on the wall, or the task that made
none; a ``Picture`` is what the light box shows of it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import OutputState, TaskState, Verdict
from generation.studio import sentences

Kind = Literal["picture", "blocked", "expired", "failed", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class LiveCard:
    id: UUID
    prompt: str
    headline: str
    detail: str
    meta: str
    percent: int | None  # None: nobody knows yet
    preview_url: str
    cancelling: bool
    icon: str


@dataclass(frozen=True, kw_only=True)
class Tile:
    key: str  # unique on the page
    task_id: UUID
    kind: Kind
    prompt: str
    label: str  # for whoever does not see the picture
    title: str
    url: str
    index: int | None = None  # its place in the task; None: the task made no picture
    full_url: str = ""
    thumbnail_url: str = ""
    placeholder: str = ""
    width: int = 0
    height: int = 0
    flagged: bool = False
    is_code: bool = False  # a QR code that can be scanned
    is_favourite: bool = False

    @property
    def place(self) -> str:
        """How forms name it: a picture by its task and its place in it, else the task."""
        return f"{self.task_id}/{self.index}" if self.index is not None else str(self.task_id)


_WAITS = (TaskState.UPLOADING, TaskState.QUEUED)


def live_card(task: TaskSnapshot) -> LiveCard:
    """The card of an unfinished task."""
    headline, detail, meta = _said(task)
    progress = task.progress
    return LiveCard(
        id=task.id,
        prompt=prompt_of(task),
        headline=headline,
        detail=detail,
        meta=meta,
        percent=_percent(task),
        preview_url=_data_url(progress.preview) if progress and progress.preview else "",
        cancelling=task.cancel_requested,
        icon="clock" if task.state in _WAITS else "spark",
    )


def tiles(task: TaskSnapshot, marked: Collection[UUID] = ()) -> list[Tile]:
    """One tile a picture; one for a finished task that made none; none for an unfinished task, nor
    for one whose pictures are all being deleted. ``marked``: ids of favourites."""
    if not task.is_final:
        return []
    if not task.outputs:
        return [] if task.state == TaskState.DONE else [_tile_without(task)]
    return [tile(task, output, output.id in marked) for output in task.outputs]


def tiles_of(tasks: Iterable[TaskSnapshot], marked: Collection[UUID] = ()) -> list[Tile]:
    return [tile for task in tasks for tile in tiles(task, marked)]


def prompt_of(task: TaskSnapshot) -> str:
    if task.kind == "extras":
        return _("Enlarged picture")
    if task.kind == "cutout":
        return _("Picture without its background")
    if task.kind == "swap":
        return _("Picture with another face")
    return str(task.request.get("prompt") or "") or _("(no prompt)")


def kind_of(task: TaskSnapshot, output: OutputSnapshot | None) -> Kind:
    if output is not None and output.state == OutputState.VISIBLE:
        return "picture"
    if output is not None:
        blocked = output.state == OutputState.BLOCKED or output.verdict == Verdict.BLOCK
        return "blocked" if blocked else "expired"
    return "cancelled" if task.state == TaskState.CANCELLED else "failed"


def title_of(kind: Kind) -> str:
    return {
        "picture": _("Picture"),
        "blocked": _("Blocked by the content check"),
        "expired": _("No longer kept"),
        "failed": _("Not painted"),
        "cancelled": _("Cancelled"),
    }[kind]


def _percent(task: TaskSnapshot) -> int | None:
    if task.state in _WAITS:
        return 0
    return round(task.progress.fraction * 100) if task.progress and task.progress.fraction else None


def _said(task: TaskSnapshot) -> tuple[str, str, str]:
    """Headline, detail and the small print of an unfinished task."""
    pictures = ngettext("%(count)d picture", "%(count)d pictures", task.images) % {
        "count": task.images
    }
    if task.cancel_requested:
        return _("Stopping"), "", pictures
    if task.state == TaskState.RUNNING:
        return _running(task, pictures)
    if task.state == TaskState.QUEUED and task.waiting:
        waiting = task.waiting
        place = _("Number %(place)d in the queue") % {"place": waiting.position + 1}
        headline = place if waiting.position else _("Next in the queue")
        meta = sentences.between(*waiting.eta) if waiting.eta else pictures
        return headline, str(sentences.REASONS[waiting.reason]), meta
    if task.state == TaskState.UPLOADING:
        return _("Fetching your picture"), "", pictures
    return _("About to begin"), "", pictures


def _running(task: TaskSnapshot, pictures: str) -> tuple[str, str, str]:
    progress = task.progress
    if progress is None or not progress.fraction:
        return _("Getting ready"), "", pictures
    detail = ""
    if progress.step and progress.steps:
        detail = _("Step %(step)d of %(steps)d") % {"step": progress.step, "steps": progress.steps}
    left = sentences.time_left(progress.eta) if progress.eta is not None else pictures
    return _("Painting"), detail, left


def _data_url(preview: bytes) -> str:
    """The picture itself, not its address: by the time the browser asked, the task may be done
    and the preview gone. Previews are small (10 to 30 KB) and come at most twice a second."""
    kind = "png" if preview.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(preview).decode()}"


def tile(task: TaskSnapshot, output: OutputSnapshot, is_favourite: bool = False) -> Tile:
    kind = kind_of(task, output)
    prompt = prompt_of(task)
    return Tile(
        key=f"{task.id}-{output.index}",
        task_id=task.id,
        kind=kind,
        prompt=prompt,
        label=_("Open: %(prompt)s") % {"prompt": prompt[:120]},
        title=title_of(kind),
        url=reverse("studio:picture", args=[task.id, output.index]),
        index=output.index,
        full_url=output.url,
        thumbnail_url=output.thumbnail_url,
        placeholder=output.placeholder,
        width=output.width,
        height=output.height,
        flagged=output.verdict == Verdict.FLAG,
        is_code=output.qr is not None,
        is_favourite=is_favourite,
    )


def _tile_without(task: TaskSnapshot) -> Tile:
    kind = kind_of(task, None)
    return Tile(
        key=f"{task.id}-0",
        task_id=task.id,
        kind=kind,
        prompt=prompt_of(task),
        label=title_of(kind),
        title=title_of(kind),
        url=reverse("studio:picture", args=[task.id, 0]),
    )
