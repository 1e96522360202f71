"""The largest step has as many tokens, sampled rows and views as the limits allow, and leaves nothing behind."""

from collections.abc import Sequence
from typing import Any

import pytest
from torch import Tensor

from model.chat import ChatModel
from model.engine.attention import SdpaKernel
from model.engine.image_cache import ImageCache
from model.engine.largest_step import (
    LEAST_BLOCKS,
    count_largest_step_blocks,
    make_largest_rows,
    make_view,
    run_largest_step,
)
from model.engine.runner import ModelRunner
from model.engine.sampler import Sampler
from model.engine.sizing import StepSizes
from model.images import View


@pytest.mark.parametrize(("num_tokens", "max_num_seqs"), [(2048, 64), (64, 64), (10, 64), (100, 1), (1, 1), (33, 2)])
def test_rows_fill_the_step(num_tokens: int, max_num_seqs: int) -> None:
    rows = make_largest_rows(num_tokens, max_num_seqs)
    assert sum(row.length for row in rows) == num_tokens
    assert len(rows) == min(max_num_seqs, num_tokens)
    assert all(row.is_sampled for row in rows)
    lengths = [row.length for row in rows]
    assert lengths == sorted(lengths), "kernels expect rows of one token first"


@pytest.mark.parametrize(("num_tokens", "max_num_seqs"), [(2048, 64), (64, 64), (100, 1), (1, 1)])
def test_each_row_has_a_region_of_its_own_in_the_pool(num_tokens: int, max_num_seqs: int) -> None:
    end = 0
    for row in make_largest_rows(num_tokens, max_num_seqs):
        region = row.sequence.region
        assert region is not None
        assert region.start >= end
        assert region.capacity >= row.length
        end = region.end
    assert end <= count_largest_step_blocks(StepSizes(num_tokens, 1), max_num_seqs)


def test_there_is_room_for_the_check_of_graphs() -> None:
    assert count_largest_step_blocks(StepSizes(1, 1), 1) == LEAST_BLOCKS


def test_a_view_has_the_usual_area_and_the_given_key(chat_model: ChatModel) -> None:
    view = make_view(chat_model.model, b"x")
    assert view.size == (chat_model.model.config.image_size, chat_model.model.config.image_size)
    assert view.key == b"x"


def test_the_step_encodes_all_views_at_once_and_samples_all_rows(
    chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, steps = chat_model.model, StepSizes(96, 3)
    encoded, sampled = list[int](), list[tuple[int, ...]]()
    encode, sampler = model._encode_batch, Sampler(())
    sample = sampler.sample

    def watch_views(views: Sequence[View]) -> Tensor:
        encoded.append(len(views))
        return encode(views)

    def watch_rows(logits: Tensor, rows: Any) -> Any:
        sampled.append(tuple(logits.shape))
        return sample(logits, rows)

    monkeypatch.setattr(model, "_encode_batch", watch_views)
    monkeypatch.setattr(model.config, "vision_batch_size", 3)
    monkeypatch.setattr(sampler, "sample", watch_rows)
    images = ImageCache(model, 0)
    runner = ModelRunner(model, count_largest_step_blocks(steps, 8), SdpaKernel(), images, sampler)
    run_largest_step(runner, steps, 8)
    assert encoded == [3]
    assert sampled == [(8, model.config.vocab_size)]
    assert runner.num_tokens == 96
    assert images.num_bytes == 0
    run_largest_step(runner, steps, 8)
    assert encoded == [3, 3], "views are encoded anew each time"
