"""How large the engine is: the steps, the KV cache and the cache of pictures, as functions of numbers. No tensors here.

What a step takes is first estimated from the model's shapes, which chooses its size, and on a GPU then measured, which
gives the KV cache what is left.
"""

from dataclasses import dataclass
from typing import Any

from model.engine.prefix import BLOCK_SIZE, count_blocks
from model.options import MAX_INP_LENGTH, EngineOptions

GIB = 1 << 30

ANSWER_TOKENS = 1024
"""The room for an answer beside the longest prompt: the server's default of `--max-new-tokens`."""

GPU_STEPS = (2048, 1024, 512)
CPU_STEPS = (512,)
"""The most tokens of a step, from which the first is taken that fits."""

CPU_CACHE_BYTES = 2 * GIB
"""The largest KV cache on a CPU that nobody asked to be larger."""

STEP_SHARE = 1 / 4
"""The largest share of the free memory for the activations of a step, and for those of the views in one forward."""

IMAGE_SHARE, LEAST_IMAGE_BYTES = 1 / 16, 16 << 20
"""The largest share of the free memory for the features of pictures, and what they get before a longest prompt does."""

LEAST_MARGIN, MARGIN_SHARE = 128 << 20, 1 / 50
"""What stays free: fragments, libraries' workspaces, and a display."""


@dataclass(frozen=True)
class ModelSizes:
    """The shapes of a model that its use of memory follows from. `item_bytes` is that of its dtype.

    `dequantized_bytes` is the largest quantised weight in the model's dtype, which products of many rows need.
    """

    num_layers: int
    num_kv_heads: int
    head_dim: int
    hidden_size: int
    intermediate_size: int
    vocab_size: int
    vision_width: int
    vision_intermediate_size: int
    num_patches: int
    vision_batch_size: int
    max_model_len: int
    item_bytes: int
    dequantized_bytes: int = 0

    @property
    def token_bytes(self) -> int:
        """The keys and values of one token."""
        return 2 * self.num_layers * self.num_kv_heads * self.head_dim * self.item_bytes

    @property
    def block_bytes(self) -> int:
        return BLOCK_SIZE * self.token_bytes

    @property
    def prompt_bytes(self) -> int:
        """The keys and values of the longest prompt and its answer, and of the block for the graphs' padding rows."""
        num_tokens = min(MAX_INP_LENGTH + ANSWER_TOKENS, self.max_model_len)
        return (count_blocks(num_tokens) + 1) * self.block_bytes


@dataclass(frozen=True)
class StepSizes:
    """The bounds of one step: its tokens, and the views in one forward of the vision tower."""

    max_num_batched_tokens: int
    vision_batch_size: int


@dataclass(frozen=True)
class Peaks:
    """What was measured, or estimated: the bytes of the largest step, and those that CUDA graphs keep."""

    step_bytes: int
    graph_bytes: int = 0


@dataclass(frozen=True)
class MemoryPlan:
    """How the free memory is divided. `num_blocks` of the KV cache are the scheduler's; one more is for padding."""

    num_blocks: int
    kv_cache_bytes: int
    image_cache_bytes: int
    peaks: Peaks
    left_bytes: int

    @property
    def num_tokens(self) -> int:
        return self.num_blocks * BLOCK_SIZE

    def describe(self, weight_bytes: int) -> str:
        """Return the figures in one line, for the log."""
        parts = [f"weights {_gib(weight_bytes)}", f"largest step {_gib(self.peaks.step_bytes)}"]
        if self.peaks.graph_bytes:
            parts.append(f"graphs {_gib(self.peaks.graph_bytes)}")
        parts.append(f"KV cache {_gib(self.kv_cache_bytes)} ({self.num_tokens:,} tokens)")
        return f"memory: {', '.join(parts)}, {_gib(self.left_bytes)} left"


