"""Content addresses of prefixes: each block of positions is hashed together with everything before it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

BLOCK_SIZE = 32
"""Positions that are allocated, hashed and reused together."""


@dataclass(frozen=True)
class ViewSpan:
    """Positions [start, end) hold the view that `key` stands for: its picture's pixels, the view plan, its index."""

    start: int
    end: int
    key: bytes


class PrefixKeys:
    """The keys of a growing sequence's whole blocks, `keys[i]` that of positions [32 i, 32 (i + 1)) and all before.

    At a view's positions its key is hashed, never the placeholder's id: the same text about another picture is another
    prefix. `salt` keeps models apart.
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
        """Add the keys of blocks that `token_ids`, the whole sequence so far, has filled since the last call."""
        while (len(self.keys) + 1) * BLOCK_SIZE <= len(token_ids):
            start = len(self.keys) * BLOCK_SIZE
            previous = self.keys[-1] if self.keys else self._salt
            digest = hashlib.blake2b(previous, digest_size=16)
            for position in range(start, start + BLOCK_SIZE):
                view = self._views.get(position)
                digest.update(b"v" + view if view else b"t" + token_ids[position].to_bytes(8, "little"))
            self.keys.append(digest.digest())
