"""The lists, what a picture's file says of itself, and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from accounts.actor import Actor
from generation import picture_file, storage
from generation.dialects.door import reply
from generation.dialects.sdwebui.doorway import body_as, serves
from generation.dialects.sdwebui.wire_extras import PngInfoRequest, PngInfoResponse
from generation.dialects.sdwebui.wire_scripts import picture
from generation.errors import Forbidden, InvalidRequest, NotConfigured
from generation.wording import infotext

View = Callable[[HttpRequest], HttpResponse]


def listing(rows: Callable[[Actor], Any]) -> View:
    """GET: the rows as JSON."""

    @serves("GET")
    def view(request: HttpRequest, actor: Actor) -> HttpResponse:
        found = rows(actor)
        if isinstance(found, BaseModel):
            return reply(found.model_dump())
        plain = [row.model_dump() for row in found] if isinstance(found, list) else found
        return reply(plain)

    return view


def forbidden(name: str) -> View:
    """What would touch the servers that others paint on too."""

    @serves("POST")
    def view(request: HttpRequest, actor: Actor) -> HttpResponse:
        raise Forbidden(f"{name} is not allowed: the servers are shared")

    return view


def not_served(name: str) -> View:
    """What no server of this installation can do."""

    @serves("POST")
    def view(request: HttpRequest, actor: Actor) -> HttpResponse:
        raise NotConfigured(f"{name} is not served here")

    return view


@serves("POST")
def refreshed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The catalog follows the servers by itself: there is nothing to refresh."""
    return reply(None)


@serves("POST")
def png_info(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the picture was made with, as its file says."""
    data = picture(body_as(PngInfoRequest, request).image, "image")
    try:
        picture_file.load(data)
        text = storage.read_parameters(data)
    except ValueError as error:
        raise InvalidRequest(f"Invalid image: {error}", field="image") from error
    items = {"parameters": text} if text else {}
    return reply(PngInfoResponse(info=text, items=items, parameters=_parsed(text)).model_dump())


def _parsed(text: str) -> dict[str, str]:
    """WebUI's own names; a size in two parts."""
    if not text:
        return {}
    found = infotext.parse(text)
    parsed = {"Prompt": found.prompt, "Negative prompt": found.negative_prompt}
    for name, value in found.parameters.items():
        wide, times, high = value.partition("x")
        if times and wide.isdecimal() and high.isdecimal():
            parsed |= {f"{name}-1": wide, f"{name}-2": high}
        else:
            parsed[name] = value
    return parsed
