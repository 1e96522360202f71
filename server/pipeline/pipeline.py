"""The support desk: which stages a turn goes through, and its way through them to the model."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from model.chat import Dialogue
from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.keys.account import Account
from server.pipeline.profiles import Profile, StageName
from server.pipeline.quota import MeteredReply
from server.pipeline.stage import CallNext, Stage, StageOptions, TurnContext
from server.request_record import current_record
from server.settings.settings import Rule
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn, Turns

PLAIN = "plain"
CACHE: StageName = "cache"
SAFETY: StageName = "moderation"
"""A request may switch it on, but not off."""


class Profiles(Protocol):
    """What is in force now: files may change while the server runs."""

    def current(self, now: float) -> Mapping[str, Profile]: ...


class Pipeline:
    """`stages` are in the order that a turn goes through them."""

    def __init__(
        self, turns: Turns, stages: Sequence[Stage], profiles: Profiles, rules: Mapping[StageName, Rule]
    ) -> None:
        self.turns = turns
        self.profiles = profiles
        self._stages = tuple(stages)
        self._rules = dict(rules)

    def context(self, turn: Turn, account: Account, stage_options: StageOptions) -> TurnContext:
        """Raises `FieldRefused` for a profile that there is not."""
        names = (stage_options.profile, *stage_options.fallbacks, PLAIN)
        name = next(name for name in names if name is not None)
        profile = self.profile(name)
        return TurnContext(turn, account, name, profile, self.stages_of(profile, stage_options), stage_options)

    def profile(self, name: str) -> Profile:
        """Raises `FieldRefused`."""
        known = self.profiles.current(time.monotonic())
        if name not in known:
            raise FieldRefused("profile", f"{name!r} is not one of {', '.join(sorted(known))}")
        return known[name]

    def known(self, name: str | None) -> str | None:
        """A name that was right once, where it still is."""
        return name if name in self.profiles.current(time.monotonic()) else None

    def stages_of(self, profile: Profile, stage_options: StageOptions) -> frozenset[str]:
        """Those that a turn goes through."""
        return frozenset(stage.name for stage in self._stages if self._is_on(stage.name, profile, stage_options))

    def _is_on(self, name: str, profile: Profile, stage_options: StageOptions) -> bool:
        if name not in self._rules:  # no stage that can be switched
            return True
        rule, wish = self._rules[name], stage_options.stages.get(name)
        if rule == "off":
            return False
        by_itself = rule == "on" or name in profile.stages
        return by_itself if wish is None or (name == SAFETY and by_itself) else wish

    async def begin(self, context: TurnContext) -> Reply:
        """Admit a turn, before a byte of its reply. Raises `ServerError` and `InputError`."""
        return await self.lead(context, lambda told: self.turns.begin(told.turn))

    async def begin_truncated(self, context: TurnContext) -> Reply:
        """The same; the oldest turns of a dialogue that is too long leave the prompt."""
        return await self.lead(context, lambda told: self.turns.begin_truncated(told.turn))

    async def answer(self, context: TurnContext) -> tuple[list[ReplyDelta], Reply]:
        """The whole answers, and the reply they came in, for what it cost. Frees all when cancelled."""
        reply = await self.begin(context)
        return await reply.answers(), reply

    async def prepare(self, context: TurnContext) -> Dialogue:
        """What the model would be asked, which it is not: nothing is generated, and nothing paid.

        Refuses what an answer would be refused for, and a question that the model would not be asked.
        """

        async def model(told: TurnContext) -> Reply:
            dialogues.append(await self.turns.prepare(told.turn))
            return FixedReply((), Usage(0, 0, 0))

        dialogues: list[Dialogue] = []
        (await self._go(replace(context, stages=context.stages - {CACHE}), model)).close()
        if not dialogues:
            raise FieldRefused("messages", "word lists forbid the question, so the model is not asked")
        return dialogues[0]

    async def lead(self, context: TurnContext, model: CallNext) -> Reply:
        """Through the stages that are on for the case, to `model`; its account pays for the reply, wherever it is from.

        Refuses at once when the server is full, and when the account has spent its quota.
        """
        return MeteredReply(await self._go(context, model), context.account)

    async def _go(self, context: TurnContext, model: CallNext) -> Reply:
        if record := current_record():
            record.notes, record.rules = context.trace.notes, context.trace.rules
        self.turns.engine.check_room()
        await context.account.check_quota()
        way = model
        for stage in reversed(self._stages):
            if stage.name in context.stages:
                way = partial(stage.handle, call_next=way)
        return await way(context)
