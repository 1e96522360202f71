"""Which of a dialogue's turns go into a prompt: the last ones, whole, as many as fit."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from model.errors import CacheTooSmall, PromptTooLong

TOO_LONG = (PromptTooLong, CacheTooSmall)

Prompt = TypeVar("Prompt")


async def truncate_history(build: Callable[[int], Awaitable[Prompt]], num_turns: int) -> tuple[Prompt, int]:
    """The prompt without the fewest oldest turns that have to leave, and how many those are.

    `build` makes it without so many. Bisects, for building one takes a while. Raises what it raises without any turn.
    """
    try:
        return await build(0), 0
    except TOO_LONG:
        if num_turns == 0:
            raise
    too_few, enough = 0, num_turns
    prompt = await build(num_turns)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        try:
            prompt, enough = await build(middle), middle
        except TOO_LONG:
            too_few = middle
    return prompt, enough
