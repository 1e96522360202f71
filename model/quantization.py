"""Which layers are stored in 8 or 4 bits, by bitsandbytes: those of the language model."""

import torch
from transformers import BitsAndBytesConfig

from model.config import MiniCPMVConfig
from model.errors import LoadError
from model.minicpmv import MiniCPMV
from model.options import QUANTIZATIONS

# bitsandbytes would otherwise take every linear layer, and a list of one's own replaces its default, the head
UNQUANTIZED = ("vpm", "resampler", "lm_head")


def quantization_of(name: str | None, config: MiniCPMVConfig) -> str:
    """One of `QUANTIZATIONS`, that of a checkpoint which is quantised already. Raises `LoadError`."""
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


def bitsandbytes_config(quantization: str) -> BitsAndBytesConfig:
    """For int8, or int4: NF4 with double quantisation, computing in bfloat16."""
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
    """bitsandbytes' skip lists fail silently; count what came of them. Raises `LoadError`."""
    if quantization == "none":
        return
    kind = "Linear4bit" if quantization == "int4" else "Linear8bitLt"
    kinds = {type(layer.mlp.up_proj).__name__ for layer in model.llm.model.layers}
    if kinds != {kind}:
        raise LoadError(f"quantisation to {quantization} left layers of type {', '.join(sorted(kinds - {kind}))}")
