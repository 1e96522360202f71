"""An engine is fitted into a GPU that is counted by hand, and into the memory of a CPU."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.chat import ChatModel
from model.config import MiniCPMVConfig
from model.engine import fitting
from model.engine.attention import Kernel, SdpaKernel, TorchFlashKernel
from model.engine.fitting import capture_graphs, fit_on_cpu, fit_on_gpu, measure_engine, read_sizes
from model.engine.graphs import DecodeGraphs
from model.engine.image_cache import ImageCache
from model.engine.largest_step import make_largest_rows, run_largest_step
from model.engine.measuring import MemoryMeter
from model.engine.runner import ModelRunner
from model.engine.sampler import Sampler
from model.engine.sizing import GIB, ModelSizes, Peaks, StepSizes
from model.errors import OutOfMemory
from model.minicpmv import MiniCPMV
from model.options import EngineOptions
from model.quantization import make_bitsandbytes_config

MIB = 1 << 20
OPTIONS = EngineOptions(max_num_seqs=8)
REAL = ModelSizes(28, 4, 128, 3584, 18944, 151666, 1152, 4304, 1024, 16, 32768, 2)


class HandMeter:
    """A device of `free` bytes on which all work takes `peak` bytes."""

    def __init__(self, free: int, peak: int = 0) -> None:
        self.free, self.peak = free, peak

    def release(self) -> None:
        pass

    def read_free(self) -> int:
        return self.free

    def measure_peak(self, work: Callable[[], object]) -> int:
        work()
        return self.peak


@pytest.fixture
def model(chat_model: ChatModel) -> Iterator[MiniCPMV]:
    """Give the tests' model back with as many views in a forward as before."""
    views = chat_model.model.config.vision_batch_size
    yield chat_model.model
    chat_model.model.config.vision_batch_size = views


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[StepSizes]:
    """Return a list of the step sizes that are measured, each at 100 KiB a token; over 60 MiB they raise."""
    found: list[StepSizes] = []

    def measure(_: MiniCPMV, __: Kernel, ___: EngineOptions, steps: StepSizes, meter: MemoryMeter) -> Peaks:
        found.append(steps)
        step_bytes = 100 * 1024 * steps.max_num_batched_tokens
        if step_bytes > meter.read_free():
            raise OutOfMemory("CUDA out of memory")
        return Peaks(step_bytes)

    monkeypatch.setattr(fitting, "measure_engine", measure)
    return found


def fit(model: MiniCPMV, free: int, sizes: ModelSizes, options: EngineOptions = OPTIONS) -> fitting.Fit:
    return fit_on_gpu(model, SdpaKernel(), sizes, options, HandMeter(free))


def test_a_large_card_is_measured_once(model: MiniCPMV, measured: list[StepSizes]) -> None:
    found = fit(model, 20 * GIB, REAL)
    assert measured == [found.steps] == [StepSizes(2048, 16)]
    assert model.config.vision_batch_size == 16
    assert found.plan.peaks.step_bytes == 200 * MIB
    assert found.plan.kv_cache_bytes > 12 * GIB


def test_steps_shrink_until_a_longest_prompt_fits(model: MiniCPMV, measured: list[StepSizes]) -> None:
    sizes = replace(REAL, intermediate_size=1, vocab_size=1, hidden_size=16, vision_width=1)
    found = fit(model, sizes.prompt_bytes + 128 * MIB + 70 * MIB, sizes)
    assert [steps.max_num_batched_tokens for steps in measured] == [2048, 1024, 512]
    assert found.steps == measured[-1]
    assert model.config.vision_batch_size == found.steps.vision_batch_size
    assert found.plan.kv_cache_bytes >= sizes.prompt_bytes


def test_steps_shrink_when_the_memory_runs_out(model: MiniCPMV, measured: list[StepSizes]) -> None:
    sizes = replace(REAL, intermediate_size=1, vocab_size=1, hidden_size=16, vision_width=1, num_layers=1)
    found = fit(model, 170 * MIB, sizes)
    assert [steps.max_num_batched_tokens for steps in measured[:2]] == [2048, 1024]
    assert found.steps == measured[-1] != measured[0]


def test_the_smallest_step_that_is_too_large_raises(model: MiniCPMV, measured: list[StepSizes]) -> None:
    with pytest.raises(OutOfMemory):
        fit(model, 10 * MIB, REAL)
    assert measured[-1] == StepSizes(512, 1)


