"""How many bytes a checkpoint takes once it is loaded, from the names, types and shapes of its tensors."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from model.quantization import UNQUANTIZED

ITEM_BYTES = {"bfloat16": 2, "float32": 4}
"""The bytes of a number, for each of `DTYPES`."""

STORED_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
"""The bytes of a number, for each type's name in the header of a safetensors file."""

FLOATING = frozenset({"F64", "F32", "F16", "BF16"})

STATISTICS = (".absmax", ".nested_absmax", ".quant_map", ".nested_quant_map", ".SCB")
"""The ends of the names of what bitsandbytes saves beside a quantised weight. It stays in its own type."""

BLOCK, NESTED_BLOCK = 64, 256
"""The numbers that share a scale in NF4, and the scales that share one of theirs: Dettmers et al., "QLoRA" (2023)."""

NUM_TABLE_VALUES = 16 + 256 + 1
"""The float32 values beside each 4-bit weight: both tables of values, and the offset of the scales."""


class StoredTensor(NamedTuple):
    """One tensor of a checkpoint. `dtype` is the type's name in the header of a safetensors file, such as BF16."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def num_values(self) -> int:
        return math.prod(self.shape)


def estimate_weight_bytes(
    tensors: Iterable[StoredTensor], dtype: str, quantization: str = "none", stored: str = "none"
) -> int:
    """Return the bytes on the device of a checkpoint that is loaded in `dtype`, and quantised to `quantization`.

    A checkpoint that is `stored` quantised keeps its quantised layers as they are. On the device the scales of
    quantised layers count too, which transformers' `get_memory_footprint` leaves out.
    """
    is_new = quantization != stored
    return sum(_estimate_tensor_bytes(tensor, dtype, quantization if is_new else "none") for tensor in tensors)


def _estimate_tensor_bytes(tensor: StoredTensor, dtype: str, quantization: str) -> int:
    if tensor.dtype not in FLOATING or tensor.name.endswith(STATISTICS):
        return tensor.num_values * STORED_BYTES.get(tensor.dtype, 1)
    if quantization == "none" or not is_quantizable(tensor):
        return tensor.num_values * ITEM_BYTES[dtype]
    return _count_int8_bytes(tensor) if quantization == "int8" else _count_int4_bytes(tensor)


def is_quantizable(tensor: StoredTensor) -> bool:
    """Return whether bitsandbytes quantises a tensor on loading: the weight of a linear layer that is not left out."""
    parts = tensor.name.split(".")
    return len(tensor.shape) == 2 and tensor.name.endswith("_proj.weight") and not set(parts) & set(UNQUANTIZED)


def _count_int8_bytes(tensor: StoredTensor) -> int:
    """A byte a number, and a float32 scale a row."""
    return tensor.num_values + 4 * tensor.shape[0]


def _count_int4_bytes(tensor: StoredTensor) -> int:
    """Half a byte a number, a byte a block for its scale, and a float32 for each block of scales."""
    num_scales = -(-tensor.num_values // BLOCK)
    return -(-tensor.num_values // 2) + num_scales + 4 * (-(-num_scales // NESTED_BLOCK) + NUM_TABLE_VALUES)


def count_largest_quantizable(tensors: Iterable[StoredTensor]) -> int:
    """Return the number of values of the largest weight that is quantised on loading, 0 where there is none."""
    sizes = (tensor.num_values for tensor in tensors if tensor.dtype in FLOATING and is_quantizable(tensor))
    return max(sizes, default=0)
