"""What a preprocessor sees, shown in its unit: a task on the normal road that paints nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import Actor
from generation import uploads, watch
from generation.errors import EaselError, InvalidRequest, NotFound
from generation.request import ImageRef, ImageRequest, Init
from generation.studio import quoting, sentences
from generation.studio.doors import member
from generation.studio.sources import keeping, units
from generation.studio.sources.able import SAME, able
from generation.submit import Order

DIALECT = "native"


@require_POST
@member
def ask(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Asks for the map of the unit whose number the form sends as ``unit``."""
    number = request.POST.get("unit", "")
    if number not in map(str, range(units.MOST)):
        raise NotFound("no such unit")
    context: dict[str, Any] = {"number": number}
    try:
        receipt = keeping.submit(_order(actor, int(number), request))
        context |= _state(actor, receipt.task_id)
    except EaselError as error:
        context["problem"] = sentences.of_error(error)
    return _shown(request, actor, context)


@require_safe
@never_cache
@member
def look(request: HttpRequest, actor: Actor, task_id: UUID) -> HttpResponseBase:
    number = request.GET.get("unit", "")
    if number not in map(str, range(units.MOST)):
        raise NotFound("no such unit")
    return _shown(request, actor, _state(actor, task_id) | {"number": number})


def _order(actor: Actor, number: int, request: HttpRequest) -> Order:
    form = units.PreviewForm(number, able(actor), request.POST)
    if not form.is_valid():
        raise InvalidRequest(_("Correct what is marked in this unit first."))
    chosen = form.source or request.POST.get("init", "")
    if not chosen:
        raise InvalidRequest(_("Choose a picture to steer by."))
    try:
        upload = uploads.find(actor, chosen)
    except NotFound as error:
        text = _("This picture is not there any more. Choose it again.")
        raise InvalidRequest(text) from error
    looked = form.preprocess(upload)
    if looked.module == SAME:
        raise InvalidRequest(_("There is nothing to look at: the picture is taken as it is."))
    image = Init(image=ImageRef(stored=upload.file))
    asked = ImageRequest(init=image, preprocess=looked)
    return Order(actor=actor, request=asked, dialect=DIALECT)


def _state(actor: Actor, task_id: UUID) -> dict[str, Any]:
    """NotFound for a task of another kind: its results are no maps."""
    task = watch.task(actor, task_id)
    if task.kind != "preprocess":
        raise NotFound("no such preview")
    output = next(iter(task.outputs), None)
    problem = ""
    if task.is_final and (output is None or not output.url):
        failed = sentences.of_code(task.error_code, task.error_message)
        problem = failed or _("The content check found something that may not be shown here.")
    return {"task": task, "output": output, "problem": problem}


def _shown(request: HttpRequest, actor: Actor, context: dict[str, Any]) -> HttpResponseBase:
    context["balance"] = quoting.balance_of(actor)
    return render(request, "studio/sources/_preview.html", context)
