"""Sign-in by OpenID Connect: what allauth is told about the operator's provider."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import env


def providers(url: str) -> dict[str, Any]:
    """For ``SOCIALACCOUNT_PROVIDERS``. ``url``: the issuer, below which stands
    ``/.well-known/openid-configuration``; "" for no provider."""
    if not url:
        return {"openid_connect": {"APPS": []}}
    if not url.startswith(("https://", "http://")):
        raise ImproperlyConfigured(f"EASEL_OIDC_URL: expected an address, got {url!r}")
    client = env.text("EASEL_OIDC_CLIENT_ID")
    if not client:
        raise ImproperlyConfigured("EASEL_OIDC_CLIENT_ID: needed with EASEL_OIDC_URL")
    app = {
        "provider_id": env.text("EASEL_OIDC_ID", "oidc"),
        "name": env.text("EASEL_OIDC_NAME", "OpenID Connect"),
        "client_id": client,
        "secret": env.secret("EASEL_OIDC_CLIENT_SECRET"),
        "settings": {"server_url": url},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
