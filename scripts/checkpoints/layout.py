"""The tensors of a checkpoint: those of this project's own classes, in the order in which the makers saved them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from model.config import MiniCPMVConfig
from model.minicpmv import MiniCPMV

PARTS = ("llm.model.", "llm.", "vpm.", "resampler.")
"""The order of the parts: the head after the layers, as in transformers' classes."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of the model, by its name in the checkpoint."""

    name: str
    shape: tuple[int, ...]
    is_quantized: bool = False

    @property
    def num_elements(self) -> int:
        return math.prod(self.shape)


def list_parameters(config: dict[str, Any]) -> list[Parameter]:
    """Return every parameter of the model of a `config.json`. No weights are made."""
    plain = {key: value for key, value in config.items() if key not in ("quantization_config", "auto_map")}
    with torch.device("meta"):
        model = MiniCPMV(MiniCPMVConfig(**plain))
    quantized = _list_quantized(model, config.get("quantization_config"))
    found = [Parameter(name, tuple(t.shape), name in quantized) for name, t in model.state_dict().items()]
    return sorted(found, key=lambda parameter: _rank(parameter.name))  # the sort is stable


def _rank(name: str) -> int:
    return next(rank for rank, part in enumerate(PARTS) if name.startswith(part))


def _list_quantized(model: MiniCPMV, quantization: dict[str, Any] | None) -> set[str]:
    """Return the weights of the linear layers that a `quantization_config` does not skip."""
    if quantization is None:
        return set()
    skipped: Sequence[str] = quantization["llm_int8_skip_modules"]
    return {
        f"{name}.weight"
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and not name.endswith(tuple(skipped))
    }
