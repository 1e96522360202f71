"""Connections: slow ones, many of them, half-closed ones, and requests that are not quite HTTP."""

import http.client
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from scripts.attacks.http import ask, read_status, send_raw
from scripts.attacks.target import Target
from scripts.attacks.trial import Campaign, Outcome, Trial

NUM_SLOW = 1000
HEAD = b"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
BODY_HEAD = HEAD + b"Content-Length: 100000\r\n\r\n"
MAX_HONEST_S = 2.0
MARGIN_S = 8.0
"""Beyond the limits of time: so many connections are ended one after the other."""

ODD_REQUESTS = {
    b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": {200, 204, 400, 405},
    b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n": {400, 403, 404, 405, 421, 501},
    b"GET health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": {400, 404},
    b"GET http://127.0.0.1/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": {200},
    b"GET /health/live HTTP/1.1\r\n\r\n": {400},
    b"GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n": {400},
    b"GET /\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n": {400, 404},
    b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n": {200, 400, 426},
    HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n": {400},
    HEAD + b"Transfer-Encoding: gzip\r\n\r\n": {400, 501},
    HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}": {400},
}
"""Requests that are not quite HTTP, and the statuses that answer them."""


def count_open(connections: Sequence[socket.socket]) -> int:
    """Return how many connections the server has not ended yet. What it has sent is read."""
    return sum(not _is_ended(connection) for connection in connections)


def _is_ended(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while connection.recv(4096):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


@contextmanager
def connect(target: Target, count: int, text: bytes) -> Iterator[list[socket.socket]]:
    """Open connections and send the same beginning of a request on each."""
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(target.address, timeout=10))
            connection.sendall(text)
            connections.append(connection)
        yield connections


def send_slowly(text: bytes, limit_s: float, target: Target) -> Outcome:
    """Hold many connections with a byte every two seconds, and measure when they are gone and how others fare."""
    honest_s = []
    with connect(target, NUM_SLOW, text) as connections:
        began_s = time.monotonic()
        num_open = len(connections)
        while num_open and time.monotonic() - began_s < limit_s + MARGIN_S:
            for connection in connections:
                _trickle(connection)
            honest_s.append(_ask_honestly(target))
            time.sleep(2)
            num_open = count_open(connections)
        took_s = time.monotonic() - began_s
    slowest_s = max(honest_s)
    measured = f"{num_open} left after {took_s:.0f} s; an honest client waited {slowest_s:.2f} s"
    return Outcome(num_open == 0 and slowest_s <= MAX_HONEST_S, measured)


def _trickle(connection: socket.socket) -> None:
    try:
        connection.setblocking(False)
        connection.send(b"x")
    except OSError:
        pass


def _ask_honestly(target: Target) -> float:
    reply = ask(target, "/ask", {"question": "hi"}, timeout_s=30)
    return reply.took_s if reply.status == 200 else float("inf")


def half_close(target: Target) -> Outcome:
    body = b'{"question":"Tell me everything."}'
    request = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    answer = send_raw(target, request, 30, is_half_closed=True)
    is_whole = read_status(answer) == 200 and answer.rstrip().endswith(b"}")
    return Outcome(is_whole, f"status {read_status(answer)}, {len(answer)} bytes")


def keep_alive(target: Target) -> Outcome:
    times = []
    connection = http.client.HTTPConnection(*target.address, timeout=10)
    for _ in range(50):
        began_s = time.monotonic()
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        times.append(time.monotonic() - began_s)
    connection.close()
    median_ms = statistics.median(times) * 1000
    return Outcome(median_ms < 10, f"{median_ms:.1f} ms in the median")


def send_odd_requests(target: Target) -> Outcome:
    wrong = []
    for request, statuses in ODD_REQUESTS.items():
        status = read_status(send_raw(target, request, 3))
        if status not in statuses:
            wrong.append(f"{request.splitlines()[0].decode(errors='replace')}: {status}")
    num_traces = target.log.count("Traceback")
    return Outcome(
        not wrong and not num_traces, f"{num_traces} tracebacks; " + ("; ".join(wrong) or "all as they should")
    )


def use_wrong_methods(target: Target) -> Outcome:
    paths = ("/ask", "/v1/chat/completions", "/api/chat", "/sessions", "/health", "/metrics")
    replies = [ask(target, path, method="PROPFIND") for path in paths]
    statuses = {reply.status for reply in replies}
    is_held = statuses == {405} and all(reply.headers.get("allow") for reply in replies)
    return Outcome(
        is_held, f"statuses {sorted(statuses)}; {sum('allow' in reply.headers for reply in replies)} with Allow"
    )


CONNECTIONS = Campaign(
    "connections",
    (
        Trial("keep-alive", "10 ms", keep_alive, is_short=True),
        Trial("requests that are not quite HTTP", "no 500 and no traceback", send_odd_requests, is_short=True),
        Trial("unknown methods", "405 with Allow", use_wrong_methods, is_short=True),
        Trial("a half-closed connection", "200, whole", half_close, is_short=True),
        Trial(f"{NUM_SLOW:,} slow heads", f"gone in {10 + MARGIN_S:.0f} s", partial(send_slowly, HEAD, 10)),
        Trial(f"{NUM_SLOW:,} slow bodies", f"gone in {30 + MARGIN_S:.0f} s", partial(send_slowly, BODY_HEAD, 30)),
    ),
)
