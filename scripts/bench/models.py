"""Models of real sizes with random weights, which take as long as real ones and need no download."""

from dataclasses import dataclass

import torch

from model.config import MiniCPMVConfig
from model.minicpmv import MiniCPMV

SCALE = 2.5
"""The factor on initial weights: at transformers' own width a model ignores its context and repeats one token."""


@dataclass(frozen=True)
class Preset:
    """The shape of a model, and the requests to it."""

    model: str
    device: str
    dtype: torch.dtype
    llm: dict[str, int]
    vision: dict[str, int]
    is_tied: bool
    num_sequential: int
    """The number of requests for the slow baseline; the others get `num_requests`."""
    num_requests: int = 16
    num_new: int = 64
    padded_batch: int = 8
    kv_cache_bytes: int | None = None


PRESETS = {
    "cpu": Preset(
        model="Qwen2-0.5B, 12 of its layers",
        device="cpu",
        dtype=torch.float32,
        llm={
            "hidden_size": 896,
            "intermediate_size": 4864,
            "num_hidden_layers": 12,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
            "vocab_size": 151936,
        },
        vision={"hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 4, "num_attention_heads": 6},
        is_tied=True,
        num_sequential=4,
        kv_cache_bytes=1 << 30,
    ),
    "gpu": Preset(
        model="Qwen2-7B",
        device="cuda",
        dtype=torch.bfloat16,
        llm={
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "vocab_size": 151666,
        },
        vision={"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16},
        is_tied=False,
        num_sequential=4,
        num_requests=64,
        padded_batch=16,
        kv_cache_bytes=16 << 30,  # the other methods need a second copy of the weights beside it
    ),
    "tiny": Preset(
        model="a tiny model",
        device="cpu",
        dtype=torch.float32,
        llm={
            "hidden_size": 128,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "vocab_size": 1024,
        },
        vision={"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2},
        is_tied=True,
        num_sequential=2,
        num_requests=4,
        num_new=4,
        padded_batch=2,
        kv_cache_bytes=1 << 26,
    ),
}


def make_model(preset: Preset) -> MiniCPMV:
    """Return a model with random weights, made on the device of the preset."""
    config = MiniCPMVConfig(
        **preset.llm,
        max_position_embeddings=32768,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        tie_word_embeddings=False,
        vision_config={**preset.vision, "image_size": 980, "patch_size": 14},
    )
    torch.manual_seed(0)
    with torch.device(preset.device):
        model: MiniCPMV = MiniCPMV(config).to(preset.dtype).eval().requires_grad_(False)
    for name, parameter in model.llm.model.layers.named_parameters():
        if parameter.ndim == 2 and "norm" not in name:
            parameter.mul_(SCALE)
    if preset.is_tied:
        model.llm.lm_head.weight = model.llm.model.embed_tokens.weight
    return model
