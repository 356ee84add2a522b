"""Looking at tasks: one for a poll, the unfinished ones, the history by keyset.

The poll is the hottest read of the product: one raw indexed SELECT (the ORM costs three times
that), and nothing else unless the task is still queued.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from accounts.actor import Actor
from generation import keyset, waiting
from generation.access import SUPERVISORS, parse_id
from generation.errors import NotFound
from generation.snapshot import (
    Label,
    OutputSnapshot,
    ProgressSnapshot,
    TaskSnapshot,
)
from generation.states import OutputState, TaskState, Verdict
from generation.storage import links

MAX_PAGE = 200


@dataclass(frozen=True)
class Page:
    items: list[TaskSnapshot]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Of a history; what is empty filters nothing."""

    dialect: str = ""
    checkpoint: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None


_FILTERS = {
    "dialect": "t.dialect = %(dialect)s",
    "checkpoint": "lower(t.checkpoint) = lower(%(checkpoint)s)",
    "created_after": "t.created_at >= %(created_after)s",
    "created_before": "t.created_at < %(created_before)s",
}


def task(
    actor: Actor, task_id: str | UUID, *, base_url: str = "", preview: bool = True, why: bool = True
) -> TaskSnapshot:
    """The task that the actor may open; NotFound otherwise. ``preview`` False leaves the picture
    of the running task out (and the database's hands); ``why`` False does not ask why a queued one
    waits, which counts the queue."""
    rows = _select(
        "t.id = %(id)s AND t.tenant_id = %(tenant)s AND "
        "(%(all)s OR t.user_id = %(user)s OR t.lineage = %(lineage)s)",
        _who(actor) | {"id": parse_id(task_id)},
        preview=preview,
    )
    return _only(rows, base_url, why=why)


def by_client_id(
    actor: Actor,
    client_id: str,
    *,
    since: datetime,
    base_url: str = "",
    preview: bool = True,
    kind: str = "",
) -> TaskSnapshot:
    """The newest task that the actor's key lineage made under its own id, of this kind if one is
    named. Finished tasks that were made before ``since`` are archived: NotFound. Why a queued one
    waits is not asked."""
    rows = _select(
        "t.lineage = %(lineage)s AND t.client_id = %(id)s AND t.tenant_id = %(tenant)s "
        "AND t.client_id <> '' AND (t.created_at >= %(since)s OR t.finished_at IS NULL)"
        + (" AND t.kind = %(kind)s" if kind else ""),
        _who(actor) | {"id": client_id, "since": since, "kind": kind},
        "ORDER BY t.created_at DESC LIMIT 1",
        preview=preview,
    )
    return _only(rows, base_url, why=False)


def by_id_alone(
    task_id: str | UUID, dialect: str, *, finished_since: datetime, base_url: str = ""
) -> TaskSnapshot:
    """Where an API makes the id the credential: the task of that dialect with this id, unless it
    finished before ``finished_since``."""
    rows = _select(
        "t.id = %(id)s AND t.dialect = %(dialect)s "
        "AND (t.finished_at IS NULL OR t.finished_at >= %(since)s)",
        {"id": parse_id(task_id), "dialect": dialect, "since": finished_since},
        preview=False,
    )
    return _only(rows, base_url)


def history(
    actor: Actor,
    *,
    cursor: str | None = None,
    limit: int = 24,
    base_url: str = "",
    state: TaskState | None = None,
    filters: Filters | None = None,
) -> Page:
    """The actor's own tasks, newest first. ``cursor`` is a former page's ``next_cursor``."""
    limit = max(1, min(limit, MAX_PAGE))
    parameters = _who(actor) | {"limit": limit + 1, "state": state and state.value}
    where = (
        "t.tenant_id = %(tenant)s AND (t.user_id = %(user)s OR t.lineage = %(lineage)s) "
        "AND t.hidden_at IS NULL AND t.kind NOT IN ('caption', 'preprocess')"
    )
    if state:
        where += " AND t.state = %(state)s"
    for name, value in vars(filters or Filters()).items():
        if value:
            where += f" AND {_FILTERS[name]}"
            parameters[name] = value
    if cursor:
        at, last = _parse_cursor(cursor)
        where += " AND (t.created_at, t.id) < (%(at)s, %(last)s)"
        parameters |= {"at": at, "last": last}
    rows = _select(where, parameters, "ORDER BY t.created_at DESC, t.id DESC LIMIT %(limit)s")
    onward = _cursor(rows[limit - 1]) if len(rows) > limit else None
    return Page([_snapshot(row, base_url) for row in rows[:limit]], onward)


def active(actor: Actor, *, base_url: str = "", cells: bool = True) -> list[TaskSnapshot]:
    """The actor's unfinished tasks, oldest first, each with its progress or why it waits.
    ``cells`` False leaves those of grids out."""
    rows = _select(
        "t.tenant_id = %(tenant)s AND (t.user_id = %(user)s OR t.lineage = %(lineage)s) "
        "AND t.state IN ('uploading', 'queued', 'claimed', 'running') AND t.hidden_at IS NULL "
        "AND t.kind <> 'preprocess' AND (%(cells)s OR t.grid_id IS NULL)",
        _who(actor) | {"cells": cells},
        "ORDER BY t.created_at LIMIT 50",
    )
    return [_snapshot(row, base_url) for row in rows]


def own(
    actor: Actor, ids: Sequence[UUID], *, base_url: str = "", why: bool = True
) -> list[TaskSnapshot]:
    """Those of these tasks that the actor made himself. ``why`` as in ``task``."""
    rows = _select(
        "t.id = ANY (%(ids)s) AND t.tenant_id = %(tenant)s "
        "AND (t.user_id = %(user)s OR t.lineage = %(lineage)s)",
        _who(actor) | {"ids": list(ids)},
    )
    return [_snapshot(row, base_url, why=why) for row in rows]


