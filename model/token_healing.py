"""Token healing: how an answer goes on from the middle of a text.

A text that ends anywhere is seldom cut into tokens as the model would cut it: the last token of `Hel` is not the first
of `Hello`, and a space belongs to the word after it. So the last tokens of the text are taken back, and the answer may
only begin with what they stand for. What the model writes in their place may reach beyond the text.

Described by Lundberg, "The Art of Prompt Design: Prompt Boundaries and Token Healing" (2023):
https://towardsdatascience.com/the-art-of-prompt-design-prompt-boundaries-and-token-healing-3b2448b0be38
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.tokenizer import CONTROL_TOKENS, Tokenizer


class TokenIndex:
    """The tokens that text is made of, which are all but the control tokens, in the order of their bytes."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        controls = {tokenizer.control_id(token) for token in CONTROL_TOKENS}
        self._by_id = [b"" if i in controls else tokenizer.id_to_bytes(i) for i in range(tokenizer.num_ids)]
        self._ids = sorted((i for i, text in enumerate(self._by_id) if text), key=lambda i: self._by_id[i])
        self._bytes = [self._by_id[i] for i in self._ids]
        self.num_ids = tokenizer.num_ids
        self.max_length = max(map(len, self._bytes), default=0)

    def get_bytes(self, token_id: int) -> bytes:
        """Return what a token stands for; nothing for a control token."""
        return self._by_id[token_id] if token_id < self.num_ids else b""

    def find_extensions(self, text: bytes) -> list[int]:
        """Return the tokens that begin with the text, the token of the text itself among them."""
        start = bisect_left(self._bytes, text)
        return self._ids[start : bisect_right(self._bytes, text, lo=start, key=lambda each: each[: len(text)])]

    def find_beginnings(self, text: bytes) -> list[int]:
        """Return the tokens that the text begins with, and that are shorter than it."""
        beginnings = (text[:length] for length in range(1, min(len(text), self.max_length + 1)))
        return [token_id for each in beginnings for token_id in self._find(each)]

    def has_longer(self, text: bytes) -> bool:
        """Whether a token begins with the text and goes on after it."""
        return len(self.find_extensions(text)) > len(self._find(text))

    def _find(self, text: bytes) -> list[int]:
        return self._ids[bisect_left(self._bytes, text) : bisect_right(self._bytes, text)]


@dataclass(frozen=True)
class TokenHealing:
    """A mask that holds the beginning of an answer to `text`, which the last `num_tokens` of a prompt stand for."""

    index: TokenIndex
    text: bytes
    num_tokens: int

    @classmethod
    def find(cls, index: TokenIndex, token_ids: Sequence[int]) -> "TokenHealing | None":
        """Return what to take back of a text: the most last tokens that one longer token may stand in place of.

        None where no longer token begins with the last ones. The part that is taken back begins with a character.
        """
        found, text = None, b""
        for number, token_id in enumerate(reversed(token_ids), 1):
            piece = index.get_bytes(token_id)
            text = piece + text
            if not piece or len(text) >= index.max_length:  # a control token, or more than any token has
                break
            is_character = text[:1] < b"\x80" or text[:1] >= b"\xc0"  # the first byte of one, in UTF-8
            if is_character and index.has_longer(text):
                found = cls(index, text, number)
        return found

    @property
    def num_characters(self) -> int:
        """How much of an answer's text is not new."""
        return len(self.text.decode(errors="replace"))

    def __call__(self, generated: Sequence[int]) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
        """Return which tokens may come next, `[num_ids]`; None once the text is written, when any may."""
        rest = self._find_rest(generated)
        if not rest:
            return None
        allowed = np.zeros(self.index.num_ids, dtype=np.bool_)
        allowed[[*self.index.find_extensions(rest), *self.index.find_beginnings(rest)]] = True
        return allowed

    def _find_rest(self, generated: Sequence[int]) -> bytes:
        """Return what of the text is not written yet."""
        length = 0
        for token_id in generated:
            if length >= len(self.text):
                break
            length += len(self.index.get_bytes(token_id))
        return self.text[length:]

    def count_rewritten(self, generated: Sequence[int]) -> int:
        """Return how many of the first tokens of an answer hold nothing new."""
        length = count = 0
        for token_id in generated:
            length += len(self.index.get_bytes(token_id))
            if length > len(self.text):
                break
            count += 1
            if length == len(self.text):
                break
        return count

    def count_spare(self, generated: Sequence[int]) -> int:
        """Return how many fewer tokens than it took back an answer has needed for the text."""
        return max(self.num_tokens - self.count_rewritten(generated), 0)
