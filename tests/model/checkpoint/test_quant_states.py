"""What is written beside each 4-bit weight is of that weight."""

from pathlib import Path
from typing import Any

import pytest
import torch

from model.checkpoint.quant_states import check_states
from model.checkpoint.quantized_tensors import find_quantized
from model.checkpoint.tensors import TensorInfo, read_tensor_infos
from model.errors import LoadError
from tests.helpers.checkpoints import make_small_checkpoint
from tests.helpers.sparse_checkpoints import Infos, make_states, pack, write_sparse

LAYERS = ["llm.model.layers.0.mlp.up_proj", "vpm.encoder.layers.0.mlp.fc1"]
STATE = f"{LAYERS[0]}.weight.quant_state.bitsandbytes__nf4"
SHAPES = {f"{LAYERS[0]}.weight": (320, 256), f"{LAYERS[1]}.weight": (110, 72)}
PLAIN: Infos = {name: TensorInfo("F16", shape, "model.safetensors") for name, shape in SHAPES.items()}


def check(folder: Path, texts: dict[str, bytes]) -> None:
    write_sparse(folder / "model.safetensors", pack(PLAIN, "nf4", LAYERS), texts)
    infos = read_tensor_infos(folder)
    check_states(folder, infos, find_quantized(folder, infos), SHAPES)


def refusal(folder: Path, texts: dict[str, bytes]) -> str:
    with pytest.raises(LoadError) as refused:
        check(folder, texts)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_right_states_pass(tmp_path: Path) -> None:
    check(tmp_path, make_states(PLAIN, LAYERS))


@pytest.mark.parametrize("like", ["int4", "int8"])
def test_those_that_bitsandbytes_writes_pass(tmp_path: Path, like: str) -> None:
    folder = make_small_checkpoint(tmp_path / like, like, "float16")
    infos = read_tensor_infos(folder)
    shapes = {name: (704, 256) if "up_proj" in name or "gate_proj" in name else (0, 0) for name in infos}
    layers = find_quantized(folder, infos)
    some = {layer: kind for layer, kind in layers.kinds.items() if "up_proj" in layer or "gate_proj" in layer}
    assert some
    check_states(folder, infos, type(layers)(some, layers.names), shapes)


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [256, 320]},
        {"shape": [320]},
        {"shape": None},
        {"blocksize": 128},
        {"blocksize": 0},
        {"blocksize": "64"},
        {"dtype": "float17"},
        {"quant_type": "fp4"},
        {"quant_type": "int4"},
        {"nested_offset": None},
        {"nested_offset": "0.1"},
        {"nested_blocksize": 64},
        {"nested_dtype": "uint8"},
    ],
)
def test_a_state_of_another_weight_is_named(tmp_path: Path, changes: dict[str, Any]) -> None:
    texts = {**make_states(PLAIN, LAYERS), **make_states(PLAIN, LAYERS[:1], **changes)}
    message = refusal(tmp_path, texts)
    assert f"{tmp_path / 'model.safetensors'} is damaged, or not quantised by bitsandbytes ({STATE})" in message


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff\xfe", b"null", b"{}", b"[" * 200])
def test_a_damaged_state_is_named(tmp_path: Path, text: bytes) -> None:
    assert STATE in refusal(tmp_path, {**make_states(PLAIN, LAYERS), STATE: text.ljust(200)})


def test_a_state_of_another_type_is_named(tmp_path: Path) -> None:
    infos = pack(PLAIN, "nf4", LAYERS)
    infos[STATE] = TensorInfo("BF16", (100,), "model.safetensors")
    write_sparse(tmp_path / "model.safetensors", infos, make_states(PLAIN, LAYERS[1:]))
    with pytest.raises(LoadError, match="not quantised by bitsandbytes"):
        check_states(tmp_path, infos, find_quantized(tmp_path, infos), SHAPES)


def test_pickled_states_are_read_too(tmp_path: Path) -> None:
    packed, texts = pack(PLAIN, "nf4", LAYERS), make_states(PLAIN, LAYERS)
    types = {"U8": torch.uint8, "F32": torch.float32}
    tensors = {name: torch.zeros(info.shape, dtype=types[info.dtype]) for name, info in packed.items()}
    tensors |= {name: torch.tensor(list(text), dtype=torch.uint8) for name, text in texts.items()}
    torch.save(tensors, tmp_path / "pytorch_model.bin")
    infos = read_tensor_infos(tmp_path)
    check_states(tmp_path, infos, find_quantized(tmp_path, infos), SHAPES)
    torch.save({**tensors, STATE: torch.zeros(5, dtype=torch.uint8)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(LoadError, match=r"pytorch_model.bin is damaged"):
        check_states(tmp_path, infos, find_quantized(tmp_path, infos), SHAPES)
