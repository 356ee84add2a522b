"""/api/v1/catalog: what a task can name."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from catalog import access as catalog
from catalog.kinds import Kind, folded
from generation.dialects.door import base_url
from generation.dialects.native.schema import describes
from generation.dialects.native.view import NativeView, actor_of, answer, query
from generation.dialects.native.wire_calls import CatalogQuery, catalog_page
from generation.dialects.native.wire_shapes import CatalogEntry, CatalogPage

KINDS = {
    "checkpoints": Kind.CHECKPOINT,
    "loras": Kind.LORA,
    "vaes": Kind.VAE,
    "embeddings": Kind.EMBEDDING,
    "controlnets": Kind.CONTROLNET,
    "upscalers": Kind.UPSCALER,
    "styles": Kind.STYLE,
}


class CatalogView(NativeView):
    kind: Kind | None = None

    @describes("List the catalog", CatalogPage, query=CatalogQuery, tag="catalog")
    def get(self, request: Request) -> Response:
        """What your organisation may name, what can be had now first."""
        assert self.kind is not None
        asked = query(CatalogQuery, request)
        found = catalog.rows(
            self.kind,
            actor_of(request).tenant_id,
            {"title_contains": asked.q, "base_model": asked.base_model},
            catalog.Page(catalog_page(asked.cursor), asked.limit),
            online_only=asked.online,
        )
        more = found.page.number * found.page.size < found.total
        return answer(
            CatalogPage(
                items=[CatalogEntry.of(row, base_url(request._request)) for row in found.rows],
                total=found.total,
                next_cursor=str(found.page.number + 1) if more else None,
            )
        )


class SamplersView(NativeView):
    @describes("List samplers", CatalogPage, query=CatalogQuery, tag="catalog")
    def get(self, request: Request) -> Response:
        asked = query(CatalogQuery, request)
        names = catalog.sampler_names(actor_of(request).tenant_id)
        found = [name for name in names if folded(asked.q) in folded(name)]
        number = catalog_page(asked.cursor)
        end = number * asked.limit
        return answer(
            CatalogPage(
                items=[CatalogEntry.of_name(name) for name in found[end - asked.limit : end]],
                total=len(found),
                next_cursor=str(number + 1) if end < len(found) else None,
            )
        )
