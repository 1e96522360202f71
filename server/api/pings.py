"""Pings in a stream of server-sent events that has nothing to send yet: proxies close connections that are silent."""

import asyncio
import time
from contextlib import suppress

from litestar.types import ASGIApp, HTTPResponseBodyEvent, Message, Receive, Scope, Send

PING = b": ping\n\n"
"""A comment, which clients skip: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream"""

PING_INTERVAL_S = 15.0


async def respond_with_pings(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, interval_s: float = PING_INTERVAL_S
) -> None:
    """Run `app` and send a ping after each silence of `interval_s`. `app` must send whole events, one a message."""
    sender = _PingSender(send)
    pinging = asyncio.create_task(sender.send_pings(interval_s))
    try:
        await app(scope, receive, sender.send)
    finally:
        pinging.cancel()
        with suppress(asyncio.CancelledError):
            await pinging


class _PingSender:
    """A `send` that remembers when it was last called and whether a body is being sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._has_open_body = False
        self._sent_s = time.monotonic()

    async def send(self, message: Message) -> None:
        self._sent_s = time.monotonic()
        self._has_open_body = message["type"] == "http.response.start" or bool(message.get("more_body"))
        await self._send(message)

    async def send_pings(self, interval_s: float) -> None:
        """Ping until cancelled, but only after the head of the response and before its end."""
        ping: HTTPResponseBodyEvent = {"type": "http.response.body", "body": PING, "more_body": True}
        while True:
            silent_s = time.monotonic() - self._sent_s
            if silent_s >= interval_s and self._has_open_body:
                await self.send(ping)
            await asyncio.sleep(interval_s - silent_s if silent_s < interval_s else interval_s)
