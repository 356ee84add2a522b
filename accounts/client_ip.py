"""Which address a request comes from.

Each proxy appends the address that it saw to ``X-Forwarded-For``, so the list is trustworthy only
from the right, and only as far as our own proxies reach: ``EASEL_TRUSTED_HOPS``. Whatever stands
further left was written by the caller.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """The address in plain form, or "" where it is unknown (a Unix socket, a broken header)."""
    hops: int = settings.EASEL_TRUSTED_HOPS
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if hops == 0:
        return _plain(peer)
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    chain = [part for part in forwarded.split(",") if part.strip()] + [peer]
    # Fewer entries than proxies: the request went past some of them; the leftmost is the caller.
    return _plain(chain[max(len(chain) - 1 - hops, 0)])


def _plain(text: str) -> str:
    """Without port, brackets and zone; IPv4 also where it came wrapped in IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)
