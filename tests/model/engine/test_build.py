"""An engine is built for the memory that is free, and says in the log how it is divided."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.chat import ChatModel
from model.engine import build, fitting
from model.engine.build import build_engine, load_vision_kernels
from model.engine.engine import Engine
from model.engine.fitting import Fit
from model.engine.measuring import CudaMemoryMeter
from model.engine.sizing import MemoryPlan, Peaks, StepSizes
from model.errors import LoadError, OutOfMemory
from model.images import View
from model.minicpmv import MiniCPMV
from model.options import EngineOptions


def test_the_warm_up_encodes_one_view_of_the_usual_size(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model, calls = chat_model.model, list[Sequence[View]]()
    encode = model._encode_batch

    def watched(views: Sequence[View]) -> Tensor:
        calls.append(views)
        return encode(views)

    monkeypatch.setattr(model, "_encode_batch", watched)
    load_vision_kernels(model)
    ((view,),) = calls
    patch = model.config.vision_config.patch_size
    assert (view.rows * patch, view.columns * patch) == (model.config.image_size, model.config.image_size)
    assert view.patches.shape == (view.rows * view.columns, 3, patch, patch)


def build_with(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch, fit: Fit) -> Engine:
    """Build an engine with the sizes that were found, whatever is really free."""
    monkeypatch.setattr(build, "fit_on_cpu", lambda *_: fit)
    return build_engine(chat_model.model, (), "sdpa", EngineOptions())


FIT = Fit(StepSizes(96, 3), MemoryPlan(40, 1 << 30, 12345, Peaks(1 << 20), 0))


def test_the_engine_has_the_sizes_that_fit(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = build_with(chat_model, monkeypatch, FIT)
    assert engine.scheduler.pool.num_blocks == 40
    assert engine.scheduler.limits.max_num_batched_tokens == 96
    assert engine.runner.pool.shape[2] == 41 * 32
    assert engine.runner.images._max_bytes == 12345


def test_the_figures_are_logged_once(
    chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="model.engine.build"):
        build_with(chat_model, monkeypatch, FIT)
    (line,) = caplog.messages
    assert line.startswith("memory: weights 0.")
    assert "KV cache 1.0 GiB (1,280 tokens)" in line


@pytest.mark.parametrize(
    ("fit", "words"),
    [
        (replace(FIT, is_short=True), "the KV cache is smaller than 2 GiB, because little memory is free"),
        (replace(FIT, plan=replace(FIT.plan, kv_cache_bytes=1)), "holds 1280 tokens only: longer requests are refused"),
    ],
)
def test_a_small_cache_is_said(
    chat_model: ChatModel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fit: Fit,
    words: str,
) -> None:
    with caplog.at_level(logging.INFO, logger="model.engine.build"):
        build_with(chat_model, monkeypatch, fit)
    assert words in caplog.text


def test_no_room_for_a_cache_is_out_of_memory(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutOfMemory, match="leave no memory for the KV cache"):
        build_with(chat_model, monkeypatch, replace(FIT, plan=replace(FIT.plan, num_blocks=1)))


def test_a_cache_that_was_asked_for_too_small_is_refused(chat_model: ChatModel) -> None:
    with pytest.raises(LoadError, match=r"the KV cache of 5 bytes is too small: 32 tokens need .* three times that"):
        build_engine(chat_model.model, (), "sdpa", EngineOptions(kv_cache_bytes=5))


def test_little_free_memory_makes_the_cache_small_and_the_engine_starts(
    chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = chat_model.model.config.vision_batch_size
    monkeypatch.setattr(fitting, "read_free_memory", lambda _: 0)
    engine = build_engine(chat_model.model, (), "sdpa", EngineOptions())
    assert chat_model.model.config.vision_batch_size == 1
    chat_model.model.config.vision_batch_size = views
    sizes = fitting.read_sizes(chat_model.model)
    assert engine.runner.pool.nbytes >= sizes.prompt_bytes - sizes.block_bytes


@pytest.mark.gpu
def test_an_engine_is_fitted_into_a_real_gpu(golden_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = MiniCPMV.from_pretrained(golden_folder / "checkpoint", dtype=torch.bfloat16).eval().to("cuda")
    options = EngineOptions(max_num_seqs=8)
    with caplog.at_level(logging.INFO, logger="model.engine.build"):
        engine = build_engine(model, (), "auto", options)
    assert "KV cache" in caplog.text
    meter = CudaMemoryMeter(model.device)
    meter.release()
    assert meter.read_free() > 128 << 20
    assert engine.scheduler.pool.num_blocks >= 2
