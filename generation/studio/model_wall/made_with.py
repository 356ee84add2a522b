"""A person's own pictures that were made with one thing of the catalog."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from django.db.models import Q

from accounts.actor import Actor
from catalog.kinds import Kind
from catalog.models import Entry
from generation import access, needs, watch
from generation.models import Task
from generation.states import OutputState, TaskState
from generation.studio import cards

EXAMPLES = 12  # pictures
_RECENT = 2000  # tasks among which they are looked for


def made_with(actor: Actor, entry: Entry) -> list[cards.Tile]:
    """The newest ones, of the person's last ``_RECENT`` tasks."""
    recent = access.own_tasks(actor).shown().order_by("-created_at", "-id").values("pk")[:_RECENT]
    done = Task.objects.filter(_USES.get(entry.KIND, _needed)(entry), pk__in=recent)
    newest = done.filter(state=TaskState.DONE).order_by("-created_at", "-id")
    ids = list(newest.values_list("pk", flat=True)[:EXAMPLES])
    tasks = sorted(watch.own(actor, ids), key=lambda task: ids.index(task.id))
    shown = [tile for task in tasks if _has_picture(task.outputs) for tile in cards.tiles(task)]
    return [tile for tile in shown if tile.kind == "picture"][:EXAMPLES]


def _needed(entry: Entry) -> Q:
    """What a server must have for it is among the task's needs."""
    return Q(needs__contains=[needs.word(entry.KIND, entry.name)])


def _styled(entry: Entry) -> Q:
    """A style's words are written into the prompt, so its name stands where it was asked for."""
    return Q(raw__styles__contains=[entry.name]) | Q(raw__styles__contains=[entry.simplify_name])


def _enlarged(entry: Entry) -> Q:
    """By the second pass of a picture, or as work of its own."""
    return _needed(entry) | Q(request__hires__upscaler__iexact=entry.name)


def _written(entry: Entry) -> Q:
    """An embedding is a word of one of the prompts."""
    word = rf"(^|[^[:alnum:]_]){re.escape(entry.simplify_name)}($|[^[:alnum:]_])"
    return Q(request__prompt__iregex=word) | Q(request__negative_prompt__iregex=word)


_USES: dict[Kind, Callable[[Entry], Q]] = {
    Kind.STYLE: _styled,
    Kind.UPSCALER: _enlarged,
    Kind.EMBEDDING: _written,
}


def _has_picture(outputs: Sequence[object]) -> bool:
    return any(getattr(output, "state", None) == OutputState.VISIBLE for output in outputs)
