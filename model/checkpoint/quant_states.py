"""The small JSON text that bitsandbytes saves beside a 4-bit weight: its shape, its type, and how it is scaled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from safetensors import SafetensorError, safe_open

from model.checkpoint.layout import Shape
from model.checkpoint.pickled import load_pickled
from model.checkpoint.quantized_tensors import NESTED_BLOCK, QuantizedLayers
from model.checkpoint.tensors import TensorInfo
from model.checkpoint.wording import INT4_ORIGINAL, list_names, one_line, show_path
from model.errors import LoadError

MAX_BYTES = 1 << 16


class QuantState(msgspec.Struct, frozen=True):
    """The fields of `bitsandbytes.functional.QuantState`, as it saves them."""

    quant_type: Literal["nf4", "fp4"]
    blocksize: int
    dtype: Literal["float16", "bfloat16", "float32"]
    shape: tuple[int, int]
    nested_blocksize: int | None = None
    nested_dtype: Literal["float32"] | None = None
    nested_offset: float | None = None


def check_states(
    folder: Path, infos: Mapping[str, TensorInfo], layers: QuantizedLayers, shapes: Mapping[str, Shape]
) -> None:
    """Raise `LoadError` where the text beside a 4-bit weight is damaged, or is not of that weight."""
    states = {layer: f"{layer}.weight.quant_state.bitsandbytes__{kind}" for layer, kind in layers.kinds.items()}
    files = sorted({infos[name].file for layer, name in states.items() if layers.kinds[layer] != "int8"})
    for file in files:
        own = {layer: name for layer, name in states.items() if name in infos and infos[name].file == file}
        texts = _read(folder / file, [name for name in own.values() if _is_text(infos[name])])
        wrong = [
            name for layer, name in own.items() if not _is_right(texts.get(name), infos, f"{layer}.weight", shapes)
        ]
        if wrong:
            raise LoadError(
                f"{show_path(folder / file)} is damaged, or not quantised by bitsandbytes ({list_names(wrong)}): "
                f"copy or download it again from its origin, such as {INT4_ORIGINAL}"
            )


def _read(file: Path, names: list[str]) -> dict[str, bytes]:
    if file.suffix == ".bin":
        tensors = load_pickled(file, "cpu")
        return {name: bytes(tensors[name].flatten().tolist()) for name in names}
    try:
        with safe_open(file, framework="numpy") as opened:
            return {name: opened.get_tensor(name).tobytes() for name in names}
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise LoadError(f"{show_path(file)} cannot be read ({one_line(error)}): check the disk") from error


def _is_text(info: TensorInfo) -> bool:
    return info.dtype == "U8" and info.num_values <= MAX_BYTES


def _is_right(text: bytes | None, infos: Mapping[str, TensorInfo], name: str, shapes: Mapping[str, Shape]) -> bool:
    try:
        raw: Any = json.loads(text or b"")
        state = msgspec.convert(raw, QuantState)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return False
    scales, kind = infos[f"{name}.absmax"].num_values, infos[f"{name}.absmax"].dtype
    num_values = state.shape[0] * state.shape[1]
    is_nested = state.nested_blocksize == NESTED_BLOCK and state.nested_dtype and state.nested_offset is not None
    is_scaled = state.blocksize > 0 and -(-num_values // state.blocksize) == scales
    is_named = f"{name}.quant_state.bitsandbytes__{state.quant_type}" in infos
    return is_named and state.shape == shapes[name] and is_scaled and (kind == "F32" or bool(is_nested))
