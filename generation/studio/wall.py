"""What stands beside every form of the studio: the unfinished tasks and the pictures."""

from __future__ import annotations

from typing import Any

from accounts.actor import Actor
from generation import albums, watch
from generation.errors import InvalidRequest, NotFound
from generation.studio import cards

PAGE = 24  # tasks


def live(actor: Actor) -> list[cards.LiveCard]:
    return [cards.live_card(found) for found in reversed(watch.active(actor, cells=False))]


def history(actor: Actor, cursor: str | None) -> dict[str, Any]:
    """NotFound for a cursor that is none of ours."""
    try:
        page = watch.history(actor, cursor=cursor, limit=PAGE)
    except InvalidRequest as error:
        raise NotFound("no such page") from error
    marked = albums.marked(actor, (output.id for task in page.items for output in task.outputs))
    return {"tiles": cards.tiles_of(page.items, marked), "next_cursor": page.next_cursor}
