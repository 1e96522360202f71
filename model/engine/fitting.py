"""Fitting an engine into the memory of its device: what fits is measured on a GPU, and estimated on a CPU."""

from dataclasses import dataclass, replace

from torch import nn

from model.engine.attention import Kernel, StaticKernel
from model.engine.graphs import DecodeGraphs, capture_decode
from model.engine.image_cache import ImageCache
from model.engine.largest_step import count_largest_step_blocks, run_largest_step
from model.engine.measuring import MemoryMeter, measure_peaks
from model.engine.prefix import BLOCK_SIZE
from model.engine.runner import ModelRunner
from model.engine.sampler import Sampler
from model.engine.sizing import (
    CPU_CACHE_BYTES,
    MemoryPlan,
    ModelSizes,
    Peaks,
    StepSizes,
    choose_step_sizes,
    estimate_step_bytes,
    plan_memory,
    read_model_sizes,
    shrink_steps,
)
from model.errors import ModelError
from model.memory import count_mapped_bytes, read_free_memory
from model.minicpmv import MiniCPMV
from model.options import EngineOptions
from model.out_of_memory import is_out_of_memory


@dataclass(frozen=True)
class Fit:
    """The sizes of an engine. `is_short` says that the KV cache is smaller than usual for lack of memory."""

    steps: StepSizes
    plan: MemoryPlan
    is_short: bool = False


def read_sizes(model: MiniCPMV) -> ModelSizes:
    """Return the sizes of a loaded model; its largest quantised layer counts with what it takes as plain numbers."""
    layers = (layer for layer in model.llm.model.layers.modules() if isinstance(layer, nn.Linear))
    quantized = (layer for layer in layers if not layer.weight.is_floating_point())
    largest = max((layer.in_features * layer.out_features for layer in quantized), default=0)
    sizes = read_model_sizes(model.config, model.dtype.itemsize)
    return replace(sizes, dequantized_bytes=largest * sizes.item_bytes)


def fit_on_cpu(model: MiniCPMV, sizes: ModelSizes, options: EngineOptions) -> Fit:
    """Choose the sizes from what is free once the weights are packed."""
    # weights that lie in mapped files count as available, but every step reads them
    mapped_bytes = min(count_mapped_bytes(), sum(parameter.nbytes for parameter in model.parameters()))
    free = max(read_free_memory("cpu") - mapped_bytes, 0)
    steps = choose_step_sizes(free, sizes, options, is_gpu=False)
    _set_views(model, steps)
    peaks = Peaks(estimate_step_bytes(sizes, steps, options.max_num_seqs))
    plan = plan_memory(free, sizes, peaks, options, is_gpu=False)
    largest = options.max_num_seqs * sizes.max_model_len * sizes.token_bytes
    return Fit(steps, plan, plan.kv_cache_bytes < min(CPU_CACHE_BYTES, largest) - sizes.block_bytes)


def fit_on_gpu(model: MiniCPMV, kernel: Kernel, sizes: ModelSizes, options: EngineOptions, meter: MemoryMeter) -> Fit:
    """Measure the largest step and the graphs, and give the KV cache what they leave.

    Steps are made smaller until they leave room for a longest prompt and its answer. Raise what says that the memory
    has run out when the smallest step is too large.
    """
    meter.release()
    steps = choose_step_sizes(meter.read_free(), sizes, options, is_gpu=True)
    while True:
        _set_views(model, steps)
        smaller = shrink_steps(steps, options)
        try:
            peaks = measure_engine(model, kernel, options, steps, meter)
        except (ModelError, RuntimeError) as error:
            if smaller is None or not is_out_of_memory(error):
                raise
        else:
            meter.release()
            plan = plan_memory(meter.read_free(), sizes, peaks, options, is_gpu=True)
            if smaller is None or options.kv_cache_bytes or plan.kv_cache_bytes >= sizes.prompt_bytes:
                return Fit(steps, plan)
        steps = smaller


def measure_engine(
    model: MiniCPMV, kernel: Kernel, options: EngineOptions, steps: StepSizes, meter: MemoryMeter
) -> Peaks:
    """Measure the largest step, and the graphs where decode steps are captured, with a runner that is thrown away."""
    max_rows = options.max_num_seqs
    num_blocks = count_largest_step_blocks(steps, max_rows)
    runner = ModelRunner(model, num_blocks, kernel, ImageCache(model, 0), Sampler(()))

    def run_step() -> None:
        run_largest_step(runner, steps, max_rows)

    def capture() -> object:
        return capture_graphs(runner, max_rows)

    return measure_peaks(meter, run_step, None if options.is_eager else capture)


def capture_graphs(runner: ModelRunner, max_rows: int) -> DecodeGraphs | str | None:
    """Return the captured decode steps, why they cannot be used, or None for a kernel that cannot be captured."""
    if not isinstance(runner.kernel, StaticKernel):
        return None
    padding_slot = runner.pool.shape[2] - BLOCK_SIZE
    graphs = DecodeGraphs(runner.model, runner.kernel, runner.pool, padding_slot, max_rows)
    return capture_decode(graphs) or graphs


def _set_views(model: MiniCPMV, steps: StepSizes) -> None:
    model.config.vision_batch_size = steps.vision_batch_size
