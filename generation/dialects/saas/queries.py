"""The bodies of the saas query calls, field by field. Pure."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator, model_validator

from generation.dialects.coercion import Integer, Text, Wire

IDS = ("businessTaskId", "id_task", "task_id", "taskId")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Paging(Wire):
    """0 and what is absent: the first page, ten rows."""

    pageSize: Integer = Field(10, ge=0, le=200)
    pageNum: Integer = Field(1, ge=0, le=1_000_000)


class ModelQuery(Paging):
    sdModelCheckpoint: Text = ""
    sdModelName: Text = ""


class LoraQuery(Paging):
    sdLoraName: Text = ""
    loraBaseModel: Text = ""


class VaeQuery(Paging):
    vaeFileName: Text = ""


class TaskQuery(Wire):
    """Any of the four names that the documents use for the id."""

    businessTaskId: Text = Field(min_length=1, max_length=128)

    @model_validator(mode="before")
    @classmethod
    def _any_name(cls, body: Any) -> Any:
        for name in IDS:
            value = body.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                value = str(value)
            if value:
                return body | {"businessTaskId": value}
        return {name: value for name, value in body.items() if name not in IDS}


class ArchiveQuery(TaskQuery):
    month: Text = ""

    @field_validator("month")
    @classmethod
    def _is_one(cls, value: str) -> str:
        if value and not (value.isascii() and _MONTH.fullmatch(value)):
            raise ValueError("expected a month: 2024-05")
        return value
