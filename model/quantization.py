"""Quantisation of the language model's layers to 8 or 4 bits, by bitsandbytes."""

import torch
from transformers import BitsAndBytesConfig

from model.config import MiniCPMVConfig
from model.errors import LoadError
from model.minicpmv import MiniCPMV
from model.options import QUANTIZATIONS

# bitsandbytes would otherwise quantise every linear layer; the list replaces its default, which is the head alone
UNQUANTIZED = ("vpm", "resampler", "lm_head")


def resolve_quantization(name: str | None, config: MiniCPMVConfig) -> str:
    """Return the one of `QUANTIZATIONS` to load with: `name`, or what the checkpoint is already quantised to.

    Raises `LoadError` for another name, another quantiser, or where the two differ.
    """
    if name is not None and name not in QUANTIZATIONS:
        raise LoadError(f"the quantization {name!r} is not one of {', '.join(QUANTIZATIONS)}")
    stored = getattr(config, "quantization_config", None)
    if stored is None:
        return name or "none"
    stored = stored if isinstance(stored, dict) else stored.to_dict()
    if stored.get("quant_method") != "bitsandbytes":
        raise LoadError(
            f"the checkpoint is quantised by {stored.get('quant_method')!r}; only bitsandbytes is supported"
        )
    kind = "int4" if stored.get("load_in_4bit") else "int8"
    if name not in (None, "none", kind):
        raise LoadError(f"the checkpoint is already quantised to {kind}; it cannot be loaded as {name}")
    return kind


def make_bitsandbytes_config(quantization: str) -> BitsAndBytesConfig:
    """Return the settings of int8 (LLM.int8(), 2022), or int4 (NF4 with double quantisation, QLoRA, 2023)."""
    if quantization == "int8":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=list(UNQUANTIZED))
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=list(UNQUANTIZED),
    )


def check_quantized(model: MiniCPMV, quantization: str) -> None:
    """Raise `LoadError` where a layer is of another type than asked for: bitsandbytes skips layers silently."""
    if quantization == "none":
        return
    kind = "Linear4bit" if quantization == "int4" else "Linear8bitLt"
    kinds = {type(layer.mlp.up_proj).__name__ for layer in model.llm.model.layers}
    if kinds != {kind}:
        raise LoadError(f"quantisation to {quantization} left layers of type {', '.join(sorted(kinds - {kind}))}")
