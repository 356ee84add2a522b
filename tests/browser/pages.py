"""Every page that has an address of its own: read from the map of addresses, so that a new page
is looked at without being named here."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# No pages: files, streams, fragments, calls of programs, and what answers by going elsewhere.
NO_PAGES = (
    "accounts/2fa/webauthn/login/", "accounts/2fa/webauthn/signup/", "accounts/inactive/",
    "accounts/logout/", "accounts/social/", "account/usage.csv", "language/", "studio/events",
    "studio/models", "studio/recent", "studio/suggest", "studio/tasks", "admin/jsi18n/",
    "admin/autocomplete/", "admin/logout/", "docs/openapi/",
)  # fmt: skip
DOORS = ("", "accounts/", "account/", "studio/", "docs/", "admin/")


def paths() -> list[str]:
    """Those without a parameter, below the doors that a person opens."""
    found = {path for path in _walk(get_resolver(), "") if path.startswith(DOORS[1:]) or not path}
    kept = {path for path in found if path not in NO_PAGES and not path.endswith(".csv")}
    return sorted(f"/{path}" for path in kept)


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern).replace("^", "").replace("$", "").replace("\\Z", "")
        if "<" in route or "(" in route:
            continue
        if isinstance(each, URLResolver):
            yield from _walk(each, route)
        elif isinstance(each, URLPattern):
            yield route
