"""Quantised weights as transformers saves them: bitsandbytes' NF4 (QLoRA, 2023) and LLM.int8() (2022)."""

from typing import Any

import torch
from bitsandbytes.functional import int8_vectorwise_quant, quantize_4bit
from torch import Tensor

from scripts.checkpoints.published import read_published
from scripts.checkpoints.recipe import Recipe

BLOCK_SIZE = 64
NESTED_BLOCK_SIZE = 256


def make_quantization_config(recipe: Recipe) -> dict[str, Any]:
    """Return the `quantization_config` in `config.json`: the published one, which int8 shares but for two fields."""
    published = read_published("quantization_config.json")
    is_int4 = recipe.like == "int4"
    flags = {
        "load_in_4bit": is_int4,
        "_load_in_4bit": is_int4,
        "load_in_8bit": not is_int4,
        "_load_in_8bit": not is_int4,
    }
    return published | flags


def quantize(name: str, weight: Tensor, like: str) -> dict[str, Tensor]:
    """Return what a checkpoint holds instead of the weight `[rows, columns]`, by the tensors' names."""
    return _quantize_nf4(name, weight) if like == "int4" else _quantize_int8(name, weight)


def _quantize_nf4(name: str, weight: Tensor) -> dict[str, Tensor]:
    """Return two numbers a byte, `[rows * columns / 2, 1]`, and the statistics of blocks, quantised themselves."""
    packed, state = quantize_4bit(weight, blocksize=BLOCK_SIZE, compress_statistics=True, quant_type="nf4")
    return {name: packed} | {f"{name}.{part}": tensor for part, tensor in state.as_dict(packed=True).items()}


def _quantize_int8(name: str, weight: Tensor) -> dict[str, Tensor]:
    """Return the weight `[rows, columns]` in int8, the largest number of each row, and the format: 0, row by row."""
    quantized, largest, _ = int8_vectorwise_quant(weight.half())
    prefix = name.removesuffix("weight")
    return {name: quantized, f"{prefix}SCB": largest, f"{prefix}weight_format": torch.tensor(0, dtype=torch.uint8)}


def count_quantized_bytes(num_elements: int, num_rows: int, like: str) -> int:
    """Return the bytes of what `quantize` returns, to within a hundred for each weight."""
    if like == "int8":
        return num_elements + 4 * num_rows + 1
    num_blocks = -(-num_elements // BLOCK_SIZE)
    maps = 4 * (16 + NESTED_BLOCK_SIZE) + 200
    return num_elements // 2 + num_blocks + 4 * -(-num_blocks // NESTED_BLOCK_SIZE) + maps
