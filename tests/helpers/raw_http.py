"""Requests as bytes, for what no HTTP client would send."""

import socket

Address = tuple[str, int]


def exchange(address: Address, sent: bytes, *, is_half_closed: bool = False) -> bytes:
    """Send bytes, and return all that comes until the server closes."""
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(sent)
        if is_half_closed:
            connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def write_request(
    method: str = "GET", target: str = "/", *headers: str, body: bytes = b"", version: str = "1.1", host: str = "x"
) -> bytes:
    """Return a request that asks for the connection to be closed."""
    lines = [f"{method} {target} HTTP/{version}", f"Host: {host}", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def status_of(answer: bytes) -> int:
    """Return the status of the first answer that is not interim."""
    statuses = [int(line[9:12]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    return next(status for status in statuses if status >= 200)
