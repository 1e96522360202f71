"""Comparing the tensors that a checkpoint holds with those that its configuration asks for."""

import copy
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from model.checkpoint.layout import EMBEDDING, FINAL_NORM, PATCHES, POSITIONS, QUERY, VISION_NORM, Shape, list_shapes
from model.checkpoint.tensors import TensorInfo
from model.checkpoint.wording import ORIGINAL, count, list_names, one_line, show_path
from model.config import MiniCPMVConfig
from model.errors import LoadError

FLOATING = ("F64", "F32", "F16", "BF16")
LAYER = re.compile(r"(llm\.model|vpm\.encoder)\.layers\.(\d{1,4})\.")
FIRST_LAYER = "llm.model.layers.0"


def check_shapes(folder: Path, config: MiniCPMVConfig, found: Mapping[str, Shape]) -> None:
    """Raise `LoadError` where names or shapes differ from the configuration's, with the first few.

    Where other values in `config.json` would make all of them fit, the error names those values.
    """
    wanted = list_shapes(config)
    if config.tie_word_embeddings:
        wanted = {name: shape for name, shape in wanted.items() if name in found or "lm_head" not in name}
    if dict(found) == wanted:
        return
    _refuse_values(folder, config, found)
    where = f"the checkpoint in {show_path(folder)} is damaged or not MiniCPM-V-2_6"
    again = f"take its weights and config.json from one place again, such as {ORIGINAL}"
    for what, names in (
        ("missing", wanted.keys() - found.keys()),
        ("unexpected", found.keys() - wanted.keys()),
        ("of another shape", {name for name in wanted.keys() & found.keys() if wanted[name] != found[name]}),
    ):
        if names:
            raise LoadError(f"{where}: {count(names, 'tensor')} {what} ({list_names(names)}): {again}")


def check_types(folder: Path, infos: Mapping[str, TensorInfo], names: Iterable[str]) -> None:
    """Raise `LoadError` where one of these tensors, none of them quantised, does not hold floating point numbers."""
    wrong = [name for name in names if infos[name].dtype not in FLOATING]
    if wrong:
        kinds = ", ".join(sorted({one_line(infos[name].dtype) for name in wrong}))
        raise LoadError(
            f"{count(wrong, 'tensor')} of the type {kinds} in {show_path(folder)} ({list_names(wrong)}), which cannot "
            f"be served: save the model in bfloat16, or take {ORIGINAL}"
        )


def _refuse_values(folder: Path, config: MiniCPMVConfig, found: Mapping[str, Shape]) -> None:
    """Raise `LoadError` where the tensors fit each other, and only values in `config.json` differ from them."""
    changed = copy.deepcopy(config)
    differing = []
    for path, value in _derive_sizes(config, found):
        owner, _, field = path.rpartition(".")
        if value != getattr(config.vision_config if owner else config, field):
            setattr(changed.vision_config if owner else changed, field, value)
            differing.append((path, getattr(config.vision_config if owner else config, field), value))
    wanted = list_shapes(changed) if differing else {}
    if (
        differing
        and wanted.keys() - {"llm.lm_head.weight"} <= found.keys()
        and all(found[name] == wanted[name] for name in found.keys() & wanted.keys())
    ):
        told = ", ".join(f"{path} ({says} and {holds})" for path, says, holds in differing)
        raise LoadError(f"{show_path(folder)}/config.json and the weights disagree on {told}: correct config.json")


def _derive_sizes(config: MiniCPMVConfig, found: Mapping[str, Shape]) -> list[tuple[str, int]]:
    """Return the sizes that can be read off the tensors, each with the field of `config.json` that must say so."""
    width = _size(found, FINAL_NORM)
    side = _size(found, PATCHES, 2) or config.vision_config.patch_size
    rows = _size(found, f"{FIRST_LAYER}.self_attn.k_proj.bias")
    sizes = {
        "hidden_size": width,
        "vocab_size": _size(found, EMBEDDING),
        "intermediate_size": _size(found, f"{FIRST_LAYER}.mlp.gate_proj.weight"),
        "num_hidden_layers": _count_layers(found, "llm.model"),
        "num_key_value_heads": rows * config.num_attention_heads // width if width else 0,
        "query_num": _size(found, QUERY),
        "vision_config.hidden_size": _size(found, VISION_NORM),
        "vision_config.intermediate_size": _size(found, "vpm.encoder.layers.0.mlp.fc1.bias"),
        "vision_config.num_hidden_layers": _count_layers(found, "vpm.encoder"),
        "vision_config.patch_size": side,
        "vision_config.image_size": _find_image_size(config, found, side),
    }
    return [(path, size) for path, size in sizes.items() if size]


def _size(found: Mapping[str, Shape], name: str, axis: int = 0) -> int:
    """Return a tensor's size along an axis; 0 where it has none."""
    shape = found.get(name, ())
    return shape[axis] if len(shape) > axis else 0


def _count_layers(found: Mapping[str, Shape], part: str) -> int:
    numbers = {int(layer[2]) for name in found if (layer := LAYER.match(name)) and layer[1] == part}
    return len(numbers) if numbers == set(range(len(numbers))) else 0


def _find_image_size(config: MiniCPMVConfig, found: Mapping[str, Shape], side: int) -> int:
    """Return the configured size where it gives the table of positions its size, else one that does."""
    cells = math.isqrt(_size(found, POSITIONS))
    size: int = config.vision_config.image_size
    return size if size // side == cells else cells * side
