"""Quantisation of the language model's layers to 8 or 4 bits, by bitsandbytes."""

import logging
from typing import Any

import torch
from transformers import BitsAndBytesConfig

from model.errors import LoadError
from model.minicpmv import MiniCPMV
from model.options import QUANTIZATIONS

# bitsandbytes would otherwise quantise every linear layer; the list replaces its default, which is the head alone
UNQUANTIZED = ("vpm", "resampler", "lm_head")

INT4_LAYER = "Linear4bit"
"""The name of bitsandbytes' class, which takes seconds to import and is not needed for plain weights."""

PACKED_ROWS = 32
"""bitsandbytes packs 4-bit weights for AVX512-BF16 in groups of this many rows: `_convert_weight_packed_for_cpu`."""


def resolve_quantization(name: str | None, stored: str) -> str:
    """Return the one of `QUANTIZATIONS` to load with: `name`, or what the checkpoint is `stored` in.

    Raises `LoadError` for another name, or where a checkpoint that is quantised already would have to be again.
    """
    if name is not None and name not in QUANTIZATIONS:
        raise LoadError(f"the quantization {name!r} is not one of {', '.join(QUANTIZATIONS)}")
    if stored == "none":
        return name or "none"
    if name not in (None, "none", stored):
        raise LoadError(f"the checkpoint is already quantised to {stored}; it cannot be loaded as {name}")
    return stored


def make_bitsandbytes_config(quantization: str, dtype: torch.dtype) -> BitsAndBytesConfig:
    """Return the settings of int8 (LLM.int8(), 2022), or int4 (NF4 with double quantisation, QLoRA, 2023)."""
    if quantization == "int8":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=list(UNQUANTIZED))
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=list(UNQUANTIZED),
    )


def quiet_bitsandbytes() -> None:
    """Drop its warnings: it logs one for every int8 layer in every step, and they ask for nothing a reader can do."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def check_quantized(model: MiniCPMV, quantization: str) -> None:
    """Raise `LoadError` where a layer is of another type than asked for: bitsandbytes skips layers silently."""
    if quantization == "none":
        return
    kind = INT4_LAYER if quantization == "int4" else "Linear8bitLt"
    kinds = {type(layer.mlp.up_proj).__name__ for layer in model.llm.model.layers}
    if kinds != {kind}:
        raise LoadError(f"quantisation to {quantization} left layers of type {', '.join(sorted(kinds - {kind}))}")


def prepare_int4_layers(model: MiniCPMV, dtype: torch.dtype) -> None:
    """Let 4-bit layers compute in `dtype`, whatever the checkpoint says: in float16 this model's activations overflow.

    On a CPU, weights of a shape that bitsandbytes cannot pack for AVX512-BF16 stay as they are: it would raise.
    """
    layers: list[Any] = [layer for layer in model.modules() if type(layer).__name__ == INT4_LAYER]
    for layer in layers:
        state = layer.weight.quant_state
        layer.compute_dtype = state.dtype = dtype
        layer.compute_type_is_set = True
        rows, columns = state.shape
        if rows % PACKED_ROWS or columns % state.blocksize:
            layer.support_avx512bf16_for_cpu = False
