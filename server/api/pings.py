"""Signs of life in a stream of events that has nothing to say yet: proxies cut connections that are silent."""

import asyncio
import time
from contextlib import suppress

from litestar.types import ASGIApp, HTTPResponseBodyEvent, Message, Receive, Scope, Send

PING = b": ping\n\n"
"""A comment, which every reader of server-sent events passes over."""

PING_S = 15.0


async def respond_with_pings(app: ASGIApp, scope: Scope, receive: Receive, send: Send, every_s: float = PING_S) -> None:
    """`app` sends whole events, so a ping fits between any two."""
    sender = _Sender(send)
    pinging = asyncio.create_task(sender.ping(every_s))
    try:
        await app(scope, receive, sender.send)
    finally:
        pinging.cancel()
        with suppress(asyncio.CancelledError):
            await pinging


class _Sender:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_open = False
        self._sent_s = time.monotonic()

    async def send(self, message: Message) -> None:
        self._sent_s = time.monotonic()
        self._is_open = message["type"] == "http.response.start" or bool(message.get("more_body"))
        await self._send(message)

    async def ping(self, every_s: float) -> None:
        """After each silence of `every_s`, between the head of the answer and its end."""
        message: HTTPResponseBodyEvent = {"type": "http.response.body", "body": PING, "more_body": True}
        while True:
            silent_s = time.monotonic() - self._sent_s
            if silent_s >= every_s and self._is_open:
                await self.send(message)
            await asyncio.sleep(every_s - silent_s if silent_s < every_s else every_s)
