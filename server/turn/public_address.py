"""Which IP addresses are public: those that no registry of IANA keeps for something else.

The lists are those of 2025-10-09. Ranges that are globally reachable, such as those of AS112, are kept out too: no
picture's host is in them. Python's own `is_global` differs from one release to the next.

- https://www.iana.org/assignments/iana-ipv4-special-registry
- https://www.iana.org/assignments/iana-ipv6-special-registry
- https://www.iana.org/assignments/ipv6-address-space: unicast addresses are those of 2000::/3, so far
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

SPECIAL_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a provider's customers
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocols of the IETF
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4, deprecated
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)

UNICAST_V6 = IPv6Network("2000::/3")
SPECIAL_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols of the IETF
            "2001:db8::/32",  # documentation
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
"""Those within `UNICAST_V6`. `64:ff9b:1::/48` is not: which address a local translator makes of it, only it knows."""

EMBEDDED_LAST = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96")))
"""Where the last 32 bits are an IPv4 address: compatible and mapped addresses, and those of NAT64."""

SIX_TO_FOUR = IPv6Network("2002::/16")
TEREDO = IPv6Network("2001::/32")
ISATAP = (0x00005EFE, 0x02005EFE)
"""The third quarter of an address of https://www.rfc-editor.org/rfc/rfc5214, whose last is an IPv4 address."""


def is_public(address: str) -> bool:
    """Whether an IP address is public. One that embeds an IPv4 address is as public as that one."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in SPECIAL_V4)
    embedded = _find_embedded(ip)
    if embedded is not None:
        return is_public(str(embedded))
    is_special = ip not in UNICAST_V6 or any(ip in network for network in SPECIAL_V6)
    return not is_special and (int(ip) >> 32 & 0xFFFFFFFF not in ISATAP or is_public(str(_take_bits(ip, 0))))


def _find_embedded(ip: IPv6Address) -> IPv4Address | None:
    if any(ip in network for network in EMBEDDED_LAST):
        return _take_bits(ip, 0)
    if ip in SIX_TO_FOUR:
        return _take_bits(ip, 80)
    return IPv4Address(~int(ip) & 0xFFFFFFFF) if ip in TEREDO else None


def _take_bits(ip: IPv6Address, first: int) -> IPv4Address:
    return IPv4Address(int(ip) >> first & 0xFFFFFFFF)
