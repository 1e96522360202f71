"""Linear layers whose weights are packed into the layout that the CPU's matrix product reads.

A decode step on a CPU spends four fifths of its time in products of a few rows with large weights. There oneDNN's
blocked layout is two to four times faster than plain rows, which it would have to rearrange at each call.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TYPICAL_ROWS = 16
"""The number of rows that the layout is made for: a decode step's. It was measured to be no slower for 1 or 512."""
TOLERANCE = 1e-4


class PackedLinear(nn.Module):
    """A layer that computes the same as `linear` from a packed copy of its weight. For inference only."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.out_features = linear.out_features
        self.bias = linear.bias
        self._weight: Tensor = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), TYPICAL_ROWS)

    def forward(self, x: Tensor) -> Tensor:
        """`[..., in_features]` -> `[..., out_features]`."""
        out: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self.bias, "none", [], "")
        return out

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Save the weight unpacked, so that a packed model is saved like any other."""
        super()._save_to_state_dict(destination, prefix, keep_vars)
        destination[f"{prefix}weight"] = self._weight.to_dense()


def pack_linears(module: nn.Module) -> int:
    """Replace each plain float32 linear layer inside `module`, and return their number.

    Nothing is replaced when packed layers are not correct on this machine. The layers are replaced one by one, so at
    most one weight is in memory twice. A weight that is tied to another module stays in memory.
    """
    if not is_packing_correct():
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
def is_packing_correct() -> bool:
    """Return whether packed layers compute what plain ones do, found by a trial, as torch may change them."""
    linear = nn.Linear(64, 96)
    x = torch.randn(3, 5, 64, generator=torch.Generator().manual_seed(0))
    try:
        difference = PackedLinear(linear)(x) - F.linear(x, linear.weight, linear.bias)
    except (AttributeError, RuntimeError):
        return False
    return bool(difference.abs().max() < TOLERANCE)
