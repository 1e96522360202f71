"""The precisions that are compared, and models in them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import torch
from bitsandbytes import functional
from torch import Tensor, nn

from model.chat import ChatModel
from model.loading import load


@dataclass(frozen=True)
class Precision:
    """What `model.loading.load` is given: a dtype to compute in, and a quantisation of the language model's layers."""

    dtype: str
    quantization: str = "none"

    @property
    def name(self) -> str:
        return self.dtype if self.quantization == "none" else f"{self.quantization} in {self.dtype}"


PRECISIONS = (
    Precision("bfloat16"),
    Precision("bfloat16", "int8"),
    Precision("float32", "int8"),
    Precision("bfloat16", "int4"),
    Precision("float32", "int4"),
)


def load_in(source: str, precision: Precision, device: str) -> ChatModel:
    """Load a checkpoint in a precision, as the server does. Raises `LoadError`."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of each cast to float16
    return load(source, dtype=precision.dtype, quantization=precision.quantization, device=device)


@torch.inference_mode()
def load_rounded(source: str, precision: Precision, dtype: str, device: str) -> ChatModel:
    """Load a checkpoint to compute in `dtype`, with its weights rounded as `precision` rounds them.

    Compared with `load_in(source, precision)` it shows the error of computing, without that of the weights. The
    rounding is done here anew, so a quantised layer that was made or read wrongly differs as well.
    """
    loaded = load_in(source, Precision(dtype), device)
    stored = getattr(torch, precision.dtype)
    for parameter in loaded.model.parameters():
        parameter.data = parameter.data.to(stored).to(parameter.dtype)
    for name, module in list(loaded.model.llm.named_modules()):
        if type(module).__name__ in ("Linear", "PackedLinear"):
            is_quantised = name.startswith("model.layers.")
            round_weight = ROUNDINGS[precision.quantization if is_quantised else "none"]
            loaded.model.llm.set_submodule(name, _make_linear(module, stored, round_weight))
    return loaded


def _make_linear(module: nn.Module, stored: torch.dtype, round_weight: Callable[[Tensor], Tensor]) -> nn.Linear:
    """Return a plain layer with the rounded weight of `module`, which may be a packed one."""
    weight: Tensor = module.state_dict()["weight"]
    rounded = round_weight(weight.to(stored)).to(weight.dtype)
    with torch.device("meta"):
        linear = nn.Linear(weight.shape[1], weight.shape[0], bias=module.bias is not None)
    linear.weight = nn.Parameter(rounded, requires_grad=False)
    if module.bias is not None:
        assert isinstance(module.bias, nn.Parameter)
        linear.bias = module.bias
    return linear


def _round_to_int8(weight: Tensor) -> Tensor:
    """Round each row to 255 steps: Dettmers et al., "LLM.int8()" (2022)."""
    steps, scales, _ = functional.int8_vectorwise_quant(weight.half())
    rounded: Tensor = steps.float() * scales[:, None] / 127
    return rounded


def _round_to_nf4(weight: Tensor) -> Tensor:
    """Round blocks of 64 to NF4, and their scales to 8 bits: Dettmers et al., "QLoRA" (2023)."""
    packed, state = functional.quantize_4bit(weight, compress_statistics=True, quant_type="nf4", blocksize=64)
    state.dtype = torch.float32
    rounded: Tensor = functional.dequantize_4bit(packed, state)
    return rounded


ROUNDINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda weight: weight,
    "int8": _round_to_int8,
    "int4": _round_to_nf4,
}
