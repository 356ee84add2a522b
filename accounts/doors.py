"""Open doors: dialects whose clients send no credential, open to addresses an operator named.

A door is an ``ApiKey`` of a kind of ``OPEN_DOORS``: tenant, user, limits, expiry and revocation
are a key's. No door is open by default.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Network, IPv6Network, ip_address

from accounts.admission import admit, networks_of
from accounts.credentials import refused
from accounts.errors import EaselError
from accounts.models import ApiKey, KeyKind
from accounts.verified import Verified, remembered


def through(kind: KeyKind, address: str) -> Verified:
    """Raises Unauthenticated where no door of this kind is open to the address."""
    if not address:
        raise refused()
    digest = hashlib.sha256(f"{kind}\0{address}".encode()).digest()
    return remembered(digest, lambda: _look_up(kind, address))


def _look_up(kind: KeyKind, address: str) -> Verified:
    """Where several are open to it, the narrowest, then the oldest."""
    own = ip_address(address)
    found: list[tuple[int, int, ApiKey]] = []
    doors = ApiKey.objects.filter(kind=kind, revoked_at=None).select_related("tenant", "user")
    for door in doors:
        widths = [net.prefixlen for net in _networks(door) if own in net]
        if widths:
            found.append((-max(widths), door.pk, door))
    if not found:
        raise refused()
    door = min(found)[2]
    return admit(door, "open_door", door.expires_at)


def _networks(door: ApiKey) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return networks_of(door)
    except EaselError:  # a broken row is a closed door, not the end of the others
        return ()
