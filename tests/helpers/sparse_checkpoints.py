"""Checkpoints of zeros that take no room on the disk, whatever the shapes: true headers, and holes for the numbers."""

import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.checkpoint.layout import list_shapes
from model.checkpoint.safetensors_header import ITEM_BYTES, TensorInfo
from model.config import MiniCPMVConfig
from tests.helpers.paths import TESTS

GOLDEN = TESTS / "golden" / "checkpoint"
SMALL_FILES = ("config.json", "generation_config.json", "preprocessor_config.json", "tokenizer_config.json")
TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "merges.txt")

STATE_BYTES = 200
"""The length of what is written beside each 4-bit weight, filled up with spaces."""

Infos = dict[str, TensorInfo]


def write_sparse(file: Path, infos: Mapping[str, TensorInfo], texts: Mapping[str, bytes] | None = None) -> None:
    """Write a safetensors file of zeros, but for the bytes of the tensors that `texts` names."""
    end = 0
    entries: dict[str, Any] = {}
    for name, info in infos.items():
        size = ITEM_BYTES.get(info.dtype, 1) * math.prod(info.shape)
        entries[name] = {"dtype": info.dtype, "shape": list(info.shape), "data_offsets": [end, end + size]}
        end += size
    header = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
    header += b" " * (-len(header) % 8)
    with file.open("wb") as opened:
        opened.write(len(header).to_bytes(8, "little") + header)
        opened.truncate(8 + len(header) + end)
        for name, text in (texts or {}).items():
            opened.seek(8 + len(header) + entries[name]["data_offsets"][0])
            opened.write(text)


def list_infos(config: dict[str, Any], dtype: str = "BF16") -> Infos:
    """Return every tensor of the model of a `config.json`."""
    shapes = list_shapes(MiniCPMVConfig(**{key: config[key] for key in config if key != "auto_map"}))
    return {name: TensorInfo(dtype, shape, "model.safetensors") for name, shape in shapes.items()}


def make_sparse_checkpoint(folder: Path, changes: Mapping[str, Any] | None = None, dtype: str = "BF16") -> Infos:
    """Make a folder with the recorded small files, a changed `config.json`, and weights of zeros; return these."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*SMALL_FILES, *TOKENIZER_FILES):
        shutil.copy(GOLDEN / name, folder / name)
    config = edit_json(folder / "config.json", **(changes or {}))
    infos = list_infos(config, dtype)
    write_sparse(folder / "model.safetensors", infos)
    return infos


def edit_json(file: Path, **changes: Any) -> dict[str, Any]:
    """Change fields of a JSON file, remove those that are to be `...`, and return them all."""
    fields = {**json.loads(file.read_text()), **changes}
    fields = {key: value for key, value in fields.items() if value is not ...}
    file.write_text(json.dumps(fields))
    return fields


def pack(infos: Infos, kind: str, layers: list[str], block: int = 64) -> Infos:
    """Return the tensors with these linear layers as bitsandbytes saves them: int8, or nf4 with nested scales."""
    packed = dict(infos)
    for layer in layers:
        name = f"{layer}.weight"
        rows, columns = packed[name].shape
        parts: dict[str, tuple[str, tuple[int, ...]]] = {
            name: ("I8", (rows, columns)),
            f"{layer}.SCB": ("F32", (rows,)),
            f"{layer}.weight_format": ("U8", ()),
        }
        if kind == "nf4":
            scales = -(-rows * columns // block)
            parts = {
                name: ("U8", (-(-rows * columns // 2), 1)),
                f"{name}.absmax": ("U8", (scales,)),
                f"{name}.quant_map": ("F32", (16,)),
                f"{name}.nested_absmax": ("F32", (-(-scales // 256),)),
                f"{name}.nested_quant_map": ("F32", (256,)),
                f"{name}.quant_state.bitsandbytes__nf4": ("U8", (STATE_BYTES,)),
            }
        packed |= {part: TensorInfo(*info, "model.safetensors") for part, info in parts.items()}
    return packed


def make_states(infos: Infos, layers: list[str], **changes: Any) -> dict[str, bytes]:
    """Return what bitsandbytes writes beside the 4-bit weights of layers, by the name of the tensor."""
    state = {"quant_type": "nf4", "blocksize": 64, "dtype": "float16"}
    nested = {"nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.1}
    return {
        f"{layer}.weight.quant_state.bitsandbytes__nf4": json.dumps(
            {**state, "shape": infos[f"{layer}.weight"].shape, **nested, **changes}
        )
        .encode()
        .ljust(STATE_BYTES)
        for layer in layers
    }
