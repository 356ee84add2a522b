"""/api/v1/images: pictures by themselves, across tasks."""

from __future__ import annotations

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from generation import deletion, gallery, storage
from generation.dialects.door import base_url
from generation.dialects.native import wire
from generation.dialects.native.schema import describes
from generation.dialects.native.view import NativeView, actor_of, query
from generation.dialects.native.wire_calls import ContentQuery, ImageQuery
from generation.dialects.native.wire_shapes import ImageDetail, ImagePage
from generation.models import Output
from generation.picture_file import CONTENT_TYPES
from generation.sending import send


class ImagesView(NativeView):
    @describes("List images", ImagePage, query=ImageQuery, tag="images")
    def get(self, request: Request) -> Response:
        """Your own pictures that may be seen, newest first."""
        asked = query(ImageQuery, request)
        filters = gallery.Filters(
            task=asked.task,
            checkpoint=asked.checkpoint,
            format=asked.format or "",
            created_after=asked.created_after,
            created_before=asked.created_before,
            prompt=asked.prompt,
        )
        page = gallery.page(
            actor_of(request),
            filters,
            cursor=asked.cursor,
            limit=asked.limit,
            base_url=base_url(request._request),
        )
        items = [wire.image(each) for each in page.items]
        return Response({"items": items, "next_cursor": page.next_cursor})


class ImageView(NativeView):
    @describes("Get an image's metadata", ImageDetail, tag="images")
    def get(self, request: Request, image_id: UUID) -> Response:
        """With the request that made it and the text that stands in the file."""
        found = gallery.one(actor_of(request), image_id, base_url(request._request))
        detail = {"request": found.request, "parameters": found.snapshot.infotext}
        return Response(wire.image(found) | detail)

    @describes("Delete an image", None, status=204, tag="images")
    def delete(self, request: Request, image_id: UUID) -> Response:
        """With its files; the last one of a task takes the task along."""
        deletion.delete_picture(actor_of(request), image_id)
        return Response(status=204)


class ImageContentView(NativeView):
    @describes(
        "Download an image",
        query=ContentQuery,
        also={(200, "image/*"): OpenApiTypes.BINARY, 206: None, 304: None, 416: None},
        tag="images",
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponseBase:
        """The bytes, with ETag and Range; the credential is the caller's own."""
        asked = query(ContentQuery, request)
        output = gallery.file(actor_of(request), image_id)
        return _bytes(request, output, asked.variant == "thumbnail", asked.download)


def _bytes(request: Request, output: Output, small: bool, download: bool) -> HttpResponseBase:
    name = output.thumbnail if small else output.file
    fmt = "webp" if small else output.format
    etag = f'"{output.sha256}{"-thumb" if small else ""}"'
    response = send(request._request, name, storage.size(name), etag, CONTENT_TYPES[fmt])
    response["Cache-Control"] = "private, max-age=3600"
    if download and response.status_code in (200, 206):
        response["Content-Disposition"] = f'attachment; filename="easel-{output.pk}.{fmt}"'
    return response
