"""Names and addresses of hosts: one form for each, and the lists of them that settings hold."""

import ipaddress
from collections.abc import Iterable

HOST = (r"(\*\.)?[^\s/:*]+|[0-9a-fA-F:]+", "chat.example.com")
"""The pattern of a host in a list, and an example. A scheme or a port is refused: no host would ever match it."""

PORT = r"([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
HOST_WITH_PORT = (
    rf"((\*\.)?[^\s/:*\[\]]+|\[[0-9a-fA-F:.]+\])(:{PORT})?|(?=.*:.*:)[0-9a-fA-F:.]+",
    "img.example.com or img.example.com:8443",
)
"""The same with a port, where it is not the one of http or https. An address of IPv6 with a port is in brackets."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def normalize_host(host: str) -> str:
    """Return a name in small ASCII letters without a dot at its end, and an address in its shortest form."""
    bare = host.lower().removesuffix(".").strip("[]")
    address = parse_address(bare)
    if address is not None:
        return str(address)
    try:
        return bare if bare.isascii() else bare.encode("idna").decode().lower()
    except UnicodeError:
        return bare


def parse_address(host: str) -> Address | None:
    """Return an IP address, the embedded one for an IPv4 address that is mapped to IPv6; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_listed(host: str, names: Iterable[str]) -> bool:
    """Whether a list has a host, or `*.` and a name that it is beneath. All are as `normalize_host` writes them."""
    return any(host == name or (name[:2] == "*." and host.endswith(name[1:])) for name in names)
