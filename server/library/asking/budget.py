"""How much of documents fits into a prompt."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from model.tokenizer import Tokenizer
from server.engine.async_engine import AsyncEngine
from server.turn.turn import Turn
from server.turn.turns import TurnLimits

VIEW_TOKENS = 66
"""A view of a picture takes 64 tokens and two that enclose it."""

PICTURE_TOKENS = 40
"""What a picture takes beside its views: its number, and the line ends of its grid."""

DEFAULT_SLICES = 9
MESSAGE_TOKENS = 5
MAX_INLINE_CHARACTERS = 2000
"""Longer texts are tokenised in a thread."""

LEAST_PART = 2
"""Where a long dialogue leaves less, passages still have the share of documents divided by this."""

MAX_CHARACTERS_A_TOKEN = 12
"""No text has more characters for each token, on the average."""


@dataclass(frozen=True)
class Budget:
    """What passages may take of a prompt: tokens, pictures, and the slices of each picture."""

    num_tokens: int
    num_pictures: int
    num_slices: int = DEFAULT_SLICES

    @property
    def picture_tokens(self) -> int:
        """How many tokens the picture of a page takes at most."""
        return count_picture_tokens(self.num_slices)


def count_picture_tokens(num_slices: int) -> int:
    """Return how many tokens a picture takes at most: a view of the whole, and its slices."""
    views = 1 if num_slices <= 1 else num_slices + 1
    return views * VIEW_TOKENS + PICTURE_TOKENS


def count_frame_tokens(num_slices: int) -> int:
    """Return how many tokens a frame of a clip takes at most: it has no number, and its views may end in new lines."""
    return (1 if num_slices <= 1 else num_slices + 1) * (VIEW_TOKENS + 1)


async def count_tokens(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    """Return how many tokens each text has; in a thread where they are long."""
    if sum(map(len, texts)) <= MAX_INLINE_CHARACTERS:
        return _count(tokenizer, texts)
    return await asyncio.to_thread(_count, tokenizer, texts)


def _count(tokenizer: Tokenizer, texts: Sequence[str]) -> list[int]:
    return [len(tokenizer.encode(text)) for text in texts]


async def find_budget(turn: Turn, engine: AsyncEngine, limits: TurnLimits, percent: int) -> Budget:
    """Return what passages may take of the prompt of a turn, where they have `percent` of it at most.

    The oldest turns of a dialogue leave a prompt that is too long, so they take no more than a part from the passages.
    """
    max_model_len = engine.core.max_model_len
    longest = min(limits.max_inp_length, max_model_len - 1)
    wanted = turn.options.get("max_new_tokens", limits.max_new_tokens)
    longest -= max(0, min(wanted, longest // 4) - max(0, max_model_len - longest))
    num_slices = turn.options.get("max_slice_nums") or engine.processor.max_slice_nums
    texts = [part for message in turn.messages for part in message.parts if isinstance(part, str)]
    num_own = sum(await count_tokens(engine.tokenizer, texts)) + MESSAGE_TOKENS * len(turn.messages)
    num_own += turn.num_images * count_picture_tokens(num_slices)
    num_own += sum(count_frame_tokens(frame.max_slice_nums or num_slices) for frame in turn.frames)
    share = longest * percent // 100
    num_tokens = max(min(share, longest - num_own), share // LEAST_PART)
    return Budget(num_tokens, max(0, limits.max_images - turn.num_images), num_slices)
