"""`build_engine()`: an engine for a loaded model, sized for the device it is on."""

import logging
from dataclasses import dataclass

import torch

from model.engine.attention import NAME, StaticKernel, register
from model.engine.budget import Limits
from model.engine.engine import Engine
from model.engine.graphs import DecodeGraphs, capture_decode
from model.engine.image_cache import ImageCache
from model.engine.kv_cache import RegionPool
from model.engine.packed_linear import pack_linears
from model.engine.prefix import BLOCK_SIZE
from model.engine.probe import choose_kernel
from model.engine.runner import ModelRunner, head_shape
from model.engine.sampler import Sampler
from model.engine.scheduler import Scheduler
from model.errors import LoadError
from model.images import View
from model.minicpmv import MiniCPMV

CPU_CACHE_BYTES = 2 << 30

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineOptions:
    """`kv_cache_bytes` is the pool's size; by default `kv_cache_fraction` of the GPU's free memory, or 2 GiB on a CPU.

    `max_num_batched_tokens` bounds a step, so how long a running stream waits for another's prompt.
    """

    max_num_seqs: int = 64
    max_num_batched_tokens: int | None = None
    kv_cache_bytes: int | None = None
    kv_cache_fraction: float = 0.85
    image_cache_bytes: int = 1 << 30
    stops_cycles: bool = False
    is_eager: bool = False
    """Decode without CUDA graphs."""


def build_engine(
    model: MiniCPMV, end_ids: tuple[int, ...], attention: str, options: EngineOptions, salt: bytes = b""
) -> Engine:
    """`attention` is a kernel's name, or auto. Raises `LoadError` where none runs, or the cache is too small.

    The language model is the engine's from here on: its attention is replaced, and on a CPU its weights are packed.
    """
    config = model.llm.config
    kernel = choose_kernel(attention, *head_shape(model), torch.empty(0, dtype=model.dtype, device=model.device))
    register()
    set_attention(model, NAME)
    max_model_len = config.max_position_embeddings
    limits = Limits(options.max_num_seqs, options.max_num_batched_tokens or _step_tokens(model), _view_cost(model))
    num_blocks = _num_blocks(model, options, max_model_len)
    images = ImageCache(model, options.image_cache_bytes)
    if model.device.type == "cuda":
        warm_up(model)
    runner = ModelRunner(model, num_blocks, kernel, images, Sampler(end_ids))
    if model.device.type == "cpu":
        pack_linears(model.llm)
    elif not options.is_eager:
        runner.graphs = _capture(runner, options.max_num_seqs, num_blocks * BLOCK_SIZE)
    scheduler = Scheduler(RegionPool(num_blocks), limits, images)
    return Engine(runner, scheduler, end_ids, max_model_len, salt, options.stops_cycles)


@torch.inference_mode()
def warm_up(model: MiniCPMV) -> None:
    """See one empty view: kernels are loaded when first used, and all streams would wait for the first picture's."""
    side, patch = (
        model.config.image_size // model.config.vision_config.patch_size,
        model.config.vision_config.patch_size,
    )
    model.image_features([View(torch.zeros(side * side, 3, patch, patch, dtype=torch.uint8), side, side)])


def _capture(runner: ModelRunner, max_rows: int, trash: int) -> DecodeGraphs | None:
    if not isinstance(runner.kernel, StaticKernel):
        return None
    graphs = DecodeGraphs(runner.model, runner.kernel, runner.pool, trash, max_rows)
    problem = capture_decode(graphs)
    if problem is None:
        return graphs
    logger.warning("decode steps run without CUDA graphs: %s", problem)
    return None


def _step_tokens(model: MiniCPMV) -> int:
    return 2048 if model.device.type == "cuda" else 512


def _view_cost(model: MiniCPMV) -> int:
    """How many tokens' worth of work one view is: its patches through the tower, against a token through the layers."""
    tower = sum(parameter.numel() for parameter in model.vpm.encoder.parameters())
    layers = sum(parameter.numel() for parameter in model.llm.model.layers.parameters())
    num_patches = (model.config.image_size // model.config.vision_config.patch_size) ** 2
    cost: int = max(1, round(num_patches * tower / layers))
    return cost


def _num_blocks(model: MiniCPMV, options: EngineOptions, max_model_len: int) -> int:
    _, kv_heads, head_dim = head_shape(model)
    num_layers = model.llm.config.num_hidden_layers
    block_bytes = BLOCK_SIZE * 2 * num_layers * kv_heads * head_dim * model.dtype.itemsize
    num_bytes = options.kv_cache_bytes or _default_bytes(model, options)
    most = options.max_num_seqs * -(-max_model_len // BLOCK_SIZE)
    num_blocks = min(num_bytes // block_bytes - 1, most)  # one block is for rows that mean nothing
    if num_blocks < 2:
        raise LoadError(f"the KV cache of {num_bytes} bytes is too small: {BLOCK_SIZE} tokens take {block_bytes}")
    return int(num_blocks)


def _default_bytes(model: MiniCPMV, options: EngineOptions) -> int:
    if model.device.type != "cuda":
        return CPU_CACHE_BYTES
    free, _ = torch.cuda.mem_get_info(model.device)
    return int(free * options.kv_cache_fraction)


def set_attention(model: MiniCPMV, name: str) -> None:
    """Of the language model; transformers would give the vision tower the same."""
    vision = model.config.vision_config
    vision_attention = vision._attn_implementation
    model.llm.config._attn_implementation = name
    vision._attn_implementation = vision_attention
