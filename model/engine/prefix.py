"""Content addresses of prefixes: each block of positions is hashed together with everything before it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

BLOCK_SIZE = 32
"""The number of positions that are allocated, hashed and reused together."""


def count_blocks(num_positions: int) -> int:
    """Return how many blocks hold that many positions."""
    return -(-num_positions // BLOCK_SIZE)


@dataclass(frozen=True)
class ViewSpan:
    """The positions [start, end) of one view. `key` hashes its picture's pixels, the way it was cut, and its index."""

    start: int
    end: int
    key: bytes


class PrefixKeys:
    """The content addresses of a growing sequence's full blocks.

    `keys[i]` stands for the positions [32 i, 32 (i + 1)) and everything before them. At a view's positions the view's
    key is hashed instead of the placeholder's id, so the same text about another picture is another prefix. `salt`
    keeps the prefixes of different models apart.
    """

    def __init__(self, spans: Sequence[ViewSpan] = (), salt: bytes = b"") -> None:
        self.keys: list[bytes] = []
        self._views = {
            position: span.key + (position - span.start).to_bytes(4, "little")
            for span in spans
            for position in range(span.start, span.end)
        }
        self._salt = salt

    def copy(self) -> "PrefixKeys":
        other = PrefixKeys(salt=self._salt)
        other.keys, other._views = list(self.keys), self._views
        return other

    def extend(self, token_ids: Sequence[int]) -> None:
        """Add the keys of the blocks filled since the last call. `token_ids` is the whole sequence so far."""
        while (len(self.keys) + 1) * BLOCK_SIZE <= len(token_ids):
            start = len(self.keys) * BLOCK_SIZE
            previous = self.keys[-1] if self.keys else self._salt
            digest = hashlib.blake2b(previous, digest_size=16)
            for position in range(start, start + BLOCK_SIZE):
                view = self._views.get(position)
                digest.update(b"v" + view if view else b"t" + token_ids[position].to_bytes(8, "little"))
            self.keys.append(digest.digest())
