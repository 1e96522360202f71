"""The HTTP request of a call: where each argument stands in it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from server.settings.hosts import normalize_host
from server.tools.declaration import FIELD, HttpEndpoint, find_fields
from server.tools.hosts import PORTS

SAFE_IN_PATH = "%/:@!$&'()*+,;=~-._"
SAFE_IN_QUERY = f"{SAFE_IN_PATH}?"
DOTS = re.compile(r"\.{1,2}")


class ArgumentRefused(ValueError):
    """An argument cannot stand where the URL has it."""


@dataclass(frozen=True)
class Location:
    """Where a tool is. `path` has its arguments in braces, `query` is what the operator wrote there, encoded."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @classmethod
    def parse(cls, url: str) -> "Location":
        """Read a URL. Raises `ValueError` with the cause."""
        parts = urlsplit(url)
        port = parts.port
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("it is no URL of http or https with a host")
        if parts.username is not None or parts.fragment:
            raise ValueError("a user's name and a part behind # are not taken")
        if find_fields(f"{parts.netloc}?{parts.query}"):
            raise ValueError("arguments may stand in the path only")
        host = normalize_host(parts.hostname)
        return cls(
            parts.scheme,
            host,
            PORTS[parts.scheme] if port is None else port,
            _read_path(parts),
            quote(parts.query, safe=SAFE_IN_QUERY),
        )

    @property
    def authority(self) -> str:
        """The value of the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def fields(self) -> frozenset[str]:
        return find_fields(self.path)


@dataclass(frozen=True)
class RequestLine:
    """What a call sends beside its headers: the path with its query, and the JSON of the body, if there is one."""

    target: str
    body: bytes | None = field(default=None, repr=False)


def build_request(location: Location, endpoint: HttpEndpoint, arguments: Mapping[str, Any]) -> RequestLine:
    """Put arguments into the path, and the others into the query of a GET, or else into the body.

    Raises `ArgumentRefused`.
    """
    rest = {name: value for name, value in arguments.items() if name not in location.fields}
    path = FIELD.sub(lambda match: _encode_part(match[1], arguments.get(match[1])), location.path)
    if endpoint.method != "GET":
        body = json.dumps(rest, ensure_ascii=False).encode("utf-8", "replace")
        return RequestLine(f"{path}?{location.query}" if location.query else path, body)
    pairs = [(name, text) for name, value in rest.items() for text in _to_texts(value)]
    query = "&".join(filter(None, (location.query, urlencode(pairs, errors="replace"))))
    return RequestLine(f"{path}?{query}" if query else path)


def _read_path(parts: SplitResult) -> str:
    """Return the path as it is sent, with its fields left as they are."""
    pieces = re.split(rf"({FIELD.pattern.replace('(', '(?:')})", parts.path or "/")
    return "".join(piece if FIELD.fullmatch(piece) else quote(piece, safe=SAFE_IN_PATH) for piece in pieces)


def _encode_part(name: str, value: Any) -> str:
    """Return an argument as it stands in a path: it can neither end its part nor lead to another one."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ArgumentRefused(f"the argument {name} is neither a text nor a whole number")
    text = str(value)
    if not text.strip() or DOTS.fullmatch(text.strip()) or any(ord(sign) < 32 for sign in text):
        raise ArgumentRefused(f"the argument {name} cannot be part of a path")
    return quote(text, safe="", errors="replace")


def _to_texts(value: Any) -> list[str]:
    """Return an argument as it stands in a query: lists are repeated, and what is left out has no place."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text for each in value for text in _to_texts(each)]
    return [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
