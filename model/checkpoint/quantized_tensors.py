"""The tensors that bitsandbytes saves for a quantised layer: its packed weight, and beside it what unpacks it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from transformers.quantizers.quantizers_utils import should_convert_module

from model.checkpoint.layout import HEAD, Shape, list_linear
from model.checkpoint.quantization_config import OTHER, BitsAndBytes
from model.checkpoint.tensors import TensorInfo
from model.checkpoint.wording import INT4_ORIGINAL, count, list_names, one_line, show_path
from model.errors import LoadError

STATE = re.compile(r"(.+)\.weight\.quant_state\.bitsandbytes__(nf4|fp4)")
PARTS = re.compile(
    r"(.+)\.(?:weight\.(?:absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.bitsandbytes__\w+)|SCB|weight_format)"
)
OTHER_PARTS = re.compile(r".+\.(?:qweight|qzeros|g_idx|weight_packed|weight_scale|scales|weight_scale_inv)")
BLOCK_SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
NESTED_BLOCK = 256


@dataclass(frozen=True)
class QuantizedLayers:
    """The quantised layers of a checkpoint by name, each with its kind (int8, nf4 or fp4), and all their tensors."""

    kinds: dict[str, str]
    names: frozenset[str]


def find_quantized(folder: Path, infos: Mapping[str, TensorInfo]) -> QuantizedLayers:
    """Return the layers that bitsandbytes has quantised. Raises `LoadError` where another program has."""
    foreign = [name for name in infos if OTHER_PARTS.fullmatch(name)]
    if foreign:
        raise LoadError(f"{show_path(folder)} holds weights of another quantiser ({list_names(foreign)}); {OTHER}")
    kinds = {found[1]: found[2] for name in infos if (found := STATE.fullmatch(name))}
    kinds |= {name.removesuffix(".SCB"): "int8" for name in infos if name.endswith(".SCB")}
    parts = {name for name in infos if (found := PARTS.fullmatch(name)) and found[1] in kinds}
    return QuantizedLayers(kinds, frozenset(parts | {f"{layer}.weight" for layer in kinds} & infos.keys()))


def check_kind(file: Path, stored: BitsAndBytes | None, layers: QuantizedLayers) -> None:
    """Raise `LoadError` where `file`, a `config.json`, says something else of quantisation than the tensors."""
    found = sorted({"int8" if kind == "int8" else "int4" for kind in layers.kinds.values()})
    if stored is None and found:
        raise LoadError(
            f"the weights beside {show_path(file)} are quantised to {found[0]} by bitsandbytes, and it has no "
            f"quantization_config: take the file from where the weights come from, as {INT4_ORIGINAL}"
        )
    if stored is not None and not found:
        raise LoadError(
            f"{show_path(file)} has a quantization_config, but the weights are not quantised: remove that field "
            f"(QUANT={stored.kind} quantises while loading)"
        )
    if stored is not None and (found != [stored.kind] or not _has_type(stored, layers)):
        raise LoadError(
            f"{show_path(file)} has a quantization_config of {stored.kind} ({stored.bnb_4bit_quant_type}), but weights "
            f"are quantised to {', '.join(sorted(set(layers.kinds.values())))}: take the weights' own file"
        )


def _has_type(stored: BitsAndBytes, layers: QuantizedLayers) -> bool:
    return stored.kind == "int8" or set(layers.kinds.values()) == {stored.bnb_4bit_quant_type}


def check_layers(folder: Path, stored: BitsAndBytes, layers: QuantizedLayers, shapes: Mapping[str, Shape]) -> None:
    """Raise `LoadError` where not exactly those layers are quantised that the configuration does not skip."""
    skipped = [HEAD.removesuffix(".weight")] if stored.llm_int8_skip_modules is None else stored.llm_int8_skip_modules
    try:
        wanted = {layer for layer in list_linear(dict(shapes)) if should_convert_module(layer, skipped)}
    except re.error as error:
        raise LoadError(
            f"{show_path(folder)}/config.json has a wrong llm_int8_skip_modules ({one_line(error)}): "
            f"take the file from where the weights come from"
        ) from error
    _refuse_layers(folder, wanted - layers.kinds.keys(), "not quantised, though llm_int8_skip_modules does not name")
    _refuse_layers(folder, layers.kinds.keys() - wanted, "quantised, though llm_int8_skip_modules names")


def _refuse_layers(folder: Path, names: Iterable[str], what: str) -> None:
    found = list(names)
    if found:
        them = "it" if len(found) == 1 else "them"
        raise LoadError(
            f"{show_path(folder)} is quantised only in part: {count(found, 'layer')} {what} {them} in config.json "
            f"({list_names(found)}): take config.json from where the weights come from"
        )


def check_packing(infos: Mapping[str, TensorInfo], layers: QuantizedLayers, shapes: Mapping[str, Shape]) -> list[str]:
    """Return the quantised weights whose tensors are not complete, or not of the sizes that their shapes need."""
    return [
        f"{layer}.weight"
        for layer, kind in layers.kinds.items()
        if f"{layer}.weight" in shapes and not _is_packed(infos, layer, kind, shapes[f"{layer}.weight"])
    ]


def _is_packed(infos: Mapping[str, TensorInfo], layer: str, kind: str, shape: Shape) -> bool:
    weight = infos.get(f"{layer}.weight")
    if weight is None:
        return False
    if kind == "int8":
        scales = infos[f"{layer}.SCB"]
        return (weight.dtype, weight.shape) == ("I8", shape) and (scales.dtype, scales.num_values) == ("F32", shape[0])
    num_values = shape[0] * shape[1]
    is_whole = weight.dtype == "U8" and weight.num_values == -(-num_values // 2)
    return is_whole and _has_scales(infos, f"{layer}.weight", num_values)


def _has_scales(infos: Mapping[str, TensorInfo], name: str, num_values: int) -> bool:
    """Say whether a 4-bit weight has a scale for each block, itself quantised or not, and the table of 16 values."""
    scales, table = infos.get(f"{name}.absmax"), infos.get(f"{name}.quant_map")
    if scales is None or table is None or table.num_values != 16:
        return False
    if all(-(-num_values // size) != scales.num_values for size in BLOCK_SIZES):
        return False
    nested, nested_table = infos.get(f"{name}.nested_absmax"), infos.get(f"{name}.nested_quant_map")
    if nested is None or nested_table is None:
        return nested is nested_table and scales.dtype == "F32"
    is_nested = scales.dtype == "U8" and nested_table.num_values == 256
    return is_nested and nested.num_values == -(-scales.num_values // NESTED_BLOCK)
