"""The hosts that business tools may call, and which address a call goes to."""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from server.settings.hosts import is_listed, normalize_host
from server.turn.public_address import is_public

PORTS = {"http": 80, "https": 443}
NUM_RESOLVERS = 8

Resolved = Sequence[tuple[int, int, int, str, tuple[Any, ...]]]


class HostUnreachable(Exception):
    """A host has no address, or none that may be called; nothing was sent."""


@dataclass(frozen=True)
class AllowedHosts:
    """The operator's list: `shop.example.com`, `127.0.0.1:8090`, `*.example.com`; without a port it is 80 or 443.

    An address of the own machine or of a private network is called only under a name that stands in the list itself.
    """

    listed: tuple[tuple[str, str], ...]
    resolvers: Executor = field(
        default_factory=lambda: ThreadPoolExecutor(NUM_RESOLVERS, "resolve"), repr=False, compare=False
    )
    """Threads of their own: a slow name server holds up calls of tools, and nothing else."""

    @classmethod
    def of(cls, items: Iterable[str]) -> "AllowedHosts":
        """Make the list of the items of the setting."""
        return cls(tuple(map(_split_port, items)))

    def has(self, scheme: str, host: str, port: int) -> bool:
        """Whether a host may be called on a port."""
        return is_listed(normalize_host(host), self._list_names(scheme, port))

    async def resolve(self, scheme: str, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses that a call may go to. Raises `HostUnreachable`.

        All of a name's addresses are checked, and the call goes to one of those that are returned, so that a name
        which resolves otherwise a moment later changes nothing.
        """
        loop = asyncio.get_running_loop()
        try:
            resolved = await loop.run_in_executor(self.resolvers, look_up, host, port)
        except (OSError, UnicodeError) as error:
            raise HostUnreachable("the name of its host is not known") from error
        addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in resolved))
        is_named = normalize_host(host) in self._list_names(scheme, port)
        if not addresses or not (is_named or all(map(is_public, addresses))):
            raise HostUnreachable("the name of its host leads to an address that is not public")
        return addresses

    def _list_names(self, scheme: str, port: int) -> list[str]:
        ports = {str(port), *([""] if port == PORTS[scheme] else [])}
        return [host for host, listed in self.listed if listed in ports]


def look_up(host: str, port: int) -> Resolved:
    """Return the addresses of a host as the system knows them. Raises `OSError` and `UnicodeError`."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _split_port(item: str) -> tuple[str, str]:
    """Return a host in its normal form, and its port, empty where it has none; bare addresses of IPv6 have colons."""
    host, colon, port = item.strip().lower().rpartition(":")
    has_port = bool(colon) and (host.endswith("]") or ":" not in host)
    return (normalize_host(host), port) if has_port else (normalize_host(item), "")
