"""Making a cover of a picture that was painted with the thing itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.actor import Actor
from accounts.models import User
from catalog import access as catalog
from catalog import covers
from catalog.kinds import Kind
from catalog.models import Entry
from generation import access, storage
from generation.errors import Forbidden, NotFound
from generation.models import Output
from generation.studio.doors import member
from generation.studio.model_wall.cards import KINDS


def may_cover(request: HttpRequest, actor: Actor, entry: Entry) -> bool:
    """Operators anything; who administers a tenant what is private to it."""
    user = request.user
    if isinstance(user, User) and user.is_staff and user.is_superuser:
        return True
    return entry.tenant_id == actor.tenant_id and actor.can("admin")


@require_POST
@member
def make_cover(request: HttpRequest, actor: Actor, kind: str, number: int) -> HttpResponseBase:
    """``picture``: an own one's address, ``<task>/<index>``. NotFound for what is not there,
    Forbidden to who may not."""
    entry = catalog.numbered(Kind(kind), actor.tenant_id, number) if kind in KINDS else None
    if entry is None:
        raise NotFound("no such model")
    if not may_cover(request, actor, entry):
        raise Forbidden("only who looks after it may change its cover")
    output = _picture(actor, request.POST.get("picture", ""))
    before = entry.cover_url
    entry.cover_url = covers.keep(storage.open_stored(output.file))
    entry.save(update_fields=["cover_url", "updated"])
    catalog.invalidate()
    covers.forget(before)
    return redirect("studio:model", kind, number)


def _picture(actor: Actor, text: str) -> Output:
    task_id, _slash, index = text.partition("/")
    if not (index.isascii() and index.isdigit() and len(index) < 5):
        raise NotFound("no such picture")
    own = access.own_tasks(actor).filter(pk=access.parse_id(task_id))
    found = Output.objects.visible().filter(task__in=own, index=int(index)).first()
    if found is None or not found.file:
        raise NotFound("no such picture")
    return found
