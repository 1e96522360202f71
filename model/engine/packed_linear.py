"""Linear layers whose weights lie as the CPU's matrix product reads them.

A decode step on a CPU spends four fifths of its time in products of a few rows with large weights, and there oneDNN's
blocked layout is two to four times faster than rows in order, which it would have to rearrange at each call.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TYPICAL_ROWS = 16
"""Of a decode step; the layout that suits it was found no slower for 1 or for 512."""
TOLERANCE = 1e-4


class PackedLinear(nn.Module):
    """Computes what `linear` does; keeps a packed copy of its weight, and the bias. For inference only."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.bias = linear.bias
        self._weight: Tensor = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), TYPICAL_ROWS)

    def forward(self, x: Tensor) -> Tensor:
        """`[..., in_features]` -> `[..., out_features]`."""
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self.bias, "none", [], "")
        return out

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """As `linear` would, so that a packed model can be saved like any other."""
        super()._save_to_state_dict(destination, prefix, keep_vars)
        destination[f"{prefix}weight"] = self._weight.to_dense()


def pack_linears(module: nn.Module) -> int:
    """Replace each plain linear layer of float32 inside `module`; returns how many. None where packing is not right.

    The weights are let go one by one, so that at most one is there twice; a weight that is tied to another stays.
    """
    if not is_packing_right():
        return 0
    names = [
        name
        for name, child in module.named_modules()
        if type(child) is nn.Linear and child.weight.dtype == torch.float32
    ]
    for name in names:
        module.set_submodule(name, PackedLinear(module.get_submodule(name)))  # type: ignore[arg-type]
    return len(names)


@torch.inference_mode()
def is_packing_right() -> bool:
    """Found by trying: the operators are torch's own, but not promised to stay."""
    linear = nn.Linear(64, 96)
    x = torch.randn(3, 5, 64, generator=torch.Generator().manual_seed(0))
    try:
        difference = PackedLinear(linear)(x) - F.linear(x, linear.weight, linear.bias)
    except (AttributeError, RuntimeError):
        return False
    return bool(difference.abs().max() < TOLERANCE)
