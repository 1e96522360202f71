"""The stage that applies a profile: its system prompt and its generation parameters."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model.sampling import SAMPLING_ONLY
from server.pipeline.profiles import Profile
from server.pipeline.stage import CallNext, TurnContext, join_text
from server.turn.reply import Reply
from server.turn.turn import Turn, TurnMessage, build_options
from server.turn.turns import TurnLimits

DECODING = frozenset({"temperature", "num_beams", "sampling", *SAMPLING_ONLY})
"""The parameters that choose the next token. They only make sense together, so a request replaces all of them."""

LENGTHS = frozenset({"min_new_tokens", "max_new_tokens"})


class ProfileStage:
    """Puts the profile's system prompt before the request's own, and its parameters where the request sets none.

    A raw prompt gets no system prompt.
    """

    name = "profile"

    def __init__(self, limits: TurnLimits) -> None:
        """`limits` shorten the answers of a profile that asks for longer ones than the server gives."""
        self._limits = limits

    async def handle(self, context: TurnContext, call_next: CallNext) -> Reply:
        context.trace.note(self.name, name=context.profile_name, language=context.language)
        turn = replace(context.turn, options=self._merge_options(context.profile, context.turn.options))
        text = "" if turn.is_raw else context.profile.system_prompt(context.language)
        return await call_next(replace(context, turn=_add_system(turn, text), preface=text))

    def _merge_options(self, profile: Profile, requested: Mapping[str, Any]) -> dict[str, Any]:
        """Return the profile's options with those of the request over them.

        A request that chooses how tokens are chosen, by more than a seed, drops the profile's whole choice.
        """
        given = self._limit_lengths(profile.given, requested)
        if DECODING.intersection(requested) - {"seed"}:
            given = {name: value for name, value in given.items() if name not in DECODING}
        return build_options(**{**given, **requested})

    def _limit_lengths(self, given: dict[str, Any], requested: Mapping[str, Any]) -> dict[str, Any]:
        limit = self._limits.max_new_tokens
        longest = min(requested.get("max_new_tokens", limit), limit)
        return given | {name: min(given[name], longest) for name in LENGTHS & given.keys()}


def _add_system(turn: Turn, text: str) -> Turn:
    if not text:
        return turn
    if turn.messages and turn.messages[0].role == "system":
        requested = join_text(turn.messages[0])
        return replace(turn, messages=(TurnMessage("system", (f"{text}\n{requested}",)), *turn.messages[1:]))
    return replace(turn, messages=(TurnMessage("system", (text,)), *turn.messages))
