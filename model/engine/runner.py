"""From a batch to its next tokens: the pool's tensor, the forward, the head, the sampler."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from model.engine.attention import AttentionMetadata, Kernel, QuerySpan
from model.engine.batch import Batch, Row
from model.engine.graphs import DecodeGraphs, DecodeRow
from model.engine.image_cache import ImageCache, gather
from model.engine.prefix import BLOCK_SIZE, ViewSpan
from model.engine.region import Copy
from model.engine.sampler import Choice, Logprobs, Sampler
from model.engine.sequence import Group
from model.errors import DeviceFailed, OutOfMemory
from model.minicpmv import MiniCPMV


class ModelRunner:
    """Owns the pool `[layers, 2, slots, kv_heads, head_dim]`; the last block is for rows that mean nothing."""

    def __init__(self, model: MiniCPMV, num_blocks: int, kernel: Kernel, images: ImageCache, sampler: Sampler) -> None:
        self.model = model
        self.kernel = kernel
        self.images = images
        self.sampler = sampler
        self.pool = allocate_pool(model, num_blocks + 1)
        self.graphs: DecodeGraphs | None = None
        self.num_forwards = 0
        self.num_tokens = 0

    @torch.inference_mode()
    def run(self, batch: Batch) -> dict[Group, list[Choice]]:
        """How each group with a complete row goes on. Copies are done once, even when the rest fails.

        Raises `OutOfMemory` where the device has none left, and `DeviceFailed` after a fault that lasts.
        """
        try:
            return self._run(batch)
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(str(error)) from error
        except torch.AcceleratorError as error:
            raise DeviceFailed(str(error)) from error
        finally:
            self.images.note_times()

    def _run(self, batch: Batch) -> dict[Group, list[Choice]]:
        while batch.copies:
            self._copy(batch.copies[0])
            del batch.copies[0]
        self.images.encode(batch.views, (span.key for row in batch.rows for span in _views(row)))
        if not batch.rows:
            return {}
        self.num_forwards += 1
        self.num_tokens += batch.num_tokens
        graphs = self.graphs
        if graphs is not None and graphs.fits(len(batch.rows)) and all(map(_is_decode, batch.rows)):
            return self.sampler.sample(graphs.run([_decode_row(row) for row in batch.rows]), batch.rows)
        hidden = self._forward(batch)
        self._tell_prompt_logprobs(batch, hidden)
        ends = np.cumsum([row.length for row in batch.rows]) - 1
        giving = [i for i, row in enumerate(batch.rows) if row.gives_token]
        if not giving:
            return {}
        logits = self.model.llm.lm_head(hidden[torch.from_numpy(ends[giving]).to(hidden.device)])
        return self.sampler.sample(logits, [batch.rows[i] for i in giving])

    def _copy(self, copy: Copy) -> None:
        source = self.pool[:, :, copy.source : copy.source + copy.length]
        target = self.pool[:, :, copy.target : copy.target + copy.length]
        if abs(copy.source - copy.target) >= copy.length:
            target.copy_(source)
            return
        for own, layer in zip(target, source, strict=True):  # they overlap, and a whole clone could be too large
            own.copy_(layer.clone())

    def _forward(self, batch: Batch) -> Tensor:
        """Last hidden states `[T, width]` of all rows."""
        device = self.model.device
        spans = [_span(row) for row in batch.rows]
        positions = np.concatenate([np.arange(row.start, row.end) for row in batch.rows])
        offsets = np.repeat([span.slot for span in spans], [row.length for row in batch.rows])
        places = torch.from_numpy(np.stack([positions, positions + offsets])).to(device, non_blocking=True)
        step = AttentionMetadata(self.pool, places[1], self.kernel, self.kernel.plan(spans, device))
        embeds = self._embed(batch.rows)
        out = self.model.llm.model(inputs_embeds=embeds[None], position_ids=places[:1], use_cache=False, step=step)
        hidden: Tensor = out.last_hidden_state[0]
        return hidden

    def _embed(self, rows: Sequence[Row]) -> Tensor:
        """`[T, width]`: text embeddings with the views' features in their places."""
        ids = torch.tensor([i for row in rows for i in row.sequence.token_ids[row.start : row.end]])
        embeds: Tensor = self.model.get_input_embeddings()(ids.to(self.model.device, non_blocking=True))
        parts, places, first = [], [], 0
        for row in rows:
            for span in _views(row):
                start, end = max(span.start, row.start), min(span.end, row.end)
                parts.append((span.key, start - span.start, end - span.start))
                places.append(np.arange(first + start - row.start, first + end - row.start))
            first += row.length
        if not parts:
            return embeds
        where = torch.from_numpy(np.concatenate(places)).to(embeds.device)
        return embeds.index_copy(0, where, gather(self.images, parts).to(embeds.dtype))

    def _tell_prompt_logprobs(self, batch: Batch, hidden: Tensor) -> None:
        """Each position foretells the next, so the first token has no log-probability."""
        first = 0
        for row in batch.rows:
            last = min(row.end, row.sequence.num_prompt_tokens - 1)
            count = row.group.params.prompt_logprobs
            start = len(row.group.prompt_logprobs)  # after a preemption some are told already
            if count is not None and row.start <= start < last:
                logits = self.model.llm.lm_head(hidden[first + start - row.start : first + last - row.start]).float()
                told = Logprobs(logits, [count] * len(logits))
                following = row.sequence.token_ids[start + 1 : last + 1]
                row.group.prompt_logprobs += [p for i, t in enumerate(following) if (p := told.of(i, t)) is not None]
            first += row.length


def head_shape(model: MiniCPMV) -> tuple[int, int, int]:
    """Heads, key-value heads, and a head's width."""
    config = model.llm.config
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return config.num_attention_heads, config.num_key_value_heads, head_dim


def allocate_pool(model: MiniCPMV, num_blocks: int) -> Tensor:
    """`[layers, 2, slots, kv_heads, head_dim]`, of anything."""
    _, kv_heads, head_dim = head_shape(model)
    shape = (model.llm.config.num_hidden_layers, 2, num_blocks * BLOCK_SIZE, kv_heads, head_dim)
    return torch.empty(shape, dtype=model.dtype, device=model.device)


def _span(row: Row) -> QuerySpan:
    assert row.sequence.region is not None, "a row that runs has a region"
    return QuerySpan(row.length, row.sequence.region.slot, row.end)


def _views(row: Row) -> list[ViewSpan]:
    """Those that lie in its positions, or a part of them does."""
    return [span for span in row.group.spans if span.start < row.end and row.start < span.end]


def _is_decode(row: Row) -> bool:
    """The newest generated token: no picture, and nothing to tell of the prompt."""
    return row.length == 1 and row.gives_token and row.start >= row.sequence.num_prompt_tokens


def _decode_row(row: Row) -> DecodeRow:
    return DecodeRow(row.sequence.token_ids[row.start], _span(row))
