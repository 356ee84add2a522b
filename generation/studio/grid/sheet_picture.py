"""The sheet of a grid as one labelled JPEG, with the AI label that its pictures carry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont

from accounts.actor import Actor
from generation import sheets, storage
from generation.errors import NotFound
from generation.models import Grid, Output, Task
from generation.sheets import Cell
from generation.storage.labelling import label_of
from generation.studio.grid.axis_offers import title_of

# GB 2312 and the scripts of Europe, so that no font need be installed: data/LICENSES.md.
FONT = Path(__file__).parent / "data" / "NotoSansSC-GB2312.woff2"
_MOST_SIDE = 12_000  # pixels of the whole sheet
_LARGEST, _SMALLEST = 512, 64  # pixels of a cell's longer side
_PAPER, _INK, _FAINT, _EMPTY = (255, 255, 255), (29, 27, 24), (106, 101, 92), (240, 238, 234)
_GAP = 8
_QUALITY = 90


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Pixels: where the cells begin and how large each is."""

    left: int
    top: int
    wide: int
    high: int
    size: int  # of the letters


def jpeg(actor: Actor, grid: Grid) -> bytes:
    """NotFound while no cell has a picture. An empty cell stays empty."""
    found = sheets.cells(actor, grid)
    tasks = [cell.task.id for cell in found if cell.task and cell.task.outputs]
    rows = Output.objects.visible().filter(task__in=tasks).exclude(file="").order_by("-index")
    outputs = {row.task_id: row for row in rows}
    if not outputs:
        raise NotFound("no picture yet")
    x, y = sheets.axes_of(grid)
    across, down = list(x.values), list(y.values) if y else [""]
    plan = _planned(list(outputs.values()), across, down)
    size = plan.left + len(across) * plan.wide + _GAP, plan.top + len(down) * plan.high + _GAP
    page = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(page)
    _write_edges(pen, plan, across, down, title_of(x), title_of(y) if y else "")
    for cell in found:
        _paste(page, pen, plan, cell, len(across), outputs)
    return _encoded(page, grid, tasks[0])


def _planned(outputs: Sequence[Output], across: list[str], down: list[str]) -> _Plan:
    wide, high = max(o.width for o in outputs), max(o.height for o in outputs)
    scale = min(
        1.0,
        _LARGEST / max(wide, high),
        _MOST_SIDE / (wide * len(across)),
        _MOST_SIDE / (high * len(down)),
    )
    scale = max(scale, _SMALLEST / max(wide, high))
    wide, high = round(wide * scale), round(high * scale)
    size = max(13, min(26, wide // 14))
    font = _font(size)
    longest = max((font.getlength(text) for text in down), default=0.0)
    left = int(min(longest, wide * 0.75)) + 3 * _GAP if down != [""] else _GAP
    return _Plan(left=left, top=round(size * 4.2), wide=wide, high=high, size=size)


def _write_edges(
    pen: ImageDraw.ImageDraw,
    plan: _Plan,
    across: list[str],
    down: list[str],
    title: str,
    side: str,
) -> None:
    heading = f"{title} →" + (f"   {side} ↓" if side else "")
    pen.text((_GAP, _GAP), heading, _FAINT, _font(plan.size))
    for number, text in enumerate(across):
        middle = plan.left + number * plan.wide + plan.wide // 2
        shown = _fitting(text, plan.wide - 2 * _GAP, plan.size)
        pen.text((middle, plan.top - plan.size), shown, _INK, _font(plan.size), anchor="mm")
    for number, text in enumerate(down):
        middle = plan.top + number * plan.high + plan.high // 2
        shown = _fitting(text, plan.left - 2 * _GAP, plan.size)
        right = plan.left - _GAP
        pen.text((right, middle), shown, _INK, _font(plan.size), anchor="rm")


def _paste(
    page: Image.Image,
    pen: ImageDraw.ImageDraw,
    plan: _Plan,
    cell: Cell,
    columns: int,
    outputs: dict[UUID, Output],
) -> None:
    left = plan.left + cell.index % columns * plan.wide
    top = plan.top + cell.index // columns * plan.high
    inner = plan.wide - _GAP, plan.high - _GAP
    output = outputs.get(cell.task.id) if cell.task else None
    image = _opened(output, inner) if output else None
    if image is None:
        pen.rectangle((left, top, left + inner[0], top + inner[1]), _EMPTY)
        return
    at = left + (inner[0] - image.width) // 2, top + (inner[1] - image.height) // 2
    page.paste(image, at)


def _opened(output: Output, room: tuple[int, int]) -> Image.Image | None:
    """The picture in the size of its place; None where its file is gone."""
    try:
        with Image.open(BytesIO(storage.open_stored(output.file))) as image:
            image.draft("RGB", room)  # a JPEG is decoded no larger than it is shown
            shown = image.convert("RGB")
    except NotFound:
        return None
    shown.thumbnail(room, Image.Resampling.LANCZOS)
    return shown


def _fitting(text: str, room: int, size: int) -> str:
    """The text, cut with an ellipsis where it is longer than its place."""
    font = _font(size)
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _encoded(page: Image.Image, grid: Grid, task_id: UUID) -> bytes:
    label = label_of(Task.objects.select_related("backend").get(pk=task_id))
    packet = replace(label, produce_id=str(grid.pk)).to_xmp()
    out = BytesIO()
    page.save(out, "JPEG", quality=_QUALITY, xmp=packet)
    return out.getvalue()
