"""Fetching pictures from other hosts: only from those that the operator allows, and never from a private address.

The host that is compared with the allowed ones is also the one that is asked, in one form (`normalize_host`). An
allowed name may still resolve to a private address (DNS rebinding). So the address is checked after it is resolved, and
the connection goes to exactly that address. Redirects are not followed, and no proxy is used.
"""

import asyncio
import contextlib
import http.client
import re
import socket
import ssl
from collections.abc import Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, quote, urlsplit

from server.errors import ImageNotFetched
from server.settings.hosts import is_listed, normalize_host
from server.turn.public_address import is_public

CHUNK_BYTES = 64 * 1024
USER_AGENT = "minicpm-v-server"
NUM_THREADS = 16
UNQUOTED = "%/?#[]@:!$&'()*+,;=~"
"""What RFC 3986 allows in a URL; everything else is quoted, as people paste URLs with spaces and Chinese in them."""

HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:]+")
PORTS = {"http": http.client.HTTP_PORT, "https": http.client.HTTPS_PORT}


@dataclass(frozen=True)
class Location:
    """Where a picture is: `host` is as `normalize_host` writes it, `path` is quoted and has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises `ImageNotFetched`."""
        try:
            parts = urlsplit(url)
            host, port = normalize_host(parts.hostname or ""), parts.port
        except ValueError as error:
            raise ImageNotFetched("the URL cannot be read") from error
        if parts.scheme not in PORTS or not host:
            raise ImageNotFetched("it is neither a data URL nor one of http or https with a host")
        if parts.username is not None:
            raise ImageNotFetched("a URL with a user's name is not taken")
        if not HOST.fullmatch(host):
            raise ImageNotFetched("the URL has a host that is neither a name nor an address")
        return cls(parts.scheme, host, PORTS[parts.scheme] if port is None else port, _quote_path(parts))

    @property
    def is_on_default_port(self) -> bool:
        return self.port == PORTS[self.scheme]


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

    `hosts` are the allowed hosts; `*.example.com` allows all hosts beneath that name. `img.example.com:8080` allows
    that port, a host without a port those of http and https. `accept` is the kind of file that is asked for.
    """

    hosts: Collection[str]
    max_bytes: int
    limit_s: float
    accept: str = "image/*"
    threads: Executor = field(
        default_factory=lambda: ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="fetch"), repr=False
    )
    """Threads of their own, so that a slow host does not hold up the pictures that came with other requests."""

    async def fetch(self, url: str) -> bytes:
        """Return the bytes behind a URL. Raises `ImageNotFetched`."""
        location = Location.parse(url)
        self._check_host(location)
        connection = _open_connection(location, self.limit_s)
        try:
            async with asyncio.timeout(self.limit_s):
                return await asyncio.get_running_loop().run_in_executor(self.threads, self._fetch, connection, location)
        except TimeoutError as error:
            raise ImageNotFetched(f"it did not come within {self.limit_s:g} seconds") from error
        finally:
            _abort(connection)

    def _check_host(self, location: Location) -> None:
        """Raise `ImageNotFetched` unless the host is allowed with its port."""
        ports = {str(location.port), *([""] if location.is_on_default_port else [])}
        names = [host for host, port in map(_split_port, self.hosts) if port in ports]
        if not is_listed(location.host, names):
            shown = location.host if location.is_on_default_port else f"{location.host} with port {location.port}"
            raise ImageNotFetched(f"the host {shown} is not among those that this server is allowed to ask")

    def _fetch(self, connection: _Connection, location: Location) -> bytes:
        try:
            connection.request("GET", location.path, headers={"Accept": self.accept, "User-Agent": USER_AGENT})
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


def _split_port(allowed: str) -> tuple[str, str]:
    """Return an allowed host in its normal form, and its port, empty where it has none."""
    host, colon, port = allowed.rpartition(":")
    has_port = colon and (host.endswith("]") or ":" not in host)
    return (normalize_host(host), port) if has_port else (normalize_host(allowed), "")


def _quote_path(parts: SplitResult) -> str:
    return quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=UNQUOTED)


def _open_connection(location: Location, limit_s: float) -> _Connection:
    kind = _SecureConnection if location.scheme == "https" else _Connection
    return kind(location.host, location.port, timeout=limit_s)


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
