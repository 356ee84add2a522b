"""The history of one person, or of a whole tenant: found by words and marks, in pages by key.

Two looks. The nearest WALK tasks are read in order and sifted: what is frequent fills a page there,
and an index of words would have to sort all of it. What does not fill a page there is rare, or far
away: then the index of the words is asked, and what it answers is sorted. So neither a word that
everybody uses nor one that nobody used costs more than a look at a few thousand rows, whatever the
planner believes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import connection

from accounts.actor import Actor
from generation import albums, keyset, watch, words
from generation.access import SUPERVISORS, Whose
from generation.snapshot import OutputSnapshot, TaskSnapshot
from generation.states import OutputState, Verdict

WALK = 2000
State = Literal["", "fine", "flagged", "blocked", "unpainted"]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is empty filters nothing. ``genre``: one of words.Genre, or "grid". ``favourites`` and
    ``album`` are the looker's own."""

    text: str = ""
    checkpoint: str = ""
    genre: str = ""
    shape: str = ""
    state: State = ""
    since: datetime | None = None
    before: datetime | None = None
    favourites: bool = False
    album: int | None = None
    oldest_first: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A task and those of its pictures that the filters let through."""

    task: TaskSnapshot
    outputs: tuple[OutputSnapshot, ...]
    favourites: frozenset[UUID]  # ids of those of its pictures that the looker has marked


@dataclass(frozen=True, kw_only=True)
class Page:
    entries: list[Entry]
    next_cursor: str | None
    before: datetime | None  # when the last task of the page before was made


def page(actor: Actor, whose: Whose, filters: Filters, *, cursor: str | None, limit: int) -> Page:
    """Up to ``limit`` tasks that have ended. ``cursor`` is a former page's ``next_cursor`` under
    the same filters; InvalidRequest where it is none. Albums are looked up by their owner's
    ``albums.one`` before they come here."""
    place = _place(cursor) if cursor else None
    at = place[0] if place else None
    asked = words.query(filters.text)
    if filters.text.strip() and not asked.terms:
        return Page(entries=[], next_cursor=None, before=at)
    found = _Search(actor, whose, filters, asked, place, limit + 1).rows()
    onward = None
    if len(found) > limit:
        last_id, last_at = found[limit - 1]
        onward = keyset.encode(last_at.isoformat(), last_id)
    ids = [task_id for task_id, _at in found[:limit]]
    return Page(entries=_entries(actor, filters, ids), next_cursor=onward, before=at)


def _place(cursor: str) -> tuple[datetime, UUID]:
    at, last = keyset.decode(cursor, 2)
    return keyset.instant(at), keyset.identity(last)


def _entries(actor: Actor, filters: Filters, ids: list[UUID]) -> list[Entry]:
    tasks = watch.these(actor, ids)
    outputs = [output.id for task in tasks.values() for output in task.outputs]
    marked = albums.marked(actor, outputs)
    only = marked if filters.favourites else frozenset(outputs)
    if filters.album is not None:
        only &= albums.inside(filters.album, outputs)
    return [
        Entry(
            task=task,
            outputs=tuple(
                output
                for output in task.outputs
                if output.id in only and _passes(output, filters.state)
            ),
            favourites=marked,
        )
        for task in (tasks[task_id] for task_id in ids if task_id in tasks)
    ]


def _passes(output: OutputSnapshot, state: State) -> bool:
    shown = output.state == OutputState.VISIBLE
    if state == "fine":
        return shown and output.verdict == Verdict.ALLOW
    if state == "flagged":
        return shown and output.verdict == Verdict.FLAG
    if state == "blocked":
        return not shown and output.verdict == Verdict.BLOCK
    return True


class _Search:
    """The statement for one page, and its two looks."""

    def __init__(
        self,
        actor: Actor,
        whose: Whose,
        filters: Filters,
        asked: words.Query,
        place: tuple[datetime, UUID] | None,
        limit: int,
    ) -> None:
        self._filters = filters
        self._in_collection = filters.favourites or filters.album is not None
        user_id = whose.user_id
        if self._in_collection and user_id == actor.user_id and actor.role in SUPERVISORS:
            user_id = None  # what he marked or put together may be a member's
        self._values: dict[str, Any] = {
            "tenant": whose.tenant_id,
            "user": user_id,
            "me": actor.user_id,
            "album": filters.album,
            "since": filters.since,
            "before": filters.before,
            "limit": limit,
            "walk": WALK,
        }
        self._walked = self._walk_conditions(place)
        self._sifted = self._sift_conditions(asked)

    def rows(self) -> list[tuple[UUID, datetime]]:
        order = "ASC" if self._filters.oldest_first else "DESC"
        ordered = f"ORDER BY created_at {order}, id {order}"
        walked, sifted = " AND ".join(self._walked), " AND ".join(self._sifted)
        if self._in_collection:
            every = " AND ".join([*self._walked, *self._sifted])
            return self._run(
                f"SELECT t.id, t.created_at FROM {self._collection(order)} c "
                f"JOIN generation_task t ON t.id = c.task_id WHERE {every} "
                f"ORDER BY c.made_at {order}, c.task_id {order} LIMIT %(limit)s"
            )
        if not sifted:
            text = f"SELECT t.id, t.created_at FROM generation_task t WHERE {walked}"
            return self._run(f"{text} {ordered} LIMIT %(limit)s")
        near = self._run(
            f"SELECT t.id, t.created_at FROM (SELECT * FROM generation_task t WHERE {walked} "
            f"{ordered} LIMIT %(walk)s) t WHERE {sifted} {ordered} LIMIT %(limit)s"
        )
        if len(near) == self._values["limit"]:
            return near
        return self._run(
            "WITH found AS MATERIALIZED (SELECT t.id, t.created_at FROM generation_task t "
            f"WHERE {walked} AND {sifted}) "
            f"SELECT id, created_at FROM found {ordered} LIMIT %(limit)s"
        )

    def _run(self, text: str) -> list[tuple[UUID, datetime]]:
        with connection.cursor() as cursor:
            cursor.execute(text, self._values)
            return list(cursor.fetchall())

    def _walk_conditions(self, place: tuple[datetime, UUID] | None) -> list[str]:
        """What the history's own index answers, or nearly every task fulfils."""
        filters, found = self._filters, [_SHOWN, "t.tenant_id = %(tenant)s"]
        unpainted = filters.state == "unpainted"
        found.append("t.state IN ('failed', 'cancelled')" if unpainted else "t.state = 'done'")
        if self._values["user"] is not None:
            found.append("t.user_id = %(user)s")
        if filters.since:
            found.append("t.created_at >= %(since)s")
        if filters.before:
            found.append("t.created_at < %(before)s")
        if filters.state == "fine":
            found.append(_STATES["fine"])
        if place:
            self._values |= {"at": place[0], "last": place[1]}
            sign = ">" if filters.oldest_first else "<"
            found.append(f"(t.created_at, t.id) {sign} (%(at)s, %(last)s)")
        return found

    def _sift_conditions(self, asked: words.Query) -> list[str]:
        """What may be rare."""
        filters, found = self._filters, []
        if terms := [*asked.terms, *self._marks()]:
            self._values["words"] = " & ".join([self._scope(), *terms])
            found.append("t.words @@ %(words)s::tsquery")
        if filters.genre == "grid":
            found.append("t.grid_id IS NOT NULL")
        if filters.state in ("flagged", "blocked"):
            found.append(_STATES[filters.state])
        if filters.album is not None and filters.favourites:
            found.append(_MARKED)
        for number, phrase in enumerate(asked.phrases):
            self._values[f"phrase{number}"] = phrase
            text = f"lower(normalize(t.request->>'prompt', NFKC)), %(phrase{number})s"
            found.append(f"strpos({text}) > 0")
        return found

    def _marks(self) -> list[str]:
        filters, marks = self._filters, []
        if filters.checkpoint:
            marks.append(words.model(filters.checkpoint))
        if filters.genre and filters.genre != "grid":
            marks.append(words.genre(filters.genre))
        if filters.shape:
            marks.append(words.shape(filters.shape))
        return [words.quoted(mark) for mark in marks]

    def _scope(self) -> str:
        tenant_id, user_id = self._values["tenant"], self._values["user"]
        mark = words.tenant(tenant_id) if user_id is None else words.person(tenant_id, user_id)
        return words.quoted(mark)

    def _collection(self, order: str) -> str:
        """Each task once. In the order of the page, or the planner sorts all of them."""
        if self._filters.album is not None:
            which = "generation_albumentry WHERE album_id = %(album)s"
        else:
            which = "generation_favourite WHERE tenant_id = %(tenant)s AND user_id = %(me)s"
        if "last" in self._values:
            sign = ">" if self._filters.oldest_first else "<"
            which += f" AND (made_at, task_id) {sign} (%(at)s, %(last)s)"
        return (
            f"(SELECT DISTINCT ON (made_at, task_id) made_at, task_id FROM {which} "
            f"ORDER BY made_at {order}, task_id {order})"
        )


_SHOWN = "t.hidden_at IS NULL AND t.kind NOT IN ('caption', 'preprocess')"
_OF_TASK = "EXISTS (SELECT 1 FROM generation_output o WHERE o.task_id = t.id"
_KEPT = "o.hidden_at IS NULL)"
_STATES = {
    "fine": f"{_OF_TASK} AND o.state = 'visible' AND o.verdict = 'allow' AND {_KEPT}",
    "flagged": f"{_OF_TASK} AND o.state = 'visible' AND o.verdict = 'flag' AND {_KEPT}",
    "blocked": f"{_OF_TASK} AND o.state <> 'visible' AND o.verdict = 'block' AND {_KEPT}",
}
_MARKED = """EXISTS (SELECT 1 FROM generation_favourite f WHERE f.task_id = t.id
    AND f.tenant_id = %(tenant)s AND f.user_id = %(me)s)"""
