"""Small views that show what the front door gives them, and how it answers for them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import include, path
from django.utils import translation

from accounts import request_id
from accounts.client_ip import client_ip
from generation.stream import Hub, Later, Waiting, sse

RUNNING: set[str] = set()


def show(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "method": request.method,
            "path": request.path,
            "query": request.GET.dict(),
            "body": request.body.decode(),
            "type": request.content_type,
            "session": hasattr(request, "session"),
            "client": client_ip(request),
            "header": request.headers.get("X-Thing"),
            "url": request.build_absolute_uri("/there"),
            "language": translation.get_language(),
            "request_id": request_id.current(),
        }
    )


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(0.3)
    return HttpResponse("slow")


def picture(request: HttpRequest) -> HttpResponse:
    file = Path(tempfile.gettempdir()) / "easel-door-picture.bin"
    file.write_bytes(b"0123456789" * 10_000)
    return FileResponse(file.open("rb"))  # type: ignore[return-value]


def pieces(request: HttpRequest) -> HttpResponse:
    return StreamingHttpResponse(iter([b"one ", b"two"]))  # type: ignore[return-value]


def events(request: HttpRequest, key: str) -> HttpResponse:
    async def produce(hub: Hub) -> AsyncIterator[bytes]:
        RUNNING.add(key)
        try:
            async with hub.watch(key) as wake:
                yield sse("hello", request_id.current())
                while True:
                    await wake.wait(30)
                    for change in wake.take():
                        yield sse("change", f"{change.task} {change.tenant}", id=change.seq)
        finally:
            RUNNING.discard(key)

    return Waiting(produce)


def running(request: HttpRequest) -> HttpResponse:
    return JsonResponse(sorted(RUNNING), safe=False)


def later(request: HttpRequest, key: str) -> HttpResponse:
    async def answer(hub: Hub) -> HttpResponse:
        async with hub.watch(key) as wake:
            woken = await wake.wait(20)
        return HttpResponse(f"woken {woken}", status=201)

    return Later(answer)


def broken(request: HttpRequest) -> HttpResponse:
    async def answer(hub: Hub) -> HttpResponse:
        raise ValueError("no such luck")

    return Later(answer)


urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("show", show),
    path("api/show", show),
    path("api/画", show),
    path("slow", slow),
    path("picture", picture),
    path("pieces", pieces),
    path("events/<key>", events),
    path("running", running),
    path("later/<key>", later),
    path("broken", broken),
]
