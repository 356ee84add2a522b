"""The addresses behind the form's pictures: who, one verb, an answer.

POST  studio/sources                a file (``image``), a picture of the history (``source``) or a
                                    mask (``image`` and ``like``) → what the form needs of it
GET   studio/sources?ids=…          the same of pictures that the form still names
GET   studio/sources/<id>/<variant> its bytes, or a small picture of it
GET   studio/sources/history        recent pictures to choose from
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actor import Actor
from generation import picture_file, storage, uploads, watch
from generation.errors import EaselError, InvalidRequest, NotFound
from generation.models import Upload
from generation.picture_file import CONTENT_TYPES
from generation.sending import send
from generation.storage import previews
from generation.studio import cards, sentences
from generation.studio.doors import member
from generation.studio.sources import keeping
from generation.studio.sources.plainly import picked

MOST_IDS = 16
PAGE = 24  # tasks
_DAY = 86_400


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member
def sources(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    if request.method != "POST":
        ids = [text for text in request.GET.get("ids", "").split(",") if text][:MOST_IDS]
        found = keeping.find_many(actor, ids)
        return JsonResponse({"sources": [_told(each) for each in found]})
    try:
        return JsonResponse(_told(_kept(request, actor)), status=201)
    except NotFound:
        text = _("This picture is not there any more.")
        return JsonResponse({"error": text}, status=404)
    except EaselError as error:
        return JsonResponse({"error": sentences.of_error(error)}, status=422)


@require_safe
@member
def picture(request: HttpRequest, actor: Actor, upload_id: UUID, variant: str) -> HttpResponseBase:
    """An upload never changes, so a browser may keep it."""
    upload = uploads.find(actor, upload_id)
    if variant == "thumbnail":
        response: HttpResponseBase = _thumbnail(upload)
    elif variant != "picture":
        raise NotFound("no such variant")
    else:
        kind = CONTENT_TYPES[upload.format]
        response = send(request, upload.file, upload.size, f'"{upload.sha256}"', kind)
    response["Cache-Control"] = f"private, max-age={_DAY}, immutable"
    return response


@require_safe
@never_cache
@member
def history(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    try:
        page = watch.history(actor, cursor=request.GET.get("cursor"), limit=PAGE)
    except InvalidRequest as error:
        raise NotFound("no such page") from error
    tiles = [
        {"source": f"{task.id}/{output.index}", "output": output, "label": cards.prompt_of(task)}
        for task in page.items
        for output in task.outputs
        if output.thumbnail_url
    ]
    context = {"tiles": tiles, "next_cursor": page.next_cursor}
    return render(request, "studio/sources/_history.html", context)


def _kept(request: HttpRequest, actor: Actor) -> Upload:
    data = _file(request)
    if like := request.POST.get("like"):
        return keeping.keep_mask(actor, data, uploads.find(actor, like))
    if source := request.POST.get("source"):
        return keeping.keep_output(actor, source)
    return keeping.keep(actor, data)


def _file(request: HttpRequest) -> bytes:
    """The bytes of ``image``; none where the form has no such file."""
    try:
        return picked(request, "image")
    except RequestDataTooBig as error:
        raise InvalidRequest(_("the picture is larger than 20 MB"), field="image") from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise InvalidRequest(_("the picture did not come whole"), field="image") from error


def _told(upload: Upload) -> dict[str, Any]:
    def address(variant: str) -> str:
        return reverse("studio:source", args=[upload.pk, variant])

    return {
        "id": str(upload.pk),
        "width": upload.width,
        "height": upload.height,
        "url": address("picture"),
        "thumbnail": address("thumbnail"),
    }


def _thumbnail(upload: Upload) -> HttpResponse:
    data = storage.open_stored(upload.file)
    image = picture_file.load(data, near=previews.THUMBNAIL_SIDE)
    small, _image = previews.thumbnail(image)
    return HttpResponse(small, content_type="image/webp")
