from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest

from accounts.client_ip import client_ip


def request(peer: str, forwarded: str | None = None) -> HttpRequest:
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = peer
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return request


def test_without_a_proxy_it_is_the_peer(settings: Any) -> None:
    settings.EASEL_TRUSTED_HOPS = 0
    assert client_ip(request("198.51.100.7", "203.0.113.1")) == "198.51.100.7"


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "192.0.2.66, 203.0.113.1", "203.0.113.1"),  # the left one is the caller's own writing
        (2, "192.0.2.66, 203.0.113.1, 10.0.0.2", "203.0.113.1"),
        (2, "203.0.113.1", "203.0.113.1"),  # one proxy went around another
        (1, "", "198.51.100.7"),
        (1, "203.0.113.1:4711", "203.0.113.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "::ffff:203.0.113.1", "203.0.113.1"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_behind_proxies_it_is_what_the_outermost_of_ours_saw(
    settings: Any, hops: int, forwarded: str, expected: str
) -> None:
    settings.EASEL_TRUSTED_HOPS = hops
    assert client_ip(request("198.51.100.7", forwarded)) == expected


@pytest.mark.parametrize("forwarded", ["unknown", "203.0.113.1, nonsense", "1.2.3", "[", "::::"])
def test_what_is_no_address_is_unknown(settings: Any, forwarded: str) -> None:
    settings.EASEL_TRUSTED_HOPS = 1
    assert client_ip(request("198.51.100.7", forwarded)) == ""


def test_a_unix_socket_has_no_address(settings: Any) -> None:
    settings.EASEL_TRUSTED_HOPS = 0
    assert client_ip(request("")) == ""
