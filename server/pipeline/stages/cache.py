"""Questions that were answered before are answered from the database, and equal ones at once are computed once."""

import asyncio
import hashlib
import json
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from model.prompt import Picture
from server.engine.token_stream import Usage
from server.pipeline.shared_reply import Computation
from server.pipeline.stage import CallNext, TurnContext
from server.store.errors import DatabaseError
from server.store.store import Store
from server.turn.reply import FixedReply, Reply, ReplyDelta, ReplyWrapper
from server.turn.turn import Turn, TurnMessage, Turns

NARROW = {0x3000: " ", **{0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)}}
"""ASCII by its full-width form."""

PIECE_LENGTH = 8
"""Characters of a cached answer that are streamed at once."""

logger = logging.getLogger("server")


class CachedAnswer(msgspec.Struct, frozen=True):
    """Answers as they are stored."""

    parts: tuple[ReplyDelta, ...]
    usage: Usage


class CacheStage:
    """Of deterministic turns, or where the profile wants it of all; each owner's answers are their own."""

    name = "cache"

    def __init__(self, turns: Turns, store: Store, max_age_s: float) -> None:
        self._turns = turns
        self._store = store
        self._max_age_s = max_age_s
        self._running: WeakValueDictionary[str, Computation] = WeakValueDictionary()

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        """A turn that is not cached goes its way: one that is drawn without a seed, or asks for probabilities."""
        if not (is_deterministic(context.turn) or context.profile.caches_drawn) or "logprobs" in context.turn.options:
            context.trace.note(self.name, result="bypass")
            return await call_next(context)
        self._turns.check(context.turn)
        turn = replace(context.turn, messages=await self._turns.decode(context.turn.messages))
        context = context.asking(turn)
        key = await asyncio.to_thread(_key, context, self._turns.engine.info.fingerprint)
        reply, is_hit = await self._join(context, key, call_next)
        context.trace.note(self.name, result="hit" if is_hit else "miss")
        return reply

    async def _join(self, context: TurnContext, key: str, call_next: CallNext) -> tuple[Reply, bool]:
        """An answer that is being looked for already is not looked for again, nor computed."""
        computation = self._running.get(key)
        is_known = computation is not None and not computation.is_over
        if computation is None or not is_known:
            computation = self._running[key] = Computation(self._begin(context, key, call_next))
        reply = await computation.join()
        return reply, is_known or isinstance(reply.shared, FixedReply)

    async def _begin(self, context: TurnContext, key: str, call_next: CallNext) -> Reply:
        kept = await self._find(context.owner, key)
        if kept is not None:
            return FixedReply(_in_pieces(kept.parts), kept.usage)
        return CachingReply(await call_next(context), self, context.owner, key)

    async def _find(self, owner: str, key: str) -> CachedAnswer | None:
        """A database that fails costs time, not the answer."""
        try:
            found = await self._store.cached_answer(owner, key, self._max_age_s)
        except DatabaseError as error:
            logger.warning("the answer cache cannot be read: %s", error)
            return None
        return None if found is None else msgspec.json.decode(found, type=CachedAnswer)

    async def keep(self, owner: str, key: str, kept: CachedAnswer) -> None:
        try:
            await self._store.cache_answer(owner, key, msgspec.json.encode(kept).decode())
        except DatabaseError as error:
            logger.warning("an answer was not cached: %s", error)


class CachingReply(ReplyWrapper):
    """Stored when it has ended whole; one of a dialogue that had to be shortened is not."""

    def __init__(self, inner: Reply, cache: CacheStage, owner: str, key: str) -> None:
        super().__init__(inner)
        self._cache = cache
        self._owner = owner
        self._key = key
        self._parts: dict[int, ReplyDelta] = {}

    async def __anext__(self) -> ReplyDelta:
        try:
            part = await super().__anext__()
        except StopAsyncIteration:
            if self.num_dropped == 0:
                parts = tuple(self._parts[index] for index in sorted(self._parts))
                await self._cache.keep(self._owner, self._key, CachedAnswer(parts, self.usage))
            raise
        known = self._parts.get(part.index)
        self._parts[part.index] = part if known is None else known.joined(part)
        return part


def is_deterministic(turn: Turn) -> bool:
    """Greedy, by beams, or drawn with a seed."""
    options = turn.options
    return options.get("temperature") == 0 or not options.get("sampling", True) or "seed" in options


def _key(context: TurnContext, model: str) -> str:
    """Hashes pictures, some milliseconds for large ones: in a thread."""
    turn = context.turn
    parts = {
        "model": model,
        "owner": context.owner,
        "profile": context.profile.digest,
        "stages": sorted(context.stages),
        "messages": [_message(message) for message in turn.messages],
        "options": turn.options,
        "tools": [asdict(tool) for tool in turn.tools],
        "must_call": [tool.name for tool in turn.must_call],
        "has_many_calls": turn.has_many_calls,
        "schema": turn.schema,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=dict).encode()).hexdigest()


def _message(message: TurnMessage) -> list[Any]:
    """A picture counts by its pixels."""
    parts = [normalized(part) if isinstance(part, str) else _picture(part) for part in message.parts]
    return [message.role, parts, [asdict(call) for call in message.tool_calls]]


def normalized(text: str) -> str:
    """Without the differences that typing makes: the width of letters, and spaces at ends and in rows of them."""
    narrow = unicodedata.normalize("NFC", text).translate(NARROW)
    return re.sub(r"[ \t]+", " ", narrow).strip()


def _picture(picture: Any) -> list[Any]:
    assert isinstance(picture, Picture), "pictures are decoded before a turn is looked up"
    image = picture.image
    return [hashlib.sha256(image.tobytes()).hexdigest(), image.mode, image.size, picture.max_slice_nums]


def _in_pieces(parts: Iterable[ReplyDelta]) -> Iterator[ReplyDelta]:
    """Answers one after another, as they would have come."""
    for part in parts:
        starts = range(0, len(part.text), PIECE_LENGTH)
        for start in starts[:-1]:
            yield ReplyDelta(part.index, part.text[start : start + PIECE_LENGTH])
        yield replace(part, text=part.text[starts[-1] :] if starts else "")
