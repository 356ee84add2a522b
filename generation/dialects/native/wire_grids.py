"""Grids in the native API: what is asked for and what is answered, as types. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, ValidationError

from generation.dialects.coercion import first_problem
from generation.dialects.native.wire import CreateTask
from generation.dialects.native.wire_calls import Body
from generation.dialects.native.wire_shapes import CURSOR, Shape, TaskOut
from generation.request import Name, Text

Parameter = Literal[
    "prompt",
    "seed",
    "steps",
    "cfg_scale",
    "sampler",
    "checkpoint",
    "vae",
    "style",
    "lora",
    "clip_skip",
    "size",
    "hires_scale",
    "denoising",
    "subseed_strength",
]
Value = Annotated[Text, Field(max_length=1000)] | int | float


class AxisIn(Body):
    """One thing that varies."""

    name: Parameter
    values: list[Value] = Field(
        min_length=1,
        max_length=100,
        description="Numbers, ranges of them such as 1-5 (+2) or 1-10 [5], names, sizes such as "
        "512x768; of prompt: the words that replace each other, the first of which stands in it.",
    )
    subject: Name = Field(default="", description="Of lora: which one's weight varies.")


class CreateGrid(CreateTask):
    """The fields of a task, and what varies."""

    batch_size: Literal[1] = 1
    n_iter: Literal[1] = 1
    x: AxisIn = Field(description="Across.")
    y: AxisIn | None = Field(default=None, description="Down; null: one row.")


class RepeatGrid(Body):
    cell: int | None = Field(
        default=None, ge=0, le=100_000, description="Absent: every cell that has no picture."
    )


class AxisOut(Shape):
    name: Parameter
    values: list[str]
    subject: str


class GridLine(Shape):
    id: UUID
    created_at: datetime
    request: dict[str, Any] = Field(description="What every cell begins from, its seed drawn.")
    x: AxisOut
    y: AxisOut | None
    total: int = Field(description="Cells.")


class GridPage(Shape):
    items: list[GridLine]
    next_cursor: str | None = Field(description=CURSOR)


class CellOut(Shape):
    index: int = Field(description="Row by row, from 0.")
    x: str
    y: str
    can_repeat: bool = Field(description="It has no picture, and none is on its way.")
    task: TaskOut | None = Field(description="Its newest; null: deleted.")


class GridOut(GridLine):
    painted: int = Field(description="Cells with a picture.")
    unfinished: int = Field(description="Cells that wait or run.")
    spent: float = Field(description="Credits.")
    cells: list[CellOut]


class GridQuoteOut(Shape):
    cells: int
    price: float
    balance: float
    warnings: list[str]


class GridCancelledOut(Shape):
    cancelled: int = Field(description="Tasks.")


class GridRepeatedOut(Shape):
    queued: int = Field(description="Tasks.")


def create(body: bytes) -> CreateGrid:
    """InvalidRequest naming the field."""
    try:
        return CreateGrid.model_validate_json(body or b"{}", strict=True)
    except ValidationError as error:
        raise first_problem(error) from error


def text_of(value: str | int | float) -> str:
    """As it would be typed: 7.0 is 7."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value)
