"""The answer to `POST /v1/completions`, written whole or in chunks.

Reference: https://platform.openai.com/docs/api-reference/completions
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from model.tokenizer import Tokenizer
from server.api.completions.batch import Batch
from server.api.completions.logprobs import TokenLister
from server.api.completions.request import CompletionRequest
from server.api.completions.response import TextChoice, TextCompletion, TokenLists
from server.api.completions.turn import count_logprobs
from server.api.openai.completion import write_usage
from server.api.openai.request import StreamOptions
from server.api.stage_options import write_trace
from server.pipeline.stage import TurnContext
from server.turn.reply import ReplyDelta


@dataclass
class Completion:
    """The answer to one request, which asks for the batch. `listers` list the tokens of the choices begun so far."""

    request: CompletionRequest
    model: str
    context: TurnContext
    tokenizer: Tokenizer
    id: str = field(default_factory=lambda: f"cmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    listers: dict[int, TokenLister] = field(default_factory=dict)

    def write_whole(self, batch: Batch, answers: Sequence[ReplyDelta]) -> TextCompletion:
        """Return the whole answer. Many log-probabilities take a while, so call it in a thread."""
        choices = [self._write_choice(batch, answer) for answer in answers]
        trace: Any = write_trace(self.context)
        return {**self._write_head(choices), "usage": write_usage(batch.reply), **trace}

    async def write_chunks(self, batch: Batch) -> AsyncIterator[TextCompletion | str]:
        """Yield the events of a stream, `[DONE]` last."""
        options = self.request.stream_options or StreamOptions()
        async for delta in batch.reply:
            chunk = self._write_head([await self._write_part(batch, delta)])
            if options.include_usage or options.continuous_usage_stats:
                chunk["usage"] = write_usage(batch.reply) if options.continuous_usage_stats else None
            trace: Any = write_trace(self.context) if delta.finish_reason is not None else {}
            yield {**chunk, **trace}
        if options.include_usage:
            yield {**self._write_head([]), "usage": write_usage(batch.reply)}
        yield "[DONE]"

    async def _write_part(self, batch: Batch, delta: ReplyDelta) -> TextChoice:
        """Return the choice of a chunk. A first one with its prompt's log-probabilities takes a while."""
        if self.request.echo and self.request.logprobs is not None and delta.index not in self.listers:
            return await asyncio.to_thread(self._write_choice, batch, delta)
        return self._write_choice(batch, delta)

    def _write_head(self, choices: list[TextChoice]) -> TextCompletion:
        return {
            "id": self.id,
            "object": "text_completion",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }

    def _write_choice(self, batch: Batch, delta: ReplyDelta) -> TextChoice:
        is_first = delta.index not in self.listers
        is_echoed = bool(self.request.echo) and is_first
        if is_first:
            are_ids = bool(self.request.return_tokens_as_token_ids)
            self.listers[delta.index] = TokenLister(self.tokenizer, are_ids)
        prompt = batch.get_prompt_text(delta.index) if is_echoed else ""
        return {
            "index": delta.index,
            "text": prompt + delta.text,
            "logprobs": self._write_logprobs(batch, delta, is_echoed),
            "finish_reason": delta.finish_reason,
        }

    def _write_logprobs(self, batch: Batch, delta: ReplyDelta, is_echoed: bool) -> TokenLists | None:
        if count_logprobs(self.request) is None:
            return None
        prompt = batch.get_prompt(delta.index)
        scored = zip(prompt.ids, (None, *prompt.logprobs), strict=True) if is_echoed and prompt.ids else ()
        own = ((item.token_id, item) for item in delta.logprobs)
        return self.listers[delta.index].list_tokens([*scored, *own])
