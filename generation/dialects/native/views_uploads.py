"""/api/v1/uploads: a picture is sent once and named in tasks by its id."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from generation import storage, uploads
from generation.dialects.door import BodyTooLarge
from generation.dialects.native import wire
from generation.dialects.native.schema import describes
from generation.dialects.native.view import (
    NativeView,
    actor_of,
    answer,
    query,
    raw_body,
    read,
    with_rate,
)
from generation.dialects.native.wire_calls import Paged, UploadBody
from generation.dialects.native.wire_shapes import UploadOut, UploadPage
from generation.errors import InvalidRequest

_BODIES: dict[str, Any] = {
    "application/json": UploadBody,
    "image/png": OpenApiTypes.BINARY,
    "image/jpeg": OpenApiTypes.BINARY,
    "image/webp": OpenApiTypes.BINARY,
}


class UploadsView(NativeView):
    @describes("Upload a picture", UploadOut, status=201, body=_BODIES, tag="uploads")
    def post(self, request: Request) -> Response:
        """PNG, JPEG or WebP, to 20 MB and 64 megapixels: as the whole body (Content-Type
        image/…), as the file ``image`` of a form, or as base64 in JSON."""
        actor = actor_of(request)
        kept = uploads.keep(actor, _picture(request))
        return with_rate(answer(UploadOut.model_validate(kept), 201), actor)

    @describes("List uploads", UploadPage, query=Paged, tag="uploads")
    def get(self, request: Request) -> Response:
        asked = query(Paged, request)
        page = uploads.page(actor_of(request), cursor=asked.cursor, limit=asked.limit)
        items = [UploadOut.model_validate(each) for each in page.items]
        return answer(UploadPage(items=items, next_cursor=page.next_cursor))


class UploadView(NativeView):
    @describes("Get an upload", UploadOut, tag="uploads")
    def get(self, request: Request, upload_id: UUID) -> Response:
        return answer(UploadOut.model_validate(uploads.find(actor_of(request), upload_id)))

    @describes("Delete an upload", None, status=204, tag="uploads")
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Tasks that used it keep their own copy."""
        uploads.delete(actor_of(request), upload_id)
        return Response(status=204)


def _picture(request: Request) -> bytes:
    kind = (request._request.content_type or "").lower()
    if kind == "multipart/form-data":
        return _file(request._request)
    if kind.startswith("image/") or kind == "application/octet-stream":
        return raw_body(request)
    return wire.image_bytes(read(UploadBody, request).image, "image")


def _file(request: HttpRequest) -> bytes:
    try:
        file = request.FILES.get("image")
    except RequestDataTooBig as error:
        raise BodyTooLarge("the body is too large") from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise InvalidRequest("the form cannot be read") from error
    if file is None:
        raise InvalidRequest("image: the form holds no such file", field="image")
    if (file.size or 0) > storage.MAX_INPUT_BYTES:
        raise InvalidRequest("image: the picture is larger than 20 MB", field="image")
    return bytes(file.read())
