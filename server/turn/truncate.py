"""Shortening a dialogue to the prompt's limit: the oldest turns leave whole, many at once.

Where the cut moves, nothing of the next prompt is found in the KV cache. So it moves seldom: it is the roundest number
of turns, in binary, that fits and keeps about half of the limit at least. It depends on the dialogue alone, and the
next turns of the dialogue have the same.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from model.errors import CacheTooSmall, PromptTooLong

if TYPE_CHECKING:
    from server.turn.pictures import PictureSource, PlannedPicture
    from server.turn.turn import TurnMessage

TOO_LONG = (PromptTooLong, CacheTooSmall)

PICTURE_SIZE = 2000
"""About as many bytes of text take as many tokens as a picture."""

FRAME_SIZE = 300
"""The same for a frame of a clip, which is one view in most cases."""

Prompt = TypeVar("Prompt")


async def truncate_history(build: Callable[[int], Awaitable[Prompt]], sizes: Sequence[int]) -> tuple[Prompt, int]:
    """Return a prompt that fits, and how many of the earlier turns, which have these sizes, it leaves out.

    `build(count)` makes the prompt without the oldest `count` turns, or raises one of `TOO_LONG`. As one prompt takes
    a while to build, the count is found by bisection, whose places are ever less round. Raises what the prompt of the
    question alone raises where not even that fits.
    """
    num_turns, low = len(sizes), 0
    try:
        return await build(0), 0
    except TOO_LONG as error:
        if num_turns == 0:
            raise
        limit = sum(sizes) * error.limit / error.num_tokens
    found = await build(num_turns), num_turns
    step = 1 << num_turns.bit_length()
    while step > 1 and (sum(sizes[found[1] :]) < limit / 2 or found[1] == num_turns):
        step //= 2
        count = low + step
        if count >= found[1]:
            continue
        try:
            found = await build(count), count
        except TOO_LONG as error:
            low, limit = count, sum(sizes[count:]) * error.limit / error.num_tokens
    return found


def measure_turns(messages: Sequence["TurnMessage"]) -> list[int]:
    """Return the size of each turn of a dialogue in bytes of text. A system message belongs to none: it stays."""
    sizes: list[int] = []
    for message in messages:
        if message.role == "user":
            sizes.append(0)
        if sizes and message.role != "system":
            sizes[-1] += sum(map(_measure_part, message.parts))
    return sizes


def _measure_part(part: "str | PictureSource | PlannedPicture") -> int:
    if isinstance(part, str):
        return len(part.encode())
    return FRAME_SIZE if part.is_frame else PICTURE_SIZE


def round_cut(least: int, most: int) -> int:
    """Return the roundest number from `least` to `most`: the one that the most powers of two divide."""
    while most & (most - 1) >= max(least, 1):
        most &= most - 1
    return most
