"""Pictures that come with the form itself: how a browser without scripts sends them."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from accounts.actor import Actor
from generation import storage, uploads
from generation.errors import EaselError, InvalidRequest
from generation.studio import sentences
from generation.studio.sources import keeping

FILE = "_file"  # behind the name of the field that the picture is for


def with_files(actor: Actor, request: HttpRequest) -> tuple[QueryDict, dict[str, str]]:
    """What was sent, with the uploads that its files became; and by field what was wrong with a
    file."""
    if not request.FILES:
        return request.POST, {}
    sent: QueryDict = request.POST.copy()
    problems: dict[str, str] = {}
    for name in ("init", "mask"):
        try:
            data = picked(request, name + FILE)
            if data and name == "init":
                sent["init"], sent["mask"] = str(keeping.keep(actor, data).pk), ""
            elif data and sent.get("init"):
                like = uploads.find(actor, str(sent["init"]))
                sent["mask"] = str(keeping.keep_mask(actor, data, like).pk)
        except EaselError as error:
            problems[name] = sentences.of_error(error)
    return sent, problems


def picked(request: HttpRequest, name: str) -> bytes:
    """The bytes of a file of the form; none where it has no such file. InvalidRequest: too
    large."""
    file = request.FILES.get(name)
    if file is None:
        return b""
    if (file.size or 0) > storage.MAX_INPUT_BYTES:
        raise InvalidRequest(_("the picture is larger than 20 MB"), field="image")
    return bytes(file.read())
