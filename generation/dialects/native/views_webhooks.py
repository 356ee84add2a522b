"""/api/v1/webhooks: receivers of events, their secrets, their log."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from generation import webhooks
from generation.dialects.native.schema import describes
from generation.dialects.native.view import NativeView, actor_of, answer, query, read
from generation.dialects.native.wire_calls import (
    ChangeWebhook,
    CreateWebhook,
    DeliveryQuery,
    Paged,
    webhook_changes,
)
from generation.dialects.native.wire_shapes import (
    DeliveryDetail,
    DeliveryOut,
    DeliveryPage,
    NewWebhookOut,
    WebhookOut,
    WebhookPage,
)
from generation.models.delivery import DeliveryState


def _shown_once(made: webhooks.NewSecret) -> Response:
    shown = NewWebhookOut(webhook=WebhookOut.of(made.endpoint), secret=made.secret)
    response = answer(shown, 201)
    response["Cache-Control"] = "no-store"
    return response


class WebhooksView(NativeView):
    @describes("Create a webhook", NewWebhookOut, status=201, body=CreateWebhook, tag="webhooks")
    def post(self, request: Request) -> Response:
        """The secret is in this answer and nowhere else."""
        asked = webhook_changes(read(CreateWebhook, request))
        return _shown_once(webhooks.create(actor_of(request), **asked))

    @describes("List webhooks", WebhookPage, query=Paged, tag="webhooks")
    def get(self, request: Request) -> Response:
        asked = query(Paged, request)
        page = webhooks.page(actor_of(request), cursor=asked.cursor, limit=asked.limit)
        items = [WebhookOut.of(each) for each in page.items]
        return answer(WebhookPage(items=items, next_cursor=page.next_cursor))


class WebhookView(NativeView):
    @describes("Get a webhook", WebhookOut, tag="webhooks")
    def get(self, request: Request, webhook_id: UUID) -> Response:
        return answer(WebhookOut.of(webhooks.find(actor_of(request), webhook_id)))

    @describes("Change a webhook", WebhookOut, body=ChangeWebhook, tag="webhooks")
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        """What is absent stays. ``enabled`` true also forgets former failures."""
        changes = webhook_changes(read(ChangeWebhook, request))
        return answer(WebhookOut.of(webhooks.change(actor_of(request), webhook_id, changes)))

    @describes("Delete a webhook", None, status=204, tag="webhooks")
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        """With its log."""
        webhooks.delete(actor_of(request), webhook_id)
        return Response(status=204)


class RotateWebhookView(NativeView):
    @describes("Rotate a webhook's secret", NewWebhookOut, status=201, tag="webhooks")
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """The former secret signs too for 24 hours."""
        return _shown_once(webhooks.rotate(actor_of(request), webhook_id))


class DeliveriesView(NativeView):
    @describes("List deliveries", DeliveryPage, query=DeliveryQuery, tag="webhooks")
    def get(self, request: Request, webhook_id: UUID) -> Response:
        """What was sent and what came back, newest first."""
        asked = query(DeliveryQuery, request)
        page = webhooks.log(
            actor_of(request),
            webhook_id,
            cursor=asked.cursor,
            limit=asked.limit,
            state=DeliveryState(asked.state) if asked.state else None,
        )
        items = [DeliveryOut.of(each) for each in page.items]
        return answer(DeliveryPage(items=items, next_cursor=page.next_cursor))


class DeliveryView(NativeView):
    @describes("Get a delivery", DeliveryDetail, tag="webhooks")
    def get(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        """With the body that is sent."""
        found = webhooks.delivery(actor_of(request), webhook_id, delivery_id)
        return answer(DeliveryDetail.with_body(found))


class RedeliverView(NativeView):
    @describes("Send a delivery again", DeliveryOut, status=202, tag="webhooks")
    def post(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        """The same body under the same webhook-id, from the first attempt."""
        found = webhooks.send_again(actor_of(request), webhook_id, delivery_id)
        return answer(DeliveryOut.of(found), 202)
