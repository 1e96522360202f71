"""Running a batch on the device: copies, views, the forward, the head, and the sampler."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from model.engine.attention import AttentionMetadata, Kernel, QuerySpan
from model.engine.batch import Batch, Row
from model.engine.blame import blame
from model.engine.graphs import DecodeGraphs, DecodeRow
from model.engine.image_cache import ImageCache, gather_features
from model.engine.prefix import BLOCK_SIZE, ViewSpan
from model.engine.region import Copy
from model.engine.sampler import DEVICE_FAULTS, Choice, Sampler, find_logprobs
from model.engine.sequence import Group
from model.errors import DeviceError, OutOfMemory
from model.minicpmv import MiniCPMV

SCORED_ROWS = 64
"""The number of a prompt's positions whose logits are there at once: those of a whole prompt would take gigabytes."""


class ModelRunner:
    """The model, and the pool of its keys and values, `[layers, 2, slots, kv_heads, head_dim]`.

    The pool has one block more than the scheduler knows of, for the padding rows of CUDA graphs.
    """

    def __init__(self, model: MiniCPMV, num_blocks: int, kernel: Kernel, images: ImageCache, sampler: Sampler) -> None:
        self.model = model
        self.kernel = kernel
        self.images = images
        self.sampler = sampler
        self.pool = allocate_pool(model, num_blocks + 1)
        self.graphs: DecodeGraphs | None = None
        self.num_tokens = 0

    @torch.inference_mode()
    def run(self, batch: Batch) -> dict[Group, list[Choice]]:
        """Compute a batch, and return the next tokens of each group whose next token comes from it.

        Copies that are done are removed from the batch, so a retry does not repeat them. Raise `OutOfMemory` when the
        device has no memory left, and `DeviceError` when it is lost.
        """
        try:
            return self._run(batch)
        except torch.OutOfMemoryError as error:
            raise OutOfMemory(str(error)) from error
        except torch.AcceleratorError as error:
            raise DeviceError(str(error)) from error
        finally:
            self.images.record_times()

    def _run(self, batch: Batch) -> dict[Group, list[Choice]]:
        while batch.copies:
            self._copy(batch.copies[0])
            del batch.copies[0]
        self.images.encode(batch.view_keys, (span.key for row in batch.rows for span in _list_spans(row)))
        if not batch.rows:
            return {}
        self.num_tokens += batch.num_tokens
        graphs = self.graphs
        if graphs is not None and graphs.can_run(len(batch.rows)) and all(map(_is_decode, batch.rows)):
            return self.sampler.sample(graphs.run([_make_decode_row(row) for row in batch.rows]), batch.rows)
        hidden = self._forward(batch)
        self._add_prompt_logprobs(batch, hidden)
        ends = np.cumsum([row.length for row in batch.rows]) - 1
        sampled = [i for i, row in enumerate(batch.rows) if row.is_sampled]
        if not sampled:
            return {}
        logits = self.model.llm.lm_head(hidden[torch.from_numpy(ends[sampled]).to(hidden.device)])
        return self.sampler.sample(logits, [batch.rows[i] for i in sampled])

    def _copy(self, copy: Copy) -> None:
        source = self.pool[:, :, copy.source : copy.source + copy.length]
        target = self.pool[:, :, copy.target : copy.target + copy.length]
        if abs(copy.source - copy.target) >= copy.length:
            target.copy_(source)
            return
        for own, layer in zip(target, source, strict=True):  # they overlap; a clone of all layers could be too large
            own.copy_(layer.clone())

    def _forward(self, batch: Batch) -> Tensor:
        """Return the last hidden states `[T, hidden]` of all rows."""
        device = self.model.device
        spans = [_make_span(row) for row in batch.rows]
        positions = np.concatenate([np.arange(row.start, row.end) for row in batch.rows])
        offsets = np.repeat([span.slot for span in spans], [row.length for row in batch.rows])
        places = torch.from_numpy(np.stack([positions, positions + offsets])).to(device, non_blocking=True)
        step = AttentionMetadata(self.pool, places[1], self.kernel, self.kernel.plan(spans, device))
        embeds = self._embed(batch.rows)
        out = self.model.llm.model(inputs_embeds=embeds[None], position_ids=places[:1], use_cache=False, step=step)
        hidden: Tensor = out.last_hidden_state[0]
        return hidden

    def _embed(self, rows: Sequence[Row]) -> Tensor:
        """Return the inputs `[T, hidden]`: token embeddings, with the views' features in their places."""
        ids = torch.tensor([i for row in rows for i in row.sequence.token_ids[row.start : row.end]])
        embeds: Tensor = self.model.get_input_embeddings()(ids.to(self.model.device, non_blocking=True))
        parts, places, first = [], [], 0
        for row in rows:
            for span in _list_spans(row):
                start, end = max(span.start, row.start), min(span.end, row.end)
                parts.append((span.key, start - span.start, end - span.start))
                places.append(np.arange(first + start - row.start, first + end - row.start))
            first += row.length
        if not parts:
            return embeds
        where = torch.from_numpy(np.concatenate(places)).to(embeds.device)
        return embeds.index_copy(0, where, gather_features(self.images, parts).to(embeds.dtype))

    def _add_prompt_logprobs(self, batch: Batch, hidden: Tensor) -> None:
        """Add the log-probabilities of prompt tokens. Each position predicts the next, so the first token has none."""
        first = 0
        for row in batch.rows:
            last = min(row.end, row.sequence.num_prompt_tokens - 1)
            count = row.group.params.prompt_logprobs
            start = len(row.group.prompt_logprobs)  # after a preemption some are known already
            if count is not None and row.start <= start < last:
                targets = row.sequence.token_ids[start + 1 : last + 1]
                self._score(row.group, hidden[first + start - row.start : first + last - row.start], targets, count)
            first += row.length

    def _score(self, group: Group, hidden: Tensor, targets: Sequence[int], count: int) -> None:
        """Add the log-probabilities of the tokens that follow on these positions, a few at a time."""
        with blame(group, *DEVICE_FAULTS):
            for start in range(0, len(targets), SCORED_ROWS):
                part = slice(start, start + SCORED_ROWS)
                logits = self.model.llm.lm_head(hidden[part]).float()
                group.prompt_logprobs += find_logprobs(logits, targets[part], count)


