"""Shortening a dialogue to the prompt's limit: the oldest turns leave whole until the rest fits."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from model.errors import CacheTooSmall, PromptTooLong

TOO_LONG = (PromptTooLong, CacheTooSmall)

Prompt = TypeVar("Prompt")


async def truncate_history(build: Callable[[int], Awaitable[Prompt]], num_turns: int) -> tuple[Prompt, int]:
    """Return the longest prompt that fits, and how many of the `num_turns` earlier turns it leaves out.

    `build(count)` makes the prompt without the oldest `count` turns, or raises one of `TOO_LONG`. As one prompt takes
    a while to build, the count is found by bisection. Raises what `build(num_turns)` raises: then not even the
    question alone fits.
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
