"""Vectors of clients' texts: requests share the embedding model fairly, a batch of texts each in turn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.engine.fair_budget import BudgetExceeded, BudgetTimeout, FairBudget
from server.errors.embeddings import EmbeddingModelMissing, EmbeddingsBusy, TextsTooLong, TextTooLong
from server.library.embedder import BATCH, Embedder, Vectors

MAX_TEXTS = 2048
"""The most texts of one request, as in OpenAI's API."""

MAX_CHARACTERS = 4_000_000
"""The most characters of the texts of one request, and of all requests that are being embedded."""

MAX_WAIT_S = 60.0
"""How long a request waits until others have given room."""


@dataclass(frozen=True)
class TextVectors:
    """The vectors of texts in their order, a row each, and how many tokens the model read of all of them."""

    vectors: Vectors
    num_tokens: int


class Embeddings:
    """Embeds clients' texts. Without a model every request raises `EmbeddingModelMissing`."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._room = FairBudget(MAX_CHARACTERS)

    @property
    def label(self) -> str | None:
        """The name of the model; None without one."""
        return None if self._embedder is None else self._embedder.label

    def require(self) -> Embedder:
        """Return the model. Raises `EmbeddingModelMissing`."""
        if self._embedder is None:
            raise EmbeddingModelMissing
        return self._embedder

    async def embed(self, texts: Sequence[str], owner: str, is_truncated: bool, meter: "TokenMeter") -> TextVectors:
        """Return the vectors of texts, at most `MAX_TEXTS`; `meter` counts their tokens while they are read.

        Texts that are too long are cut if `is_truncated`, else refused. Raises `EmbeddingModelMissing`, `TextTooLong`,
        `TextsTooLong` and `EmbeddingsBusy`.
        """
        embedder = self.require()
        try:
            lease = await self._room.acquire(sum(map(len, texts)), owner, MAX_WAIT_S)
        except BudgetExceeded as error:
            raise TextsTooLong(sum(map(len, texts)), MAX_CHARACTERS) from error
        except BudgetTimeout as error:
            raise EmbeddingsBusy from error
        with lease:
            return await _embed_all(embedder, texts, is_truncated, meter)


class TokenMeter:
    """Counts the tokens that were read for a request, also of one that ends early."""

    def __init__(self) -> None:
        self.num_tokens = 0


async def _embed_all(embedder: Embedder, texts: Sequence[str], is_truncated: bool, meter: TokenMeter) -> TextVectors:
    """Embed texts of about one length together: what is shorter than the longest of a batch is computed in vain."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    rows: dict[int, Vectors] = {}
    for first in range(0, len(order), BATCH):
        places = order[first : first + BATCH]
        made = await embedder.embed_batch([texts[place] for place in places])
        meter.num_tokens += sum(made.num_tokens)
        if made.truncated and not is_truncated:
            raise TextTooLong(places[made.truncated[0]], embedder.max_tokens)
        rows.update(zip(places, made.vectors, strict=True))
    return TextVectors(np.stack([rows[place] for place in range(len(texts))]), meter.num_tokens)