def get_head_shape(model: MiniCPMV) -> tuple[int, int, int]:
    """Return the language model's number of heads, its number of key-value heads, and the size of a head."""
    config = model.llm.config
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return config.num_attention_heads, config.num_key_value_heads, head_dim


def allocate_pool(model: MiniCPMV, num_blocks: int) -> Tensor:
    """Return an uninitialised pool `[layers, 2, slots, kv_heads, head_dim]` of that many blocks."""
    _, kv_heads, head_dim = get_head_shape(model)
    shape = (model.llm.config.num_hidden_layers, 2, num_blocks * BLOCK_SIZE, kv_heads, head_dim)
    return torch.empty(shape, dtype=model.dtype, device=model.device)


def _make_span(row: Row) -> QuerySpan:
    assert row.sequence.region is not None, "a row has a region"
    return QuerySpan(row.length, row.sequence.region.slot, row.end)


def _list_spans(row: Row) -> list[ViewSpan]:
    """Return the views that lie in a row's positions, at least in part."""
    return [span for span in row.group.spans if span.start < row.end and row.start < span.end]


def _is_decode(row: Row) -> bool:
    """Return whether a row is one generated token, which needs neither views nor the prompt's log-probabilities."""
    return row.length == 1 and row.is_sampled and row.start >= row.sequence.num_prompt_tokens


def _make_decode_row(row: Row) -> DecodeRow:
    return DecodeRow(row.sequence.token_ids[row.start], _make_span(row))
