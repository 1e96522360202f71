"""How bodies come in: in time, and within the memory that there is for all of them."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from server.api.account import find_owner
from server.api.body_encoding import Decompressor, choose_decoder
from server.api.body_limits import BodyLimits, JSONSize, Pace
from server.api.error_response import AnyRequest
from server.engine.fair_budget import BudgetExceeded, BudgetTimeout, FairBudget, Lease
from server.errors import BodyMemoryFull, BodyTooLarge, ClientGone, RequestTooSlow

UNCOUNTED_BYTES = 64 * 1024
"""So much of a body is read before it needs a place: who declares much and sends nothing takes none."""

UNCOUNTED_VALUES = 5000
VALUE_BYTES = 100
"""About what a value takes in memory at most, over its text: an empty list, or half of a small object."""

PRESSED_PATIENCE_S = 3.0
"""How long a body may rest that has a place which others wait for."""

LOOK_EVERY_S = 0.5


class Turns:
    """What requests do one after the other: `parsing` a large body, and `ending` because it came too slowly."""

    def __init__(self) -> None:
        self.parsing, self.ending = asyncio.Lock(), asyncio.Lock()


class BodyIntake(ASGIMiddleware):
    """The middleware that gives every request its `IncomingBody`; what that holds is free once the answer has ended."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, limits: BodyLimits) -> None:
        self.budget = FairBudget(limits.memory_bytes)
        self._limits = limits
        self._turns = Turns()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        body = IncomingBody(self._limits, self.budget, self._turns)
        scope["incoming_body"] = body  # type: ignore[typeddict-unknown-key]
        with body.places:
            await next_app(scope, receive, send)


class IncomingBody:
    """The body of one request. `places` are its parts of the budget, `ignored` fields in it that have no effect."""

    def __init__(self, limits: BodyLimits, budget: FairBudget, turns: Turns) -> None:
        self.limits = limits
        self.turns = turns
        self.places = ExitStack()
        self.ignored: list[str] = []
        self._budget = budget
        self._pace = Pace(limits.max_body_s, limits.min_rate)
        self._pressed_pace = Pace(PRESSED_PATIENCE_S, limits.min_rate)
        self._has_place = False

    async def read(self, request: AnyRequest, max_values: int) -> bytearray:
        """Return the body, decompressed if need be: the limits are for what it holds.

        Raises `BodyTooLarge`, `BodyTooComplex`, `BodyMemoryFull`, `RequestTooSlow`, `ClientGone`, `BodyEncodingRefused`
        and `BadBody`.
        """
        decompressor = choose_decoder(request.headers.get("content-encoding", ""))
        declared = int(request.headers.get("content-length", 0)) or self.limits.max_bytes
        if declared > self.limits.max_bytes:
            raise BodyTooLarge(self.limits.max_bytes)
        expected = declared if decompressor is None else self.limits.max_bytes
        body, size, place = bytearray(), JSONSize(), None
        async for piece, is_whole in self._read_pieces(request, decompressor, self.limits.max_bytes):
            body += piece
            size.add(piece)
            size.check(self.limits.max_bytes, max_values)
            if place is None and not is_whole and size.num_bytes > UNCOUNTED_BYTES:
                place = await self._take_place(expected, find_owner(request), self.limits.max_wait_s)
        if place is not None:
            place.shrink(size.num_bytes)
        if UNCOUNTED_VALUES < size.num_values <= self.limits.max_values:  # more are only allowed where they stay raw
            # at once or not at all: who has a place must not wait for another
            await self._take_place(size.num_values * VALUE_BYTES, find_owner(request), 0)
        return body

    async def stream(self, request: AnyRequest, max_bytes: int, room: FairBudget) -> AsyncIterator[bytes]:
        """Yield the pieces of a body that is kept elsewhere, decompressed if need be, which takes a part of `room`.

        Raises as `read()` does.
        """
        decompressor = choose_decoder(request.headers.get("content-encoding", ""))
        declared = int(request.headers.get("content-length", 0)) or max_bytes
        if declared > max_bytes:
            raise BodyTooLarge(max_bytes)
        self._budget, num_bytes, place = room, 0, None
        async for piece, _ in self._read_pieces(request, decompressor, max_bytes):
            num_bytes += len(piece)
            if num_bytes > max_bytes:
                raise BodyTooLarge(max_bytes)
            if place is None and num_bytes > UNCOUNTED_BYTES:
                expected = declared if decompressor is None else max_bytes
                place = await self._take_place(min(expected, room.total), find_owner(request), self.limits.max_wait_s)
            yield piece
        if place is not None:
            place.shrink(num_bytes)

    async def _read_pieces(
        self, request: AnyRequest, decompressor: Decompressor | None, max_bytes: int
    ) -> AsyncIterator[tuple[bytes, bool]]:
        """Yield the pieces of the body, and whether each is the last."""
        is_whole, num_bytes = False, 0
        while not is_whole:
            data, is_whole = await self._receive(request)
            if decompressor is None:
                yield data, is_whole
                continue
            if (num_bytes := num_bytes + len(data)) > max_bytes:
                raise BodyTooLarge(max_bytes)
            for piece in decompressor.decompress(data):
                yield piece, False
                await asyncio.sleep(0)  # others get their turns between, whatever a small body unfolds to
        if decompressor is not None:
            decompressor.finish()

    async def _receive(self, request: AnyRequest) -> tuple[bytes, bool]:
        """Return the next piece, and whether it is the last."""
        while True:
            try:
                async with asyncio.timeout(min(self._left_s, LOOK_EVERY_S if self._has_place else math.inf)):
                    message = await request.receive()
            except TimeoutError:
                if self._left_s <= 0:
                    await self._take_turn()
                    raise RequestTooSlow from None
                continue
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece: Any = message.get("body", b"")
            self._pace.add(len(piece))
            self._pressed_pace.add(len(piece))
            return piece, not message.get("more_body")

    @property
    def _left_s(self) -> float:
        is_pressed = self._has_place and self._budget.num_waiting > 0
        return self._pressed_pace.left_s if is_pressed else self._pace.left_s

    async def _take_turn(self) -> None:
        """Wait until few others are refused at the moment: a thousand at once would hold up everybody else."""
        async with self.turns.ending:
            await asyncio.sleep(0)

    async def _take_place(self, num_bytes: int, owner: str, max_wait_s: float) -> Lease:
        began_s = time.monotonic()
        try:
            place = self.places.enter_context(await self._budget.acquire(num_bytes, owner, max_wait_s))
        except (BudgetExceeded, BudgetTimeout) as error:
            raise BodyMemoryFull from error
        self._has_place = True
        for pace in (self._pace, self._pressed_pace):
            pace.excuse(time.monotonic() - began_s)
        return place
