"""What may be chosen when a model is loaded, and the defaults.

Imports no torch, so that the command line starts at once.
"""

from dataclasses import dataclass

DEMO = "demo"
"""The name of the checkpoint that comes with this package."""

DTYPES = ("bfloat16", "float32")
QUANTIZATIONS = ("none", "int8", "int4")
ATTENTIONS = ("auto", "flash_attn", "torch_flash", "sdpa")

MAX_INP_LENGTH = 8192
"""The longest prompt of the reference's `chat`, in tokens."""

MAX_IMAGE_PIXELS = 50_000_000
"""The largest picture that is decoded: width times height."""

MAX_IMAGE_RATIO = 400
"""How many times as long as its shorter side the longer side of a picture may be."""


@dataclass(frozen=True)
class EngineOptions:
    """How large the engine is, and how it decodes.

    `max_num_batched_tokens` bounds a step, so how long a running stream waits for another's prompt; None is 512 to 2048
    on a GPU, as its memory allows, and 512 on a CPU. The KV cache takes `kv_cache_bytes`; None is `kv_cache_fraction`
    of what weights, steps and the other caches leave of the GPU's memory, and at most 2 GiB on a CPU. `is_eager`
    decodes without CUDA graphs, `stops_cycles` ends an answer that repeats itself without end.
    """

    max_num_seqs: int = 64
    max_num_batched_tokens: int | None = None
    kv_cache_bytes: int | None = None
    kv_cache_fraction: float = 0.85
    image_cache_bytes: int = 1 << 30
    stops_cycles: bool = False
    is_eager: bool = False
