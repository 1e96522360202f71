"""Building an engine for a loaded model, sized for the memory of the device that the model is on."""

import logging

import torch

from model.engine.attention import NAME, register_attention
from model.engine.budget import Limits
from model.engine.engine import Engine
from model.engine.fitting import Fit, capture_graphs, fit_on_cpu, fit_on_gpu, read_sizes
from model.engine.image_cache import ImageCache
from model.engine.kv_cache import RegionPool
from model.engine.largest_step import make_view
from model.engine.measuring import CudaMemoryMeter
from model.engine.packed_linear import pack_linears
from model.engine.prefix import BLOCK_SIZE
from model.engine.probe import choose_kernel
from model.engine.recovery import RecoveringEngine
from model.engine.runner import ModelRunner, get_head_shape
from model.engine.sampler import Sampler
from model.engine.scheduler import Scheduler
from model.engine.sizing import CPU_CACHE_BYTES, ModelSizes
from model.errors import LoadError, OutOfMemory
from model.minicpmv import MiniCPMV
from model.options import EngineOptions

logger = logging.getLogger(__name__)


def build_engine(
    model: MiniCPMV, end_ids: tuple[int, ...], attention: str, options: EngineOptions, salt: bytes = b""
) -> Engine:
    """Build the engine of a model. `attention` is the name of a kernel, or auto.

    The language model belongs to the engine from here on: its attention is replaced, and on a CPU its weights are
    packed. The views of one forward may become fewer than the configuration says.

    Raise `LoadError` when no kernel runs or the KV cache that was asked for is too small, and `OutOfMemory` or what
    torch raises when the memory has run out.
    """
    kernel = choose_kernel(attention, *get_head_shape(model), torch.empty(0, dtype=model.dtype, device=model.device))
    register_attention()
    set_attention(model, NAME)
    weight_bytes, view_cost, sizes = model.get_memory_footprint(), _estimate_view_cost(model), read_sizes(model)
    if model.device.type == "cuda":
        load_vision_kernels(model)
        fit = fit_on_gpu(model, kernel, sizes, options, CudaMemoryMeter(model.device))
    else:
        pack_linears(model.llm)
        fit = fit_on_cpu(model, sizes, options)
    _check_fit(fit, sizes, options)
    logger.info("%s", fit.plan.describe(weight_bytes))
    images = ImageCache(model, fit.plan.image_cache_bytes)
    runner = ModelRunner(model, fit.plan.num_blocks, kernel, images, Sampler(end_ids))
    if model.device.type == "cuda" and not options.is_eager:
        _give_graphs(runner, options.max_num_seqs)
    limits = Limits(options.max_num_seqs, fit.steps.max_num_batched_tokens, view_cost)
    scheduler = Scheduler(RegionPool(fit.plan.num_blocks), limits, images)
    max_model_len = model.config.max_position_embeddings
    return RecoveringEngine(runner, scheduler, end_ids, max_model_len, salt, options.stops_cycles)


@torch.inference_mode()
def load_vision_kernels(model: MiniCPMV) -> None:
    """Encode one empty view: kernels load on their first use, and their memory must not count as free."""
    model.encode_views([make_view(model)])


def _check_fit(fit: Fit, sizes: ModelSizes, options: EngineOptions) -> None:
    """Raise where the KV cache is too small to be one, and log where it is small."""
    plan = fit.plan
    if plan.num_blocks < 2 and options.kv_cache_bytes is not None:
        raise LoadError(
            f"the KV cache of {options.kv_cache_bytes} bytes is too small: {BLOCK_SIZE} tokens need "
            f"{sizes.block_bytes} bytes, and there must be room for at least three times that"
        )
    if plan.num_blocks < 2:
        raise OutOfMemory("the weights and one step leave no memory for the KV cache")
    if options.kv_cache_bytes is not None:
        return
    if plan.kv_cache_bytes < sizes.prompt_bytes:
        logger.warning("the memory that is left holds %s tokens only: longer requests are refused", plan.num_tokens)
    elif fit.is_short:
        logger.info("the KV cache is smaller than %s GiB, because little memory is free", CPU_CACHE_BYTES >> 30)


def _give_graphs(runner: ModelRunner, max_rows: int) -> None:
    graphs = capture_graphs(runner, max_rows)
    if isinstance(graphs, str):
        logger.warning("decode steps run without CUDA graphs: %s", graphs)
    else:
        runner.graphs = graphs


def _estimate_view_cost(model: MiniCPMV) -> int:
    """Return how many tokens cost as much as one view: its patches go through the tower, a token through the layers."""
    tower = sum(parameter.numel() for parameter in model.vpm.encoder.parameters())
    layers = sum(parameter.numel() for parameter in model.llm.model.layers.parameters())
    num_patches = (model.config.image_size // model.config.vision_config.patch_size) ** 2
    cost: int = max(1, round(num_patches * tower / layers))
    return cost


def set_attention(model: MiniCPMV, name: str) -> None:
    """Set the attention of the language model only; transformers would set the vision tower's to the same."""
    vision = model.config.vision_config
    vision_attention = vision._attn_implementation
    model.llm.config._attn_implementation = name
    vision._attn_implementation = vision_attention
