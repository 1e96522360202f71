"""Pictures from other hosts: only from those that the operator allows, and never from an address of the inside.

A name that is allowed may still lead to a private address (DNS rebinding), so what is checked is the address that is
connected to, and it is connected to as checked. Redirects are not followed, and no proxy is asked.
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
NUM_THREADS = 16
UNQUOTED = "%/?#[]@:!$&'()*+,;=~"
"""What may stand in a URL as it is, RFC 3986; people paste URLs with spaces and Chinese in them."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses written in IPv6, RFC 6052."""


class _Connection(http.client.HTTPConnection):
    """`wire` is the socket also when `http.client` has handed its own on to the response."""

    wire: socket.socket | None = None
    is_given_up = False

    def connect(self) -> None:
        self.sock = self.wire = _connect(self.host, self.port, self.timeout)
        if self.is_given_up:
            self.close()
            raise TimeoutError


class _SecureConnection(_Connection):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """The certificate is asked for by the name, whatever address it led to."""
        super().connect()
        self.sock = self.wire = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


@dataclass(frozen=True)
class PictureFetcher:
    """`hosts` are names, `*.example.com` for all beneath one; a picture has `max_bytes`, and comes within `limit_s`."""

    hosts: Collection[str] = ()
    max_bytes: int = 20 * 2**20
    limit_s: float = 10.0
    threads: Executor = field(
        default_factory=lambda: ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="fetch"), repr=False
    )
    """Their own: a host that is slow must not hold up the pictures that others have sent."""

    async def fetch(self, url: str) -> bytes:
        """Raises `ImageNotFetched`."""
        parts = self._check(url)
        connection = _connection(parts, self.limit_s)
        try:
            async with asyncio.timeout(self.limit_s):
                return await asyncio.get_running_loop().run_in_executor(self.threads, self._fetch, connection, parts)
        except TimeoutError as error:
            raise ImageNotFetched(f"it did not come within {self.limit_s:g} seconds") from error
        finally:
            _hang_up(connection)

    def _check(self, url: str) -> SplitResult:
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
            connection.request("GET", _target(parts), headers={"Accept": "image/*", "User-Agent": "minicpm-v-server"})
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
    """No address of the inside: loopback, link-local, private, reserved, multicast, or one of those inside IPv6."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


def _target(parts: SplitResult) -> str:
    return quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=UNQUOTED)


def _connection(parts: SplitResult, limit_s: float) -> _Connection:
    assert parts.hostname is not None, "checked before"
    kind = _SecureConnection if parts.scheme == "https" else _Connection
    return kind(parts.hostname, parts.port, timeout=limit_s)


def _connect(host: str, port: int, timeout: float | None) -> socket.socket:
    """Refuses a name any of whose addresses is of the inside, and connects to an address, not to the name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    if not addresses or not all(map(is_public, addresses)):
        raise ImageNotFetched(f"the host {host} leads to an address that is not public")
    return socket.create_connection((addresses[0], port), timeout)


def _hang_up(connection: _Connection) -> None:
    """From another thread than the one that may still be connecting or reading: it must not go on."""
    connection.is_given_up = True
    if connection.wire is not None:
        with contextlib.suppress(OSError):
            connection.wire.shutdown(socket.SHUT_RDWR)
    connection.close()
