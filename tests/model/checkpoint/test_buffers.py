"""Tensors that follow from the configuration are accepted where they are as ours, in any type, and only there."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from model.checkpoint.buffers import check_buffers, find_buffers
from model.checkpoint.tensors import TensorInfo, read_tensor_infos
from model.config import MiniCPMVConfig
from model.errors import LoadError
from model.resampler import sine_cosine_2d

GRID, IDS = "resampler.pos_embed", "vpm.embeddings.position_ids"
FREQUENCIES = "llm.model.rotary_emb.inv_freq"
THETA = 1_000_000.0


@pytest.fixture(scope="module")
def config() -> MiniCPMVConfig:
    vision = {"hidden_size": 72, "image_size": 140, "patch_size": 14, "num_attention_heads": 4}
    return MiniCPMVConfig(
        hidden_size=64,
        num_attention_heads=4,
        num_key_value_heads=2,
        rope_parameters={"rope_type": "default", "rope_theta": THETA},
        vision_config=vision,
    )


def make_grid(rows: int = 70, columns: int = 70, width: int = 64) -> Tensor:
    return sine_cosine_2d(rows, columns, width, torch.device("cpu")).view(rows, columns, width)


def make_frequencies() -> Tensor:
    return 1.0 / (THETA ** (torch.arange(0, 16, 2, dtype=torch.int64).float() / 16))


def check(folder: Path, config: MiniCPMVConfig, tensors: dict[str, Tensor]) -> tuple[str, ...]:
    save_file({"llm.x": torch.zeros(1), **tensors}, folder / "model.safetensors")
    return check_buffers(folder, config, read_tensor_infos(folder))


def refuse(folder: Path, config: MiniCPMVConfig, name: str, tensor: Tensor) -> None:
    with pytest.raises(LoadError) as refused:
        check(folder, config, {name: tensor})
    assert f"{name} in {folder / 'model.safetensors'} is not what MiniCPM-V-2_6 computes for it" in str(refused.value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("shape", [(70, 70), (10, 10), (3, 90)])
def test_positions_of_the_resampler_are_accepted(
    config: MiniCPMVConfig, tmp_path: Path, dtype: torch.dtype, shape: tuple[int, int]
) -> None:
    assert check(tmp_path, config, {GRID: make_grid(*shape).to(dtype)}) == (GRID,)


def test_numpys_positions_are_accepted(config: MiniCPMVConfig, tmp_path: Path) -> None:
    """As the published code computes them: in float32, by numpy."""
    import numpy as np

    omega = 1.0 / 10000 ** (np.arange(16, dtype=np.float32) / np.float32(16))
    out = np.arange(70, dtype=np.float32)[:, None] * omega
    code = np.concatenate([np.sin(out), np.cos(out)], axis=-1)  # [70, 32]
    rows, columns = np.broadcast_to(code[:, None], (70, 70, 32)), np.broadcast_to(code[None], (70, 70, 32))
    grid = torch.from_numpy(np.concatenate([columns, rows], axis=-1))
    assert check(tmp_path, config, {GRID: grid}) == (GRID,)


@pytest.mark.parametrize(
    "grid",
    [
        make_grid().transpose(0, 1).contiguous(),
        make_grid() + 0.05,
        make_grid().roll(32, -1),
        torch.zeros(70, 70, 64),
        torch.full((70, 70, 64), torch.nan),
        make_grid(width=32),
        make_grid().flatten(0, 1),
        torch.zeros(70, 70, 64, dtype=torch.int8),
        torch.zeros(0, 70, 64),
    ],
)
def test_other_positions_of_the_resampler_are_refused(config: MiniCPMVConfig, tmp_path: Path, grid: Tensor) -> None:
    refuse(tmp_path, config, GRID, grid)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
@pytest.mark.parametrize("shape", [(100,), (1, 100)])
def test_numbered_positions_are_accepted(
    config: MiniCPMVConfig, tmp_path: Path, dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    assert check(tmp_path, config, {IDS: torch.arange(100, dtype=dtype).view(shape)}) == (IDS,)


@pytest.mark.parametrize(
    "ids", [torch.arange(100).flip(0), torch.arange(99), torch.arange(1, 101), torch.arange(100).view(2, 50)]
)
def test_other_numbered_positions_are_refused(config: MiniCPMVConfig, tmp_path: Path, ids: Tensor) -> None:
    refuse(tmp_path, config, IDS, ids)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_frequencies_of_every_layer_are_accepted(config: MiniCPMVConfig, tmp_path: Path, dtype: torch.dtype) -> None:
    names = [FREQUENCIES, "llm.model.layers.3.self_attn.rotary_emb.inv_freq", "llm.model.rotary_emb.original_inv_freq"]
    frequencies = make_frequencies().to(dtype)
    assert set(check(tmp_path, config, {name: frequencies.clone() for name in names})) == set(names)


@pytest.mark.parametrize(
    "frequencies",
    [
        1.0 / (10000 ** (torch.arange(0, 16, 2).float() / 16)),
        make_frequencies() / 4,
        make_frequencies()[:-1].clone(),
        make_frequencies().flip(0),
    ],
)
def test_other_frequencies_are_refused(config: MiniCPMVConfig, tmp_path: Path, frequencies: Tensor) -> None:
    refuse(tmp_path, config, FREQUENCIES, frequencies)


def test_pickled_tensors_are_compared_too(config: MiniCPMVConfig, tmp_path: Path) -> None:
    torch.save({GRID: make_grid(), IDS: torch.arange(100)}, tmp_path / "pytorch_model.bin")
    assert check_buffers(tmp_path, config, read_tensor_infos(tmp_path)) == (GRID, IDS)
    torch.save({GRID: make_grid() * 2}, tmp_path / "pytorch_model.bin")
    with pytest.raises(LoadError, match=r"resampler.pos_embed in .*pytorch_model.bin is not"):
        check_buffers(tmp_path, config, read_tensor_infos(tmp_path))


def test_a_grid_beyond_all_measure_is_not_computed(config: MiniCPMVConfig, tmp_path: Path) -> None:
    infos: dict[str, Any] = {GRID: TensorInfo("F32", (1 << 20, 1 << 20, 64), "model.safetensors")}
    with pytest.raises(LoadError, match=r"resampler.pos_embed"):
        check_buffers(tmp_path, config, infos)


def test_other_tensors_are_none_of_these() -> None:
    names = (GRID, IDS, FREQUENCIES, "vpm.rotary_emb.inv_freq", "llm.model.norm.weight", "resampler.pos_embed2")
    infos = {name: TensorInfo("F32", (1,), "f") for name in names}
    assert find_buffers(infos) == [GRID, IDS, FREQUENCIES]
