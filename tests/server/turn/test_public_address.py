"""Which addresses are public: every range of the registries at its ends, and what is just beside it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

import pytest

from server.turn.public_address import is_public

REGISTERED = (
    *("0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/31"),
    *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.88.99.2/32", "192.168.0.0/16"),
    *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("255.255.255.255/32", "::1/128", "::/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64"),
    *("100:0:0:1::/64", "2001::/23", "2001::/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48"),
    *("2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32"),
    *("2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
)
EMBEDDED = ("::{}", "::ffff:{}", "64:ff9b::{}", "2606:4700::5efe:{}", "2606:4700::200:5efe:{}")


@pytest.mark.parametrize("network", REGISTERED)
def test_no_range_of_the_registries_is_public(network: str) -> None:
    first, last = ip_network(network)[0], ip_network(network)[-1]
    assert not is_public(str(first))
    assert not is_public(str(last))


@pytest.mark.parametrize(
    "address",
    [
        *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"),
        *("169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0"),
        *("192.0.1.255", "192.0.3.0", "192.31.195.255", "192.31.197.0", "192.52.192.255", "192.52.194.0"),
        *("192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "192.175.47.255", "192.175.49.0"),
        *("198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0"),
        *("223.255.255.255", "2000::1", "2000:ffff::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::"),
        *("2620:4f:7fff::", "2620:4f:8001::", "3ffe:ffff::", "3fff:1000::", "2606:2800:220:1::1"),
    ],
)
def test_what_is_beside_a_range_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("form", EMBEDDED)
@pytest.mark.parametrize("inner", ["8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254", "192.88.99.1", "224.0.0.1"])
def test_an_embedded_address_counts(form: str, inner: str) -> None:
    assert is_public(form.format(inner)) == (inner == "8.8.8.8")


@pytest.mark.parametrize("inner", ["8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254"])
def test_an_address_embedded_by_6to4_and_teredo_counts(inner: str) -> None:
    number = int(IPv4Address(inner))
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80) | 1)
    teredo = IPv6Address(int(IPv6Network("2001::/32")[0]) | (0x41_36_E3_78 << 64) | (number ^ 0xFFFFFFFF))
    assert six_to_four.sixtofour == IPv4Address(inner)
    assert (teredo.teredo or ())[1:] == (IPv4Address(inner),)
    assert is_public(str(six_to_four)) == is_public(str(teredo)) == (inner == "8.8.8.8")


@pytest.mark.parametrize("address", ["64:ff9b:1::8.8.8.8", "::ffff:0:8.8.8.8", "4000::1", "fe80::1%eth0", "a000::1"])
def test_addresses_of_no_global_network_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_an_address_of_isatap_is_not_public_in_a_network_that_is_not() -> None:
    assert not is_public("fd00::5efe:8.8.8.8")
