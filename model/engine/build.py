"""Building an engine for a loaded model, sized for the device that the model is on."""

import logging

import torch

from model.engine.attention import NAME, StaticKernel, register_attention
from model.engine.budget import Limits
from model.engine.engine import Engine
from model.engine.graphs import DecodeGraphs, capture_decode
from model.engine.image_cache import ImageCache
from model.engine.kv_cache import RegionPool
from model.engine.packed_linear import pack_linears
from model.engine.prefix import BLOCK_SIZE, count_blocks
from model.engine.probe import choose_kernel
from model.engine.recovery import RecoveringEngine
from model.engine.runner import ModelRunner, get_head_shape
from model.engine.sampler import Sampler
from model.engine.scheduler import Scheduler
from model.errors import LoadError
from model.images import View
from model.minicpmv import MiniCPMV
from model.options import EngineOptions

CPU_CACHE_BYTES = 2 << 30

logger = logging.getLogger(__name__)


def build_engine(
    model: MiniCPMV, end_ids: tuple[int, ...], attention: str, options: EngineOptions, salt: bytes = b""
) -> Engine:
    """Build the engine of a model. `attention` is the name of a kernel, or auto.

    The language model belongs to the engine from here on: its attention is replaced, and on a CPU its weights are
    packed. Raise `LoadError` when no kernel runs or the KV cache is too small.
    """
    config = model.llm.config
    kernel = choose_kernel(attention, *get_head_shape(model), torch.empty(0, dtype=model.dtype, device=model.device))
    register_attention()
    set_attention(model, NAME)
    max_model_len = config.max_position_embeddings
    max_num_batched_tokens = options.max_num_batched_tokens or _choose_step_size(model)
    limits = Limits(options.max_num_seqs, max_num_batched_tokens, _estimate_view_cost(model))
    num_blocks = _choose_num_blocks(model, options, max_model_len)
    images = ImageCache(model, options.image_cache_bytes)
    if model.device.type == "cuda":
        warm_up(model)
    runner = ModelRunner(model, num_blocks, kernel, images, Sampler(end_ids))
    if model.device.type == "cpu":
        pack_linears(model.llm)
    elif not options.is_eager:
        runner.graphs = _capture_graphs(runner, options.max_num_seqs, num_blocks * BLOCK_SIZE)
    scheduler = Scheduler(RegionPool(num_blocks), limits, images)
    return RecoveringEngine(runner, scheduler, end_ids, max_model_len, salt, options.stops_cycles)


@torch.inference_mode()
def warm_up(model: MiniCPMV) -> None:
    """Encode one empty view: kernels load on their first use, and the first picture would hold up all streams."""
    patch = model.config.vision_config.patch_size
    side = model.config.image_size // patch
    model.encode_views([View(torch.zeros(side * side, 3, patch, patch, dtype=torch.uint8), side, side)])


def _capture_graphs(runner: ModelRunner, max_rows: int, padding_slot: int) -> DecodeGraphs | None:
    if not isinstance(runner.kernel, StaticKernel):
        return None
    graphs = DecodeGraphs(runner.model, runner.kernel, runner.pool, padding_slot, max_rows)
    error = capture_decode(graphs)
    if error is None:
        return graphs
    logger.warning("decode steps run without CUDA graphs: %s", error)
    return None


def _choose_step_size(model: MiniCPMV) -> int:
    return 2048 if model.device.type == "cuda" else 512


def _estimate_view_cost(model: MiniCPMV) -> int:
    """Return how many tokens cost as much as one view: its patches go through the tower, a token through the layers."""
    tower = sum(parameter.numel() for parameter in model.vpm.encoder.parameters())
    layers = sum(parameter.numel() for parameter in model.llm.model.layers.parameters())
    num_patches = (model.config.image_size // model.config.vision_config.patch_size) ** 2
    cost: int = max(1, round(num_patches * tower / layers))
    return cost


def _choose_num_blocks(model: MiniCPMV, options: EngineOptions, max_model_len: int) -> int:
    _, kv_heads, head_dim = get_head_shape(model)
    num_layers = model.llm.config.num_hidden_layers
    block_bytes = BLOCK_SIZE * 2 * num_layers * kv_heads * head_dim * model.dtype.itemsize
    num_bytes = options.kv_cache_bytes or _default_cache_bytes(model, options)
    max_num_blocks = options.max_num_seqs * count_blocks(max_model_len)
    num_blocks = min(num_bytes // block_bytes - 1, max_num_blocks)  # one block is for the graphs' padding rows
    if num_blocks < 2:
        raise LoadError(
            f"the KV cache of {num_bytes} bytes is too small: {BLOCK_SIZE} tokens need {block_bytes} bytes, "
            "and there must be room for at least three times that"
        )
    return int(num_blocks)


def _default_cache_bytes(model: MiniCPMV, options: EngineOptions) -> int:
    if model.device.type != "cuda":
        return CPU_CACHE_BYTES
    free, _ = torch.cuda.mem_get_info(model.device)
    return int(free * options.kv_cache_fraction)


def set_attention(model: MiniCPMV, name: str) -> None:
    """Set the attention of the language model only; transformers would set the vision tower's to the same."""
    vision = model.config.vision_config
    vision_attention = vision._attn_implementation
    model.llm.config._attn_implementation = name
    vision._attn_implementation = vision_attention
