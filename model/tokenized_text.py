"""Text that was given as token ids, for prompts whose ids must reach the model as they are."""

from collections.abc import Sequence
from typing import Self

from model.tokenizer import Tokenizer


class TokenizedText(str):
    """The text of `ids`, which a raw prompt takes as they are. What is made of it by changing it is plain text."""

    ids: tuple[int, ...]

    def __new__(cls, text: str, ids: Sequence[int]) -> Self:
        made = super().__new__(cls, text)
        made.ids = tuple(ids)
        return made

    @classmethod
    def decode(cls, ids: Sequence[int], tokenizer: Tokenizer) -> Self:
        """Make the text of these ids, control tokens included; U+FFFD stands for bytes that are no character."""
        return cls(b"".join(map(tokenizer.id_to_bytes, ids)).decode(errors="replace"), ids)
