"""The profile's words and parameters are put to the model."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model.sampling import SAMPLING_ONLY
from server.pipeline.profiles import Profile
from server.pipeline.stage import CallNext, TurnContext, text_of
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnLimits, TurnMessage, options_of

CHOICE = frozenset({"temperature", "num_beams", "sampling", *SAMPLING_ONLY})
"""What belongs together: how the next token is chosen."""

LENGTHS = frozenset({"min_new_tokens", "max_new_tokens"})


class ProfileStage:
    """The system prompt goes before the request's own; the generation parameters give way to the request's."""

    name = "profile"

    def __init__(self, limits: TurnLimits) -> None:
        """A profile may want longer answers than the server gives, or a request wants; then it gets the longest."""
        self._limits = limits

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        profile = context.profile
        context.trace.note(self.name, name=context.profile_name, language=context.language)
        own = context.turn.options
        turn = replace(context.turn, options=_options(self._within_limits(profile, own), own))
        return await call_next(context.asking(_told(turn, profile.system_prompt(context.language))))

    def _within_limits(self, profile: Profile, own: Mapping[str, Any]) -> dict[str, Any]:
        given, limit = profile.given, self._limits.max_new_tokens
        longest = min(own.get("max_new_tokens", limit), limit)
        return given | {name: min(given[name], longest) for name in LENGTHS & given.keys()}


def _options(given: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A request that says how tokens are chosen is not bound by the profile's way; a seed alone says nothing."""
    if CHOICE.intersection(own) - {"seed"}:
        given = {name: value for name, value in given.items() if name not in CHOICE}
    return options_of(**{**given, **own})


def _told(turn: Turn, text: str) -> Turn:
    if not text:
        return turn
    if turn.messages and turn.messages[0].role == "system":
        own = text_of(turn.messages[0])
        return replace(turn, messages=(TurnMessage("system", (f"{text}\n{own}",)), *turn.messages[1:]))
    return replace(turn, messages=(TurnMessage("system", (text,)), *turn.messages))
