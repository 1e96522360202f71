"""Tensors that older versions saved though they follow from the configuration: accepted where they are as ours.

Each is small, so it is read and compared within the rounding of the type it is stored in.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from model.checkpoint.pickled import load_pickled
from model.checkpoint.tensors import TensorInfo
from model.checkpoint.wording import one_line, show_path
from model.config import MiniCPMVConfig
from model.errors import LoadError
from model.resampler import sine_cosine_2d

GRID, POSITION_IDS = "resampler.pos_embed", "vpm.embeddings.position_ids"
FREQUENCIES = re.compile(r"llm\.model\.(?:layers\.\d+\.self_attn\.)?rotary_emb\.(?:original_)?inv_freq")
MAX_VALUES = 1 << 28
TOLERANCE = 1e-4
"""By how much sines of positions up to about a hundred differ between libraries in float32."""


def find_buffers(infos: Mapping[str, TensorInfo]) -> list[str]:
    """Return the names of the tensors that need not be there."""
    return [name for name in infos if name in (GRID, POSITION_IDS) or FREQUENCIES.fullmatch(name)]


def check_buffers(folder: Path, config: MiniCPMVConfig, infos: Mapping[str, TensorInfo]) -> tuple[str, ...]:
    """Return the names of such tensors, once each was compared. Raises `LoadError` where one is not as ours."""
    names = find_buffers(infos)
    for name in names:
        info = infos[name]
        if not _has_shape(config, name, info.shape) or not _is_as_ours(config, name, _read(folder, name, info)):
            raise LoadError(
                f"{one_line(name)} in {show_path(folder / info.file)} is not what MiniCPM-V-2_6 computes for it, so "
                f"the answers would differ: remove the tensor, or take the weights from their origin again"
            )
    return tuple(names)


def _has_shape(config: MiniCPMVConfig, name: str, shape: tuple[int, ...]) -> bool:
    if name == GRID:
        is_grid = len(shape) == 3 and shape[2] == config.hidden_size and min(shape) > 0
        return is_grid and shape[0] * shape[1] * shape[2] <= MAX_VALUES
    if name == POSITION_IDS:
        vision = config.vision_config
        return shape in (cells := ((vision.image_size // vision.patch_size) ** 2,), (1, *cells))
    return shape == (config.hidden_size // config.num_attention_heads // 2,)


def _is_as_ours(config: MiniCPMVConfig, name: str, stored: Tensor) -> bool:
    ours = _compute(config, name, stored.shape)
    if not stored.is_floating_point():
        return name == POSITION_IDS and torch.equal(stored.flatten().long(), ours.long())
    kind = torch.finfo(stored.dtype)
    difference = (stored.flatten().float() - ours.flatten()).abs()
    bound = ours.flatten().abs() * (kind.eps + TOLERANCE) + kind.eps * kind.smallest_normal  # the last: subnormal ones
    bound += 0 if FREQUENCIES.fullmatch(name) else TOLERANCE
    return bool(torch.all(difference <= bound))  # false for what is not a number


def _compute(config: MiniCPMVConfig, name: str, shape: tuple[int, ...]) -> Tensor:
    """Return our values in float32, flat or in a shape with as many values."""
    if name == GRID:
        return sine_cosine_2d(shape[0], shape[1], shape[2], torch.device("cpu"))
    if name == POSITION_IDS:
        return torch.arange(shape[-1], dtype=torch.float32)
    theta, num = config.rope_parameters["rope_theta"], shape[0]
    frequencies: Tensor = theta ** -(torch.arange(num, dtype=torch.float64) / num)
    return frequencies.float()


def _read(folder: Path, name: str, info: TensorInfo) -> Tensor:
    file = folder / info.file
    if file.suffix == ".bin":
        return load_pickled(file, "cpu")[name]
    with safe_open(file, framework="pt") as opened:
        tensor: Tensor = opened.get_tensor(name)
        return tensor
