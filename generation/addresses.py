"""Which network addresses may be reached from here: pure rules, no look-ups.

Everything that is not plain public unicast is inside: private, loopback, link-local (with the
clouds' metadata), shared, multicast, reserved and documentation networks, and IPv6 forms that
carry such an IPv4 address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291: all that is assigned for public use
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# Public by the registry, yet never a caller's server: 6to4 relays (RFC 7526) and the address at
# which every Azure machine finds its host.
_NEVER = (IPv4Network("192.88.99.0/24"), IPv4Network("168.63.129.16/32"))


def is_public(address: Address) -> bool:
    """Whether a stranger's URL may lead to this address."""
    if isinstance(address, IPv4Address):
        return (
            address.is_global
            and not address.is_multicast
            and not address.is_reserved
            and not any(address in network for network in _NEVER)
        )
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return address in _GLOBAL_UNICAST and address.is_global and not address.is_multicast


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def literal(host: str) -> Address | None:
    """The address that ``host`` spells in the usual form, or None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


@dataclass(frozen=True)
class Exceptions:
    """What an operator lets through: ``host``, ``address``, ``network``, each with or without
    ``:port`` (an IPv6 address with a port in brackets)."""

    hosts: frozenset[tuple[str, int | None]]
    networks: tuple[tuple[Network, int | None], ...]

    @classmethod
    def parse(cls, words: Iterable[str]) -> Self:
        hosts: set[tuple[str, int | None]] = set()
        networks: list[tuple[Network, int | None]] = []
        for word in words:
            name, port = _split_port(word)
            try:
                networks.append((ip_network(name, strict=False), port))
            except ValueError:
                hosts.add((plain(name), port))
        return cls(frozenset(hosts), tuple(networks))

    def cover(self, host: str, address: Address, port: int) -> bool:
        host = plain(host)
        if (host, None) in self.hosts or (host, port) in self.hosts:
            return True
        return any(
            address.version == network.version and address in network and only in (None, port)
            for network, only in self.networks
        )


def plain(host: str) -> str:
    """A name as it is compared: lower case, without the root's dot."""
    return host.lower().rstrip(".")


def _split_port(word: str) -> tuple[str, int | None]:
    if word.startswith("["):
        name, _, port = word[1:].partition("]")
        return name, int(port[1:]) if port.startswith(":") else None
    name, _, port = word.rpartition(":")
    if name and ":" not in name and port.isdigit():
        return name, int(port)
    return word, None
