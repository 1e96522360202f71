"""Calls of tools over HTTP: to the allowed host alone, within a time and a size, and with a clear end.

A call that was refused before anything was sent has failed. One that broke off after that may have had an effect, so
its end is unknown. Redirects are not followed, no proxy of the environment is used, and the connection goes to the
address that was checked.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import msgspec

from server.tools.declaration import HttpEndpoint
from server.tools.hosts import AllowedHosts, HostUnreachable
from server.tools.http_request import ArgumentRefused, Location, RequestLine, build_request
from server.tools.result import ToolResult

USER_AGENT = "minicpm-v-server"
REFUSALS = range(400, 500)
"""The statuses of requests without an effect; behind a redirect, or an error of the server, there may have been one."""


@dataclass(frozen=True)
class HttpCall:
    """A tool at an HTTP endpoint. `headers` hold secrets. A result has at most `max_bytes`."""

    endpoint: HttpEndpoint
    location: Location
    headers: Mapping[str, str] = field(repr=False)
    hosts: AllowedHosts
    max_bytes: int

    async def call(self, arguments: Mapping[str, Any], limit_s: float, idempotency_key: str | None) -> ToolResult:
        """Send the request and return how it ended, within `limit_s` seconds or the endpoint's own limit."""
        exchange = _Exchange(self, idempotency_key)
        limit_s = min(limit_s, self.endpoint.timeout_s or limit_s)
        try:
            line = build_request(self.location, self.endpoint, arguments)
            async with asyncio.timeout(limit_s):
                return await exchange.run(line)
        except (ArgumentRefused, HostUnreachable) as error:
            return ToolResult("failed", error=str(error))
        except TimeoutError:
            return exchange.end(f"no answer came within {limit_s:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return exchange.end(f"the connection failed: {type(error).__name__}")


class _Exchange:
    """One request and its answer. `is_sent` becomes true before the first byte of the request leaves."""

    def __init__(self, call: HttpCall, idempotency_key: str | None) -> None:
        self._call = call
        self._key = idempotency_key
        self.is_sent = False

    def end(self, cause: str) -> ToolResult:
        """Return the result of an exchange that broke off."""
        return ToolResult("unknown" if self.is_sent else "failed", error=cause)

    async def run(self, line: RequestLine) -> ToolResult:
        """Ask at each address of the host until one takes the connection, and return what it says."""
        location = self._call.location
        *others, last = await self._call.hosts.resolve(location.scheme, location.host, location.port)
        for address in others:
            with suppress(httpx.ConnectError):
                return await self._ask(line, address)
        return await self._ask(line, last)

    async def _ask(self, line: RequestLine, address: str) -> ToolResult:
        async with self._send(line, address) as response:
            status = f"it answers with status {response.status_code}"
            if not (response.is_success or response.status_code in REFUSALS):
                return self.end(status)
            try:
                data = _decode(await self._read(response))
            except _Unreadable as error:
                return self.end(str(error)) if response.is_success else ToolResult("failed", error=status)
        return ToolResult("done", data) if response.is_success else ToolResult("failed", data, status)

    @asynccontextmanager
    async def _send(self, line: RequestLine, address: str) -> AsyncIterator[httpx.Response]:
        """Open a connection of its own: kept ones may be closed by then, and are known by their address alone."""
        location = self._call.location
        url = httpx.URL(scheme=location.scheme, host=address, port=location.port, raw_path=line.target.encode())
        tls = await asyncio.to_thread(load_tls) if location.scheme == "https" else False
        extensions = {"trace": self._note, "sni_hostname": location.host}
        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None, verify=tls) as client,
            client.stream(
                self._call.endpoint.method, url, headers=self._headers(line), content=line.body, extensions=extensions
            ) as response,
        ):
            yield response

    def _headers(self, line: RequestLine) -> dict[str, str]:
        """Return the headers. A packed answer is not taken, as its size would only be known unpacked."""
        own = {
            "Host": self._call.location.authority,
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if line.body is not None:
            own["Content-Type"] = "application/json"
        if self._key is not None:
            own["Idempotency-Key"] = self._key
        return {**self._call.headers, **own}

    async def _note(self, event: str, info: Mapping[str, Any]) -> None:  # noqa: ARG002
        self.is_sent |= event.endswith("send_request_headers.started")

    async def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise _Unreadable("its answer is packed")
        data = bytearray()
        async for chunk in response.aiter_raw():
            data += chunk
            if len(data) > self._call.max_bytes:
                raise _Unreadable(f"its answer is larger than {self._call.max_bytes:,} bytes")
        return bytes(data)


class _Unreadable(Exception):
    """An answer came that cannot be used."""


def _decode(body: bytes) -> Any:
    """Return the value of a JSON body, None for an empty one."""
    if not body.strip():
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Unreadable("its answer is no JSON") from error


@cache
def load_tls() -> ssl.SSLContext:
    """Return what trusts the certificates of the system, or of `SSL_CERT_FILE`; reading them takes a while."""
    return ssl.create_default_context()
