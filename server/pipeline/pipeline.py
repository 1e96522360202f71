"""The pipeline: decides which stages a turn goes through, and runs them with the model at the end."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from model.chat import Dialogue
from server.engine.token_stream import Usage
from server.errors import FieldRefused
from server.keys.account import Account
from server.pipeline.profile_choice import PLAIN, ProfileChoice
from server.pipeline.profiles import Profile, StageName
from server.pipeline.quota import MeteredReply
from server.pipeline.stage import CallNext, Stage, StageOptions, TurnContext
from server.request_record import current_record
from server.settings.settings import Rule
from server.turn.reply import FixedReply, Reply, ReplyDelta
from server.turn.turn import Turn
from server.turn.turns import Turns

CACHE: StageName = "cache"
MODERATION: StageName = "moderation"
"""A request may switch it on, but not off."""

TOOLS: StageName = "tools"


class Profiles(Protocol):
    """Where the profiles come from; their files may change while the server runs."""

    def current(self, now: float) -> Mapping[str, Profile]:
        """Return the profiles in force, by name. `now` is of `time.monotonic()`."""


class Pipeline:
    """Runs each turn through its stages. `stages` are in the order in which a turn goes through them.

    `rules` say for each stage that can be switched who decides: the operator ("on", "off") or the profile. `default` is
    the profile that the operator chose for the server.
    """

    def __init__(
        self,
        turns: Turns,
        stages: Sequence[Stage],
        profiles: Profiles,
        rules: Mapping[StageName, Rule],
        default: str = PLAIN,
    ) -> None:
        self.turns = turns
        self.profiles = profiles
        self._stages = tuple(stages)
        self._rules = dict(rules)
        self._default = default

    def build_context(self, turn: Turn, account: Account, stage_options: StageOptions) -> TurnContext:
        """Choose the profile and the stages of a turn. Raises as `choose_profile()` does."""
        name, profile = self.choose_profile(account, stage_options)
        turn = replace(turn, owner=account.owner)
        stages = self.select_stages(profile, stage_options)
        context = TurnContext(turn, account, name, profile, stages, stage_options)
        if stage_options.ignored:
            context.trace.note("request", ignored=list(stage_options.ignored))
        return context

    def choose_profile(self, account: Account, stage_options: StageOptions) -> tuple[str, Profile]:
        """Return the name of a turn's profile, and the profile.

        Raises `ProfileForbidden` with the names that the account may choose, `FieldRefused` with those that exist.
        """
        profiles = self.profiles.current(time.monotonic())
        name = ProfileChoice(stage_options, account, self._default).choose(profiles)
        if name not in profiles:
            known = ", ".join(sorted(profiles))
            raise FieldRefused("profile", f"{name!r} is not one of {known}", f"{name!r} 不在可选项中：{known}")
        return name, profiles[name]

    def list_collections(self, account: Account) -> frozenset[str]:
        """Return the names of the collections that an account may be answered from, under any profile."""
        profiles = self.profiles.current(time.monotonic())
        allowed = ProfileChoice(StageOptions(), account, self._default).list_allowed(profiles)
        return frozenset(name for each in allowed for name in profiles[each].collections)

    def has_profile(self, name: str) -> bool:
        """Whether a profile of that name exists now."""
        return name in self.profiles.current(time.monotonic())

    def select_stages(self, profile: Profile, stage_options: StageOptions) -> frozenset[str]:
        """Return the names of the stages that are on for a turn with this profile and these options."""
        return frozenset(stage.name for stage in self._stages if self._is_on(stage.name, profile, stage_options))

    def _is_on(self, name: str, profile: Profile, stage_options: StageOptions) -> bool:
        if name not in self._rules:  # a stage that nobody can switch
            return True
        rule, wanted = self._rules[name], stage_options.stages.get(name)
        if rule == "off":
            return False
        is_default = rule == "on" or name in profile.stages
        if wanted is None or (name == MODERATION and is_default):
            return is_default
        return wanted

    async def begin(self, context: TurnContext) -> Reply:
        """Run the stages that are on, the model at the end, and return the reply, admitted but not yet read.

        Refuses at once if the server is full or the account is at its limits. Raises `ServerError` and `InputError`.
        """
        self.turns.engine.check_room(context.turn.owner)
        return await self._run(context, lambda final: self.turns.begin(final.turn))

    async def begin_truncated(self, context: TurnContext) -> Reply:
        """Do as `begin()`, but leave the oldest turns of a dialogue out if it is too long for the prompt.

        The caller has checked that the server has room, before it stored the question.
        """
        return await self._run(context, lambda final: self.turns.begin_truncated(final.turn))

    async def answer(self, context: TurnContext) -> tuple[list[ReplyDelta], Reply]:
        """Return the whole answers, and the reply that they came in for its usage. Frees everything if cancelled."""
        reply = await self.begin(context)
        return await reply.read_answers(), reply

    async def answer_with(self, context: TurnContext, answer: CallNext) -> ReplyDelta:
        """Return the whole answer that `answer` gives in place of the model, behind all stages but cache and tools.

        What it gives depends on more than the turn, so it is not to be found in the cache; and it calls no tools.
        """
        self.turns.engine.check_room(context.turn.owner)
        reply = await self._run(replace(context, stages=context.stages - {CACHE, TOOLS}), answer)
        (whole,) = await reply.read_answers()
        return whole

    async def prepare(self, context: TurnContext) -> Dialogue:
        """Return what the model would be asked, without asking it; nothing is charged, and no tool is run.

        Refuses whatever `begin()` refuses, and a question that moderation keeps from the model.
        """
        dialogues: list[Dialogue] = []

        async def keep_dialogue(final: TurnContext) -> Reply:
            dialogues.append(await self.turns.prepare(final.turn))
            return FixedReply((), Usage(0, 0, 0))

        self.turns.engine.check_room(context.turn.owner)
        reply = await self._run_stages(replace(context, stages=context.stages - {CACHE, TOOLS}), keep_dialogue)
        reply.close()
        if not dialogues and context.trace.get("documents"):
            raise FieldRefused(
                "messages",
                "the question to the documents is not answered by one prompt alone",
                "针对文档的这个问题不是由单个提示回答的",
            )
        if not dialogues and context.trace.get("knowledge"):
            raise FieldRefused(
                "messages",
                "the question is answered from the knowledge base without the model",
                "这个问题由知识库直接回答，不会交给模型",
            )
        if not dialogues:
            raise FieldRefused(
                "messages",
                "word lists forbid the question, so the model is not asked",
                "问题含有被屏蔽的词，不会交给模型",
            )
        return dialogues[0]

    async def _run(self, context: TurnContext, call_model: CallNext) -> Reply:
        """Run the stages and charge the reply to the account, whichever stage it comes from."""
        return MeteredReply(await self._run_stages(context, call_model), context.account)

    async def _run_stages(self, context: TurnContext, call_model: CallNext) -> Reply:
        if record := current_record():
            record.notes, record.rules = context.trace.notes, context.trace.rules
        context.account.check_rate()
        await context.account.check_quota()
        call_next = call_model
        for stage in reversed(self._stages):
            if stage.name in context.stages:
                call_next = partial(stage.handle, call_next=call_next)
        return await call_next(context)