def these(actor: Actor, ids: Sequence[UUID], *, base_url: str = "") -> dict[UUID, TaskSnapshot]:
    """Those of these tasks that the actor may open, by id."""
    rows = _select(
        "t.id = ANY (%(ids)s) AND t.tenant_id = %(tenant)s "
        "AND (%(all)s OR t.user_id = %(user)s OR t.lineage = %(lineage)s)",
        _who(actor) | {"ids": list(ids)},
        preview=False,
    )
    return {row[0]: _snapshot(row, base_url, why=False) for row in rows}


def of_row(task_id: UUID, base_url: str) -> TaskSnapshot:
    """The task with this id, for the system itself (a callback's body): nobody is asked who he
    is."""
    return _only(_select("t.id = %(id)s", {"id": task_id}, preview=False), base_url, why=False)


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "tenant": actor.tenant_id,
        "user": actor.user_id,
        "lineage": actor.lineage,
        "all": actor.role in SUPERVISORS,
    }


def _select(
    where: str, parameters: dict[str, Any], tail: str = "", *, preview: bool = True
) -> list[tuple[Any, ...]]:
    text = f"{_WITH_PREVIEW if preview else _PLAIN} WHERE {where} {tail}"
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return list(cursor.fetchall())


def _only(rows: Sequence[tuple[Any, ...]], base_url: str, *, why: bool = True) -> TaskSnapshot:
    if not rows:
        raise NotFound("no such task")
    return _snapshot(rows[0], base_url, why=why)


_COLUMNS = """
SELECT t.id, t.client_id, t.dialect, t.kind, t.state, t.created_at, t.started_at, t.finished_at,
       t.request, t.images, t.price, t.spent, t.warnings, t.error_code, t.error_message,
       t.cancel_requested_at IS NOT NULL,
       p.fraction, p.step, p.steps, p.eta, {preview}, p.seq,
       CASE WHEN t.state = 'done' THEN (
           SELECT jsonb_agg(jsonb_build_object(
               'id', o.id, 'index', o.index, 'state', o.state, 'verdict', o.verdict,
               'labels', o.labels, 'placeholder', o.placeholder, 'format', o.format,
               'width', o.width, 'height', o.height, 'size', o.size, 'sha256', o.sha256,
               'seed', o.seed::text, 'infotext', o.infotext, 'qr', o.qr,
               'expires_at', extract(epoch FROM o.expires_at)) ORDER BY o.index)
           FROM generation_output o WHERE o.task_id = t.id AND o.hidden_at IS NULL) END
FROM generation_task t LEFT JOIN generation_progress p ON p.task_id = t.id AND t.state = 'running'
"""


_WITH_PREVIEW = _COLUMNS.format(preview="p.preview")
_PLAIN = _COLUMNS.format(preview="NULL::bytea")


def _snapshot(row: tuple[Any, ...], base_url: str, *, why: bool = True) -> TaskSnapshot:
    state = TaskState(row[4])
    return TaskSnapshot(
        id=row[0],
        client_id=row[1],
        dialect=row[2],
        kind=row[3],
        state=state,
        created_at=row[5],
        started_at=row[6],
        finished_at=row[7],
        request=orjson.loads(row[8]) if isinstance(row[8], str | bytes) else row[8],
        images=row[9],
        price=row[10],
        spent=row[11],
        warnings=tuple(row[12]),
        error_code=row[13],
        error_message=row[14],
        cancel_requested=row[15],
        progress=_progress(row[16:22]),
        waiting=waiting.why(row[0]) if why and state == TaskState.QUEUED else None,
        outputs=_outputs(row[22], base_url),
    )


def _progress(columns: Sequence[Any]) -> ProgressSnapshot | None:
    fraction, step, steps, eta, preview, seq = columns
    if fraction is None:
        return None
    return ProgressSnapshot(
        fraction=fraction,
        step=step,
        steps=steps,
        eta=eta,
        preview=bytes(preview) if preview is not None else None,
        seq=seq,
    )


def _outputs(column: Any, base_url: str) -> tuple[OutputSnapshot, ...]:
    if not column:
        return ()
    rows = orjson.loads(column) if isinstance(column, str | bytes) else column
    return tuple(_output(row, base_url) for row in rows)


def _output(row: dict[str, Any], base_url: str) -> OutputSnapshot:
    state = OutputState(row["state"])
    expires = datetime.fromtimestamp(float(row["expires_at"]), tz=UTC)
    visible = state == OutputState.VISIBLE
    output_id = UUID(row["id"])

    def address(variant: str, fmt: str) -> str:
        return base_url + links.sign(output_id, variant, expires, fmt) if visible else ""

    return OutputSnapshot(
        id=output_id,
        index=row["index"],
        state=state,
        verdict=Verdict(row["verdict"]),
        labels=tuple(Label(**label) for label in row["labels"]),
        url=address("image", row["format"]),
        thumbnail_url=address("thumbnail", "webp"),
        placeholder=row["placeholder"] if visible else "",
        format=row["format"],
        width=row["width"],
        height=row["height"],
        size=row["size"],
        sha256=row["sha256"],
        seed=int(row["seed"]),
        infotext=row["infotext"],
        qr=row["qr"] if visible else None,
        expires_at=expires,
    )


def _cursor(row: tuple[Any, ...]) -> str:
    return keyset.encode(row[5].isoformat(), row[0])


def _parse_cursor(cursor: str) -> tuple[datetime, UUID]:
    at, last = keyset.decode(cursor, 2)
    return keyset.instant(at), keyset.identity(last)