def test_an_error_that_is_not_about_memory_passes_at_once(model: MiniCPMV, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Peaks:
        raise RuntimeError("no kernel image is available for execution on the device")

    monkeypatch.setattr(fitting, "measure_engine", fail)
    with pytest.raises(RuntimeError, match="no kernel image"):
        fit(model, 20 * GIB, REAL)


def test_explicit_sizes_are_kept(model: MiniCPMV, measured: list[StepSizes]) -> None:
    options = EngineOptions(max_num_batched_tokens=3000, kv_cache_bytes=GIB)
    found = fit(model, 2 * GIB, REAL, options)
    assert found.steps.max_num_batched_tokens == 3000
    assert 0 <= GIB - found.plan.kv_cache_bytes < REAL.block_bytes
    assert len(measured) == 1


def test_the_engine_is_measured_with_a_runner_of_its_own(model: MiniCPMV, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...]] = []

    def watch(runner: ModelRunner, steps: StepSizes, max_rows: int) -> None:
        shapes.append(tuple(runner.pool.shape))
        run_largest_step(runner, steps, max_rows)

    monkeypatch.setattr(fitting, "run_largest_step", watch)
    steps = StepSizes(64, 1)
    assert measure_engine(model, SdpaKernel(), OPTIONS, steps, HandMeter(100, peak=40)) == Peaks(40, 0)
    assert len(shapes) == 2, "once to warm up, once to measure"
    assert shapes[0][2] >= sum(row.length for row in make_largest_rows(64, 8))


@pytest.mark.parametrize(("is_eager", "num_captures"), [(False, 1), (True, 0)])
def test_graphs_are_measured_unless_decode_steps_are_eager(
    model: MiniCPMV, monkeypatch: pytest.MonkeyPatch, is_eager: bool, num_captures: int
) -> None:
    captures: list[int] = []
    monkeypatch.setattr(fitting, "capture_graphs", lambda _, max_rows: captures.append(max_rows))
    measure_engine(model, SdpaKernel(), replace(OPTIONS, is_eager=is_eager), StepSizes(32, 1), HandMeter(100))
    assert captures == [8] * num_captures


@pytest.mark.parametrize("error", [None, "a layer reads a number"])
def test_a_capture_gives_the_graphs_or_why_not(
    model: MiniCPMV, monkeypatch: pytest.MonkeyPatch, error: str | None
) -> None:
    monkeypatch.setattr(fitting, "capture_decode", lambda _: error)
    runner = ModelRunner(model, 8, TorchFlashKernel(), ImageCache(model, 0), Sampler(()))
    found = capture_graphs(runner, 8)
    assert isinstance(found, DecodeGraphs) if error is None else found == error
    runner.kernel = SdpaKernel()
    assert capture_graphs(runner, 8) is None


@pytest.mark.parametrize(
    ("free", "mapped", "is_short"), [(60 * GIB, 0, False), (1 * GIB, 0, True), (2 * GIB, 2 * GIB, False)]
)
def test_on_a_cpu_the_cache_is_bounded_by_what_is_free(
    model: MiniCPMV, monkeypatch: pytest.MonkeyPatch, free: int, mapped: int, is_short: bool
) -> None:
    monkeypatch.setattr(fitting, "read_free_memory", lambda _: free)
    monkeypatch.setattr(fitting, "count_mapped_bytes", lambda: mapped)
    sizes = replace(read_sizes(model), num_layers=32, num_kv_heads=4, head_dim=64, max_model_len=32768)
    if mapped:
        sizes = replace(sizes, num_layers=1, num_kv_heads=1)  # all that requests can use is small
    found = fit_on_cpu(model, sizes, OPTIONS)
    assert found.is_short is is_short
    assert found.plan.kv_cache_bytes >= sizes.prompt_bytes - sizes.block_bytes
    assert model.config.vision_batch_size == found.steps.vision_batch_size


def test_weights_in_mapped_files_are_not_free(model: MiniCPMV, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = replace(read_sizes(model), num_layers=16, max_model_len=100_000)
    weights = sum(parameter.nbytes for parameter in model.parameters())
    monkeypatch.setattr(fitting, "read_free_memory", lambda _: GIB)
    found = []
    for mapped in (0, weights // 2, 100 * weights):
        monkeypatch.setattr(fitting, "count_mapped_bytes", lambda mapped=mapped: mapped)
        found.append(
            fit_on_cpu(model, sizes, OPTIONS).plan.left_bytes + fit_on_cpu(model, sizes, OPTIONS).plan.kv_cache_bytes
        )
    assert found[0] >= found[1] >= found[2] >= found[0] - 2 * weights


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("quantization", ["none", "int8", "int4"])
def test_the_largest_quantised_layer_counts(golden_folder: Path, quantization: str) -> None:
    folder = golden_folder / "checkpoint"
    given = (
        {} if quantization == "none" else {"quantization_config": make_bitsandbytes_config(quantization, torch.float32)}
    )
    config = MiniCPMVConfig.from_pretrained(folder)
    loaded = MiniCPMV.from_pretrained(folder, config=config, dtype=torch.float32, device_map={"": "cpu"}, **given)
    expected = 0 if quantization == "none" else 4 * config.hidden_size * config.intermediate_size
    assert read_sizes(loaded).dequantized_bytes == expected
