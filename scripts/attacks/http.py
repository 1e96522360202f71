"""Requests as an attacker sends them: over plain sockets, well-formed or not."""

import http.client
import json
import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from scripts.attacks.target import Target, get_secret

TIMEOUT_S = 120.0
JSON_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """An answer, or status 0 where the connection broke before one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_s: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    target: Target,
    path: str,
    body: object = None,
    key: str | None = None,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Reply:
    """Send one request; `body` is sent as it is where it is bytes, and as JSON otherwise."""
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    given = {**(JSON_TYPE if data is not None else {}), **(headers or {})}
    if key is not None:
        given["Authorization"] = f"Bearer {get_secret(key)}"
    began_s = time.monotonic()
    connection = http.client.HTTPConnection(*target.address, timeout=timeout_s)
    try:
        connection.request(method or ("GET" if data is None else "POST"), path, data, given)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, names, response.read(), time.monotonic() - began_s)
    except (OSError, http.client.HTTPException):
        return Reply(0, {}, b"", time.monotonic() - began_s)
    finally:
        connection.close()


def ask_many(target: Target, path: str, bodies: Sequence[object], key: str | None = None) -> list[Reply]:
    """Send requests at the same time, and return their answers in order."""
    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(lambda body: ask(target, path, body, key), bodies))


def send_raw(target: Target, text: bytes, timeout_s: float = 10.0, is_half_closed: bool = False) -> bytes:
    """Send bytes, and return all that comes until the server closes or is silent."""
    received = b""
    with suppress(OSError), socket.create_connection(target.address, timeout=timeout_s) as connection:
        connection.sendall(text)
        if is_half_closed:
            connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(65536):
            received += chunk
    return received


def read_status(answer: bytes) -> int:
    """Return the status of a raw answer, 0 where there is none; interim ones are passed over."""
    for line in answer.split(b"\r\n"):
        if line.startswith(b"HTTP/1.1 ") and not line.startswith(b"HTTP/1.1 1"):
            return int(line.split()[1])
    return 0


def write_chat(*parts: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return a body of OpenAI's dialect with one message of these parts."""
    return {"model": "minicpm-v", "messages": [{"role": "user", "content": list(parts)}], "max_tokens": 8, **options}


def write_text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def write_picture(base64: str, **options: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64}"}, **options}
