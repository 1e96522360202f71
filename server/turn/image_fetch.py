"""Fetching pictures from other hosts: only from those that the operator allows, and never from a private address.

An allowed name may still resolve to a private address (DNS rebinding). So the address is checked after it is resolved,
and the connection goes to exactly that address. Redirects are not followed, and no proxy is used.
"""

import asyncio
import contextlib
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

from server.errors import ImageNotFetched

CHUNK_BYTES = 64 * 1024
HEADERS = {"Accept": "image/*", "User-Agent": "minicpm-v-server"}
NUM_THREADS = 16
UNQUOTED = "%/?#[]@:!$&'()*+,;=~"
"""What RFC 3986 allows in a URL; everything else is quoted, as people paste URLs with spaces and Chinese in them."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses embedded in IPv6, RFC 6052."""


class _Connection(http.client.HTTPConnection):
    """A connection that another thread can abort. `open_socket` stays known when `http.client` drops its own."""

    open_socket: socket.socket | None = None
    is_aborted = False

    def connect(self) -> None:
        self.sock = self.open_socket = _connect(self.host, self.port, self.timeout)
        if self.is_aborted:
            self.close()
            raise TimeoutError


class _SecureConnection(_Connection):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        # the certificate must be the name's, whatever address it was resolved to
        self.sock = self.open_socket = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


@dataclass(frozen=True)
class PictureFetcher:
    """Fetches pictures of at most `max_bytes` within `limit_s` seconds each.

    `hosts` are the names of the allowed hosts; `*.example.com` allows all hosts beneath that name.
    """

    hosts: Collection[str]
    max_bytes: int
    limit_s: float
    threads: Executor = field(
        default_factory=lambda: ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="fetch"), repr=False
    )
    """Threads of their own, so that a slow host does not hold up the pictures that came with other requests."""

    async def fetch(self, url: str) -> bytes:
        """Return the bytes behind a URL. Raises `ImageNotFetched`."""
        parts = self._parse(url)
        connection = _open_connection(parts, self.limit_s)
        try:
            async with asyncio.timeout(self.limit_s):
                return await asyncio.get_running_loop().run_in_executor(self.threads, self._fetch, connection, parts)
        except TimeoutError as error:
            raise ImageNotFetched(f"it did not come within {self.limit_s:g} seconds") from error
        finally:
            _abort(connection)

    def _parse(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            host, _ = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise ImageNotFetched("the URL cannot be read") from error
        if parts.scheme not in ("http", "https") or not host:
            raise ImageNotFetched("it is neither a data URL nor one of http or https with a host")
        if parts.username is not None:
            raise ImageNotFetched("a URL with a user's name is not taken")
        if not any(host == allowed or (allowed[:2] == "*." and host.endswith(allowed[1:])) for allowed in self.hosts):
            raise ImageNotFetched(f"the host {host} is not among those that this server is allowed to ask")
        return parts

    def _fetch(self, connection: _Connection, parts: SplitResult) -> bytes:
        try:
            connection.request("GET", _quote_path(parts), headers=HEADERS)
            with connection.getresponse() as response:
                return self._read(response)
        except socket.gaierror as error:
            raise ImageNotFetched("the host's name is not known") from error
        except OSError as error:
            raise ImageNotFetched("the host cannot be reached") from error
        except (http.client.HTTPException, ValueError) as error:
            raise ImageNotFetched("the host does not answer as HTTP says") from error

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        if response.status != http.client.OK:
            raise ImageNotFetched(f"the host answers with status {response.status}; redirects are not followed")
        data = bytearray()
        while chunk := response.read1(CHUNK_BYTES):
            data += chunk
            if len(data) > self.max_bytes:
                raise ImageNotFetched(f"it is larger than {self.max_bytes:,} bytes")
        return bytes(data)


def is_public(address: str) -> bool:
    """Whether an IP address is public: not loopback, link-local, private, reserved or multicast.

    An IPv6 address that embeds an IPv4 address is as public as that one.
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if embedded is not None:
            return is_public(str(embedded))
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


def _quote_path(parts: SplitResult) -> str:
    return quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=UNQUOTED)


def _open_connection(parts: SplitResult, limit_s: float) -> _Connection:
    assert parts.hostname is not None, "_parse() has checked it"
    kind = _SecureConnection if parts.scheme == "https" else _Connection
    return kind(parts.hostname, parts.port, timeout=limit_s)


def _connect(host: str, port: int, timeout: float | None) -> socket.socket:
    """Connect to the first address of a host. Raises `ImageNotFetched` if any of its addresses is not public."""
    resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in resolved]
    if not addresses or not all(map(is_public, addresses)):
        raise ImageNotFetched(f"the host {host} leads to an address that is not public")
    return socket.create_connection((addresses[0], port), timeout)


def _abort(connection: _Connection) -> None:
    """Close a connection, even if another thread is still connecting or reading."""
    connection.is_aborted = True
    if connection.open_socket is not None:
        with contextlib.suppress(OSError):
            connection.open_socket.shutdown(socket.SHUT_RDWR)
    connection.close()
