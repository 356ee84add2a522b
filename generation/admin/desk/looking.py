"""The dashboard: the first page of the admin, and the fragment that it asks for again.

Everybody sees what his permissions let him see in the lists below it.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from generation.admin.desk import figures
from generation.models import Maintenance

REASONS = {
    "backend_down": _("no server that could do it is up"),
    "backend_draining": _("its servers are being drained"),
    "no_worker": _("no worker is alive"),
    "tenant_limit": _("its tenant runs as many as it may"),
    "key_limit": _("its key runs as many as it may"),
    "retry": _("a try failed, the next is near"),
    "behind_others": _("it is behind others"),
}
STATES = {
    "off": _("off"),
    "down": _("down"),
    "broken": _("breaker open"),
    "draining": _("draining"),
    "up": _("up"),
}
_MINE = {
    "queue": "generation.view_task",
    "leases": "generation.view_task",
    "hours": "generation.view_task",
    "failures": "generation.view_task",
    "servers": "generation.view_backend",
    "clusters": "generation.view_clusterbeat",
    "space": "generation.view_backend",
}


def context(request: HttpRequest) -> dict[str, Any]:
    """The figures that this operator may see; the others are absent."""
    user = request.user
    seen = {
        name: getattr(figures, name)()
        for name, permission in _MINE.items()
        if user.has_perm(permission)
    }
    return {
        "desk": seen,
        "attention": figures.attention(),
        "maintenance": Maintenance.objects.select_related("user").first(),
        "reason_words": [
            (REASONS.get(name, name), count)
            for name, count in (seen["queue"].reasons.items() if "queue" in seen else ())
        ],
        "images_today": sum(hour.images for hour in seen.get("hours", ())),
        "state_words": STATES,
        "most": figures.MOST,
    }


@require_safe
def fragment(request: HttpRequest) -> HttpResponse:
    response = render(request, "admin/desk/_desk.html", context(request))
    response["Cache-Control"] = "no-store"
    return response
