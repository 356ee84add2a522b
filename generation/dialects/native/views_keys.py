"""/api/v1/keys: credentials of programs and the policy of each."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import key_management as keys
from accounts.keys import NewKey
from accounts.models import KeyKind
from generation.dialects.native.schema import describes
from generation.dialects.native.view import NativeView, actor_of, answer, query, read
from generation.dialects.native.wire_calls import (
    ChangeKey,
    CreateKey,
    KeyQuery,
    policy,
    row_number,
)
from generation.dialects.native.wire_shapes import KeyOut, KeyPage, NewKeyOut


def _shown_once(made: NewKey) -> Response:
    response = answer(NewKeyOut(key=KeyOut.of(made.key), secret=made.secret), 201)
    response["Cache-Control"] = "no-store"
    return response


class KeysView(NativeView):
    @describes("Create a key", NewKeyOut, status=201, body=CreateKey, tag="keys")
    def post(self, request: Request) -> Response:
        """The secret is in this answer and nowhere else. A key that is narrowed itself makes
        none."""
        asked = read(CreateKey, request)
        sent = policy(asked)
        sent.pop("name", None)
        return _shown_once(keys.create(actor_of(request), KeyKind(asked.kind), asked.name, sent))

    @describes("List keys", KeyPage, query=KeyQuery, tag="keys")
    def get(self, request: Request) -> Response:
        """Your own; owners and admins see all of the organisation's. Newest first."""
        asked = query(KeyQuery, request)
        rows = keys.visible(actor_of(request)).select_related("user")
        if not asked.revoked:
            rows = rows.filter(revoked_at=None)
        if (before := row_number(asked.cursor)) is not None:
            rows = rows.filter(pk__lt=before)
        found = list(rows.order_by("-id")[: asked.limit + 1])
        onward = str(found[asked.limit - 1].pk) if len(found) > asked.limit else None
        items = [KeyOut.of(key) for key in found[: asked.limit]]
        return answer(KeyPage(items=items, next_cursor=onward))


class KeyView(NativeView):
    @describes("Get a key", KeyOut, tag="keys")
    def get(self, request: Request, key_id: int) -> Response:
        return answer(KeyOut.of(keys.find(actor_of(request), key_id)))

    @describes("Change a key", KeyOut, body=ChangeKey, tag="keys")
    def patch(self, request: Request, key_id: int) -> Response:
        """Name and policy; what is absent stays."""
        sent = policy(read(ChangeKey, request))
        return answer(KeyOut.of(keys.change(actor_of(request), key_id, sent)))

    @describes("Revoke a key", None, status=204, tag="keys")
    def delete(self, request: Request, key_id: int) -> Response:
        keys.revoke(actor_of(request), key_id)
        return Response(status=204)


class RotateKeyView(NativeView):
    @describes("Rotate a key", NewKeyOut, status=201, tag="keys")
    def post(self, request: Request, key_id: int) -> Response:
        """A new secret under the same policy, budget and lineage; the old key ends now."""
        return _shown_once(keys.rotate(actor_of(request), key_id))