def read_model_sizes(config: Any, item_bytes: int) -> ModelSizes:
    """Take the sizes from a `MiniCPMVConfig`."""
    vision = config.vision_config
    return ModelSizes(
        num_layers=config.num_hidden_layers,
        num_kv_heads=config.num_key_value_heads,
        head_dim=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
        hidden_size=config.hidden_size,
        intermediate_size=config.intermediate_size,
        vocab_size=config.vocab_size,
        vision_width=vision.hidden_size,
        vision_intermediate_size=vision.intermediate_size,
        num_patches=(config.image_size // vision.patch_size) ** 2,
        vision_batch_size=config.vision_batch_size,
        max_model_len=config.max_position_embeddings,
        item_bytes=item_bytes,
    )


def estimate_text_bytes(sizes: ModelSizes, num_tokens: int, num_rows: int) -> int:
    """Estimate what a step's tokens take in a layer, and its sampled rows after the head.

    A layer holds four tensors of the hidden size (two of them of the residual) and three inside the MLP; logits are
    there in the model's dtype, and four times in float32 while they are penalised, scaled and sorted.
    """
    in_layer = num_tokens * sizes.item_bytes * (4 * sizes.hidden_size + 3 * sizes.intermediate_size)
    logits = num_rows * sizes.vocab_size * (sizes.item_bytes + 4 * 4)
    return in_layer + logits + sizes.dequantized_bytes


def estimate_view_bytes(sizes: ModelSizes) -> int:
    """Estimate what one view takes: in the tower, or, which is more, in the resampler at the language model's width.

    The resampler holds the projected features, keys and values before and after their projections, and positions in
    float32 twice.
    """
    in_tower = sizes.item_bytes * (4 * sizes.vision_width + 2 * sizes.vision_intermediate_size)
    in_resampler = sizes.hidden_size * (6 * sizes.item_bytes + 2 * 4)
    return sizes.num_patches * max(in_tower, in_resampler)


def estimate_step_bytes(sizes: ModelSizes, steps: StepSizes, num_rows: int) -> int:
    """Estimate the largest step: views are encoded first, so the two do not add up."""
    text = estimate_text_bytes(sizes, steps.max_num_batched_tokens, num_rows)
    return max(text, steps.vision_batch_size * estimate_view_bytes(sizes))


def choose_step_sizes(free: int, sizes: ModelSizes, options: EngineOptions, is_gpu: bool) -> StepSizes:
    """Return the largest steps whose activations fit into their share of the `free` memory, or the smallest.

    A number of tokens that the options give is kept.
    """
    share = int(free * STEP_SHARE)
    defaults = GPU_STEPS if is_gpu else CPU_STEPS
    choices = (options.max_num_batched_tokens,) if options.max_num_batched_tokens else defaults
    rows = options.max_num_seqs
    tokens = next((n for n in choices if estimate_text_bytes(sizes, n, rows) <= share), choices[-1])
    views = max(1, min(sizes.vision_batch_size, share // estimate_view_bytes(sizes)))
    return StepSizes(tokens, views)


def plan_memory(free: int, sizes: ModelSizes, peaks: Peaks, options: EngineOptions, is_gpu: bool) -> MemoryPlan:
    """Divide the memory that is `free` beside the weights among the caches.

    The KV cache gets `kv_cache_bytes`, or `kv_cache_fraction` of what the largest step, the graphs, the pictures and a
    margin leave, and at least one longest prompt and its answer where that much is left. On a CPU it gets no more than
    `CPU_CACHE_BYTES`, and the one prompt in any case: what is not used of it takes no memory there.
    """
    margin = max(LEAST_MARGIN, int(free * MARGIN_SHARE))
    left = free - peaks.step_bytes - peaks.graph_bytes - margin
    image_share = max(min(int(free * IMAGE_SHARE), left - sizes.prompt_bytes), LEAST_IMAGE_BYTES)
    image_bytes = min(options.image_cache_bytes, image_share)
    left = max(left - image_bytes, 0)
    least = min(left, sizes.prompt_bytes) if is_gpu else sizes.prompt_bytes
    share = max(int(left * options.kv_cache_fraction), least)
    num_bytes = options.kv_cache_bytes or (share if is_gpu else min(share, CPU_CACHE_BYTES))
    most = options.max_num_seqs * count_blocks(sizes.max_model_len)
    num_blocks = min(num_bytes // sizes.block_bytes - 1, most)
    used = (num_blocks + 1) * sizes.block_bytes
    rest = free - peaks.step_bytes - peaks.graph_bytes - image_bytes - used
    return MemoryPlan(num_blocks, used, image_bytes, peaks, max(rest, 0))


def shrink_steps(steps: StepSizes, options: EngineOptions) -> StepSizes | None:
    """Return steps of half the size, or None for the smallest. A number of tokens that the options give is kept."""
    num_tokens = steps.max_num_batched_tokens
    if options.max_num_batched_tokens is None:
        num_tokens = max(num_tokens // 2, GPU_STEPS[-1])
    smaller = StepSizes(num_tokens, max(steps.vision_batch_size // 2, 1))
    return None if smaller == steps else smaller


def _gib(num_bytes: int) -> str:
    return f"{num_bytes / GIB:.1f} GiB"
