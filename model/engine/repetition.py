"""Detection of endless cycles: a model that has begun to repeat itself word for word does not stop by itself."""

from collections.abc import Sequence

MAX_PERIOD = 64
MIN_REPEATS = 8
MIN_TOKENS = 96
"""The lines of a table and a row of zeros repeat too, but not for so long."""


def is_cycling(token_ids: Sequence[int]) -> bool:
    """Return whether the tokens end in a cycle of period at most 64, repeated at least 8 times and over 96 tokens."""
    for period in range(1, min(MAX_PERIOD, len(token_ids) // MIN_REPEATS) + 1):
        length = max(MIN_REPEATS * period, MIN_TOKENS)
        if len(token_ids) < length or token_ids[-1] != token_ids[-1 - period]:
            continue
        end = token_ids[-length:]
        if end[period:] == end[:-period]:
            return True
    return False
