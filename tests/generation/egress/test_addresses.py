"""Which addresses are public, and what an operator's exceptions cover."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from generation.addresses import Exceptions, is_public


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808",
     "2002:808:808::1"],
)  # fmt: skip
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("word", "host", "address", "port"),
    [
        ("127.0.0.1", "localhost", "127.0.0.1", 80),
        ("10.0.0.0/8", "a.example", "10.1.2.3", 443),
        ("10.1.2.3:8080", "a.example", "10.1.2.3", 8080),
        ("Inside.Example", "inside.example.", "10.0.0.1", 1),
        ("inside.example:81", "INSIDE.example", "10.0.0.1", 81),
        ("::1", "::1", "::1", 80),
        ("[::1]:8080", "::1", "::1", 8080),
    ],
)
def test_covered(word: str, host: str, address: str, port: int) -> None:
    assert Exceptions.parse([word]).cover(host, ip_address(address), port)


@pytest.mark.parametrize(
    ("word", "host", "address", "port"),
    [
        ("127.0.0.1", "x.example", "127.0.0.2", 80),
        ("10.1.2.3:8080", "a.example", "10.1.2.3", 80),
        ("inside.example:81", "inside.example", "10.0.0.1", 82),
        ("inside.example", "outside.inside.example", "10.0.0.1", 80),
        ("0.0.0.0/0", "x.example", "::1", 80),
    ],
)
def test_not_covered(word: str, host: str, address: str, port: int) -> None:
    assert not Exceptions.parse([word]).cover(host, ip_address(address), port)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
        "168.63.129.16", "169.254.169.254", "172.16.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1",
        "192.168.1.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2001:db8::1", "2001::1", "2002:7f00:1::1", "2002:a9fe:a9fe::", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "100::1", "5f00::1",
    ],
)  # fmt: skip
def test_inside(address: str) -> None:
    assert not is_public(ip_address(address))
