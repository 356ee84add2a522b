"""Addresses of the desk, below /admin/. Each is for staff; each view asks for its permission."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.admin import AdminSite
from django.http import HttpResponseBase
from django.urls import URLPattern, path

from generation.admin.desk import acting, crediting, looking, reviewing, switching

View = Callable[..., HttpResponseBase]
_VIEWS: dict[str, tuple[str, View]] = {
    "desk": ("desk/", looking.fragment),
    "desk_backend": ("desk/backends/<int:pk>/<slug:verb>/", switching.backend),
    "desk_read": ("desk/backends/read/", switching.read_all),
    "desk_tenant": ("desk/tenants/<int:pk>/switch/", switching.tenant),
    "desk_maintenance": ("desk/maintenance/", switching.maintenance),
    "desk_credits": ("desk/tenants/<int:pk>/credits/", crediting.credits),
    "desk_review": ("desk/review/", reviewing.queue),
    "desk_decide": ("desk/review/decide/", reviewing.decide),
    "desk_picture": ("desk/review/<uuid:pk>/", reviewing.picture),
    "desk_look": ("desk/review/<uuid:pk>/look/", reviewing.look),
    "desk_bytes": ("desk/review/<uuid:pk>/bytes/", reviewing.seen),
    "desk_blur": ("desk/review/<uuid:pk>/blur/", reviewing.blurred),
    "desk_act": ("desk/users/<int:pk>/act/", acting.begin),
    "desk_act_end": ("desk/act/end/", acting.end),
}


def urls(site: AdminSite) -> list[URLPattern]:
    return [path(where, site.admin_view(view), name=name) for name, (where, view) in _VIEWS.items()]
