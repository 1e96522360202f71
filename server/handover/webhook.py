"""Telling another server that a session waits: messages that are stored, and sent until they are answered.

A message is stored in the transaction that changes the session (`make_waiting`, then `deliveries.add`), and sent by
`send_due`, which runs again and again. What the receiver answers decides: 2xx ends the message, 410 ends it as well,
and with anything else, or with no answer in time, it is sent again after a wait that grows. A server that dies between
sending and noting the answer leaves a message that is sent again: receivers may see an id twice.
"""

import asyncio
import json
import logging
import math
import random
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import httpx

from server.handover.webhook_target import WebhookTarget, write_headers
from server.store.delivery_records import DeliveryCounts, NewDelivery
from server.store.delivery_store import DeliveryStore
from server.store.service_records import Delivery, HandoverReason, SessionRef

WAITING = "session.waiting"
"""The event of a session that waits for a person."""

SEND_S = 10.0
"""How long a receiver may take for its answer, of which only the status is read."""

CLAIM_S = 60.0
"""How long a message belongs to the server that sends it: long enough for sending it, and for noting the answer."""

NUM_AT_ONCE = 8
FIRST_WAIT_S = 5.0
MAX_WAIT_S = 3600.0
JITTER = 0.2
"""By what share a wait is longer or shorter at random, so that messages do not all come at once."""

SUMMARY_HOLD_S = 35.0
"""How long a message waits for the summary that it is to tell, which takes 30 s at most."""

COUNT_EVERY_S = 60.0
"""How often messages are counted while none are sent: counting reads all that are kept."""

NUM_ID_DIGITS = 32

logger = logging.getLogger("server")


class Webhooks:
    """Makes and sends the messages of one server. Without a `target` there are none.

    `has_summaries` says whether a message has to wait for the summary of its session. `counts` are as they were when
    messages were last sent, or in the last minute.
    """

    def __init__(
        self, store: DeliveryStore, target: WebhookTarget | None, max_tries: int, has_summaries: bool = False
    ) -> None:
        self._store = store
        self._target = target
        self._max_tries = max_tries
        self._has_summaries = has_summaries
        self._client: httpx.AsyncClient | None = None
        self._counted_s = -math.inf
        self.counts = DeliveryCounts(0, 0)
        self.num_delivered = 0
        self.num_given_up = 0

    def make_waiting(self, session: SessionRef, reason: HandoverReason, waiting_since_s: float) -> NewDelivery | None:
        """Return the message that a session waits since then, in Unix seconds; None where nobody is to be told.

        It is to be stored with what it tells. One of the same session and time is the same message.
        """
        if self._target is None:
            return None
        told = {
            "session": session.id,
            "shop": session.shop,
            "profile": session.profile,
            "reason": reason,
            "language": session.language,
            "waiting_since": _format_time(waiting_since_s),
        }
        payload = {"type": WAITING, "timestamp": _format_time(waiting_since_s), "data": told}
        hold_s = SUMMARY_HOLD_S if self._has_summaries else 0.0
        return NewDelivery(_make_id(session.id, waiting_since_s), WAITING, payload, hold_s)

    async def put(self, message: NewDelivery | None) -> None:
        """Store a message on its own; None is stored nowhere. Raises `DatabaseUnreachable`."""
        if message is not None:
            await self._store.add(message)

    async def send_due(self) -> None:
        """Send the messages that are due, a few at a time; without a target nothing is done.

        Raises `DatabaseUnreachable`.
        """
        if self._target is None:
            return
        while claimed := await self._store.claim(CLAIM_S, NUM_AT_ONCE):
            await asyncio.gather(*(self._send(self._target, delivery) for delivery in claimed))
            self._counted_s = -math.inf
        if time.monotonic() >= self._counted_s + COUNT_EVERY_S:
            self.counts = await self._store.count()
            self._counted_s = time.monotonic()

    async def _send(self, target: WebhookTarget, delivery: Delivery) -> None:
        """Send a message that was claimed, and note how that ended."""
        if delivery.num_tries >= self._max_tries:  # its server died during the last try
            await self._give_up(delivery, "no answer was noted")
            return
        error = await self._post(target, delivery)
        num_tries = delivery.num_tries + 1
        if error is None:
            self.num_delivered += 1
            await self._store.finish(delivery.id)
        elif error == _name_status(HTTPStatus.GONE) or num_tries >= self._max_tries:
            await self._give_up(delivery, error)
        else:
            wait_s = choose_wait(delivery.num_tries)
            logger.log(_level(num_tries), "webhook %s: %s, again in %.0f s", delivery.id, error, wait_s)
            await self._store.put_off(delivery.id, wait_s, error)

    async def _give_up(self, delivery: Delivery, error: str) -> None:
        self.num_given_up += 1
        logger.warning("webhook %s was given up: %s", delivery.id, error)
        await self._store.give_up(delivery.id, error)

    async def _post(self, target: WebhookTarget, delivery: Delivery) -> str | None:
        """Send a message once; return why it was not taken, None where it was. The text names no part of the URL."""
        body = write_body(delivery.payload)
        headers = write_headers(target, delivery.id, self._store.clock(), body)
        try:
            async with asyncio.timeout(SEND_S):
                client = await self._open_client()
                async with client.stream("POST", target.url, content=body, headers=headers) as response:
                    return None if response.is_success else _name_status(response.status_code)
        except TimeoutError:
            return f"no answer within {SEND_S:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return type(error).__name__

    async def _open_client(self) -> httpx.AsyncClient:
        """Return the client, which asks no proxy; reading the certificates takes a thread."""
        if self._client is None:
            context = await asyncio.to_thread(ssl.create_default_context)
            limits = httpx.Limits(max_connections=NUM_AT_ONCE, max_keepalive_connections=0)
            self._client = self._client or httpx.AsyncClient(
                verify=context, timeout=SEND_S, limits=limits, trust_env=False, follow_redirects=False
            )
        return self._client

    async def close(self) -> None:
        """Close the connections; what was not sent is sent after the next start."""
        if self._client is not None:
            await self._client.aclose()


def write_body(payload: Mapping[str, Any]) -> bytes:
    """Return what is sent, which is the same at every try."""
    return json.dumps(payload, separators=(",", ":")).encode()


def choose_wait(num_tries: int) -> float:
    """Return after how many seconds a message is sent again that was tried so many times before: 5, 10, 20 and more."""
    wait_s = min(FIRST_WAIT_S * 2 ** min(num_tries, 20), MAX_WAIT_S)
    jittered_s: float = wait_s * random.uniform(1 - JITTER, 1 + JITTER)
    return min(jittered_s, MAX_WAIT_S)


def _level(num_tries: int) -> int:
    """Warn of the first failure of a message only."""
    return logging.WARNING if num_tries == 1 else logging.INFO


def _name_status(status: int) -> str:
    return f"status {int(status)}"


def _make_id(session_id: str, waiting_since_s: float) -> str:
    return sha256(f"{WAITING}\0{session_id}\0{waiting_since_s!r}".encode()).hexdigest()[:NUM_ID_DIGITS]


def _format_time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
