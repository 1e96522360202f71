"""The stage that answers repeated questions from the database, and computes equal ones at the same time only once."""

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

from model.tokenized_text import TokenizedText
from server.engine.token_stream import Usage
from server.pipeline.shared_reply import Computation
from server.pipeline.stage import CallNext, TurnContext
from server.store.errors import DatabaseError
from server.store.store import Store
from server.turn.pictures import PlannedPicture
from server.turn.reply import FixedReply, Reply, ReplyDelta, ReplyWrapper
from server.turn.turn import Turn, TurnMessage
from server.turn.turns import Turns

NARROW = {0x3000: " ", **{0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)}}
"""Full-width characters, and what they become: plain ASCII."""

DELTA_LENGTH = 8
"""Characters in each delta of a cached answer."""

logger = logging.getLogger("server")


class CachedAnswer(msgspec.Struct, frozen=True):
    """The answers to one turn as the database has them, each whole in one delta."""

    parts: tuple[ReplyDelta, ...]
    usage: Usage


class CacheStage:
    """Caches the answers of deterministic turns, or of all turns if the profile wants it. Owners share nothing."""

    name = "cache"

    def __init__(self, turns: Turns, store: Store, max_age_s: float) -> None:
        self._turns = turns
        self._store = store
        self._max_age_s = max_age_s
        self._running: WeakValueDictionary[str, Computation] = WeakValueDictionary()

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        if not _is_cacheable(context):
            context.trace.note(self.name, result="bypass")
            return await call_next(context)
        context = context.with_turn(await self._turns.plan(context.turn))
        key = await asyncio.to_thread(_build_key, context, self._turns.engine.info.fingerprint)
        reply, is_hit = await self._join(context, key, call_next)
        context.trace.note(self.name, result="hit" if is_hit else "miss")
        return reply

    async def _join(self, context: TurnContext, key: str, call_next: CallNext) -> tuple[Reply, bool]:
        """Return the reply, and whether it is a hit. Joins the computation of an equal turn if one is running."""
        computation = self._running.get(key)
        is_running = computation is not None and not computation.is_over
        if computation is None or not is_running:
            computation = self._running[key] = Computation(self._begin(context, key, call_next))
        reply = await computation.join()
        return reply, is_running or isinstance(reply.inner, FixedReply)

    async def _begin(self, context: TurnContext, key: str, call_next: CallNext) -> Reply:
        cached = await self._find(context.owner, key)
        if cached is not None:
            return FixedReply(_split_answers(cached.parts), cached.usage)
        reply = CachingReply(await call_next(context), self, context.owner, key)
        reply.keeps_calls = context.cacheable == "all"
        return reply

    async def _find(self, owner: str, key: str) -> CachedAnswer | None:
        """Return the stored answer; None if there is none, or the database cannot be read."""
        try:
            found = await self._store.find_cached_answer(owner, key, self._max_age_s)
        except DatabaseError as error:
            logger.warning("the answer cache cannot be read: %s", error)
            return None
        return None if found is None else msgspec.json.decode(found, type=CachedAnswer)

    async def keep(self, owner: str, key: str, answer: CachedAnswer) -> None:
        """Store an answer; a database error is only logged."""
        try:
            await self._store.cache_answer(owner, key, msgspec.json.encode(answer).decode())
        except DatabaseError as error:
            logger.warning("an answer was not cached: %s", error)


class CachingReply(ReplyWrapper):
    """A reply that is stored once it has ended by itself, unless its dialogue had to be shortened.

    Without `keeps_calls` it is not stored either where an answer calls a tool.
    """

    keeps_calls = True

    def __init__(self, inner: Reply, cache: CacheStage, owner: str, key: str) -> None:
        super().__init__(inner)
        self._cache = cache
        self._owner = owner
        self._key = key
        self._answers: dict[int, ReplyDelta] = {}

    async def __anext__(self) -> ReplyDelta:
        try:
            delta = await super().__anext__()
        except StopAsyncIteration:
            answers = tuple(self._answers[index] for index in sorted(self._answers))
            if self.num_dropped == 0 and (self.keeps_calls or not any(each.tool_calls for each in answers)):
                await self._cache.keep(self._owner, self._key, CachedAnswer(answers, self.usage))
            raise
        earlier = self._answers.get(delta.index)
        self._answers[delta.index] = delta if earlier is None else earlier.join(delta)
        return delta


def _is_cacheable(context: TurnContext) -> bool:
    """Whether the answer may be cached: log-probabilities never are, drawn answers only if the profile wants it."""
    if context.cacheable == "none" or {"logprobs", "prompt_logprobs"} & context.turn.options.keys():
        return False
    return _is_deterministic(context.turn) or context.profile.caches_drawn


def _is_deterministic(turn: Turn) -> bool:
    """Whether the same turn is always answered the same: greedily, by beam search, or drawn with a seed."""
    options = turn.options
    return options.get("temperature") == 0 or not options.get("sampling", True) or "seed" in options


def _build_key(context: TurnContext, fingerprint: str) -> str:
    """Hash everything that the answer depends on. Runs in a thread: large pictures take some milliseconds."""
    turn = context.turn
    parts = {
        "model": fingerprint,
        "owner": context.owner,
        "profile": context.profile.digest,
        "stages": sorted(context.stages),
        "messages": [_describe_raw(m) if turn.is_raw else _describe_message(m) for m in turn.messages],
        "continued": None if turn.continued is None else turn.continued.text,  # as it is: the answer goes on from it
        "options": turn.options,
        "tools": [asdict(tool) for tool in turn.tools],
        "must_call": [tool.name for tool in turn.must_call],
        "has_many_calls": turn.has_many_calls,
        "schema": turn.schema,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=dict).encode()).hexdigest()


def _describe_message(message: TurnMessage) -> list[Any]:
    parts = [normalize(part) if isinstance(part, str) else _describe_picture(part) for part in message.parts]
    return [message.role, parts, [asdict(call) for call in message.tool_calls]]


def _describe_raw(message: TurnMessage) -> list[Any]:
    """Describe a raw prompt, in which every space counts, and the ids that it was given as."""
    return [[part, part.ids if isinstance(part, TokenizedText) else None] for part in message.parts]


def normalize(text: str) -> str:
    """Remove differences of typing: full-width letters, spaces at the ends, and several spaces in a row."""
    narrow = unicodedata.normalize("NFC", text).translate(NARROW)
    return re.sub(r"[ \t]+", " ", narrow).strip()


def _describe_picture(picture: Any) -> list[Any]:
    assert isinstance(picture, PlannedPicture), "pictures are planned before a turn is looked up"
    return [picture.sha256, picture.source.max_slice_nums, picture.is_frame]


def _split_answers(answers: Iterable[ReplyDelta]) -> Iterator[ReplyDelta]:
    """Cut whole answers, one after another, into deltas as a stream has them."""
    for answer in answers:
        starts = range(0, len(answer.text), DELTA_LENGTH)
        for start in starts[:-1]:
            yield ReplyDelta(answer.index, answer.text[start : start + DELTA_LENGTH])
        yield replace(answer, text=answer.text[starts[-1] :] if starts else "")
