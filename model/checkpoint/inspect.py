"""Every check of a checkpoint that can be made before its weights are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.checkpoint.buffers import check_buffers, find_buffers
from model.checkpoint.configuration import CONFIG, make_config, read_raw_config
from model.checkpoint.fitting import check_shapes, check_types
from model.checkpoint.folders import check_adapters, explain_missing, list_folder
from model.checkpoint.json_files import read_json
from model.checkpoint.layout import HEAD, Shape, list_shapes
from model.checkpoint.quant_states import check_states
from model.checkpoint.quantization_config import BitsAndBytes, read_quantization
from model.checkpoint.quantized_tensors import (
    QuantizedLayers,
    check_kind,
    check_layers,
    check_packing,
    find_quantized,
)
from model.checkpoint.tensor_names import check_head, check_names
from model.checkpoint.tensors import TensorInfo, read_tensor_infos
from model.config import MiniCPMVConfig
from model.errors import LoadError

SMALL_FILES = (
    "preprocessor_config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
"""Files that may be missing, and must not be damaged: damage to one is often damage to others."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder whose configuration and tensors fit each other.

    `tensors` are all that the files hold, by name. `quantization` is the one of `QUANTIZATIONS` they are stored in.
    `extra_names` are tensors that follow from the configuration, to be passed over when loading. `is_tied` says that
    the head is the embeddings; a head that is stored counts, whatever `tie_word_embeddings` in the file says.
    """

    folder: Path
    config: MiniCPMVConfig
    tensors: dict[str, TensorInfo]
    quantization: str
    extra_names: tuple[str, ...]
    is_tied: bool


def inspect_checkpoint(folder: Path) -> Checkpoint:
    """Return what is known of a checkpoint without its weights. Only small files and headers are read.

    Raises `LoadError`, one sentence with the file and the remedy, for anything but a whole MiniCPM-V-2_6.
    """
    names = list_folder(folder)
    check_adapters(folder, names)
    if CONFIG not in names:
        raise LoadError(explain_missing(folder, names, CONFIG))
    raw = read_raw_config(folder)
    stored = read_quantization(folder / CONFIG, raw)
    config = make_config(folder / CONFIG, raw)
    tensors = read_tensor_infos(folder)
    if not tensors:
        raise LoadError(explain_missing(folder, names, "weights (model.safetensors)"))
    _read_small_files(folder, names)
    return _compare(folder, config, stored, tensors)


def _read_small_files(folder: Path, names: list[str]) -> None:
    for name in SMALL_FILES:
        if name in names:
            read_json(folder / name)


def _compare(
    folder: Path, config: MiniCPMVConfig, stored: BitsAndBytes | None, tensors: dict[str, TensorInfo]
) -> Checkpoint:
    check_names(folder, tensors)
    layers = find_quantized(folder, tensors)
    check_kind(folder / CONFIG, stored, layers)
    check_head(folder, tensors, config.tie_word_embeddings)
    is_tied = config.tie_word_embeddings = HEAD not in tensors and config.tie_word_embeddings
    plain = tensors.keys() - layers.names - set(find_buffers(tensors))
    check_shapes(folder, config, _list_found(config, tensors, layers, plain))
    check_types(folder, tensors, plain)
    if stored is not None:
        check_layers(folder, stored, layers, list_shapes(config))
        check_states(folder, tensors, layers, list_shapes(config))
        config.quantization_config = stored.to_dict()
    extra = check_buffers(folder, config, tensors)
    return Checkpoint(folder, config, tensors, "none" if stored is None else stored.kind, extra, is_tied)


def _list_found(
    config: MiniCPMVConfig, tensors: Mapping[str, TensorInfo], layers: QuantizedLayers, plain: set[str]
) -> dict[str, Shape]:
    """Return the shapes of the tensors, of a quantised weight the shape that it is unpacked to if it is complete."""
    wanted: dict[str, Any] = list_shapes(config)
    packed = {f"{layer}.weight" for layer in layers.kinds}
    broken = set(check_packing(tensors, layers, wanted))
    whole = {name: wanted[name] for name in packed - broken if name in wanted}
    rest = {name: tensors[name].shape for name in (packed - whole.keys()) & tensors.keys()}
    return {name: tensors[name].shape for name in plain} | whole | rest
