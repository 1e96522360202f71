"""The bytes of weights follow from names, types and shapes: the real model's, and those of what is really loaded."""

import json
import struct
from pathlib import Path

import pytest
import torch

from model.config import MiniCPMVConfig
from model.minicpmv import MiniCPMV
from model.options import DTYPES
from model.quantization import make_bitsandbytes_config
from model.weight_bytes import (
    ITEM_BYTES,
    StoredTensor,
    count_largest_quantizable,
    estimate_weight_bytes,
    is_quantizable,
)

WEIGHT = StoredTensor("llm.model.layers.0.mlp.up_proj.weight", "BF16", (18944, 3584))


def read_header(folder: Path) -> list[StoredTensor]:
    """Read the tensors of all safetensors files in a folder."""
    tensors = []
    for file in sorted(folder.glob("*.safetensors")):
        raw = file.read_bytes()
        (length,) = struct.unpack("<Q", raw[:8])
        header = json.loads(raw[8 : 8 + length])
        tensors += [StoredTensor(k, v["dtype"], tuple(v["shape"])) for k, v in header.items() if k != "__metadata__"]
    return tensors


def count_loaded(model: MiniCPMV) -> int:
    """Count the bytes of all tensors, those of bitsandbytes' scales included."""
    num_bytes = 0
    for parameter in model.parameters():
        num_bytes += parameter.nbytes
        state = getattr(parameter, "quant_state", None)
        if state is not None:
            nested = state.state2
            num_bytes += sum(x.nbytes for x in (state.absmax, state.code, nested.absmax, nested.code)) + 4
        scales = getattr(parameter, "SCB", None)
        num_bytes += scales.nbytes if scales is not None else 0
    return num_bytes


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("quantization", ["none", "int8", "int4"])
def test_the_estimate_is_what_a_loaded_model_takes(golden_folder: Path, dtype: str, quantization: str) -> None:
    folder = golden_folder / "checkpoint"
    kind = getattr(torch, dtype)
    given = {} if quantization == "none" else {"quantization_config": make_bitsandbytes_config(quantization, kind)}
    config = MiniCPMVConfig.from_pretrained(folder)
    model = MiniCPMV.from_pretrained(folder, config=config, dtype=kind, device_map={"": "cpu"}, **given)
    estimate = estimate_weight_bytes(read_header(folder), dtype, quantization)
    assert estimate == pytest.approx(count_loaded(model), rel=0.01)


@pytest.mark.parametrize("quantization", ["int8", "int4"])
def test_a_quantised_checkpoint_keeps_its_layers_and_casts_the_others(
    golden_folder: Path, tmp_path: Path, quantization: str
) -> None:
    folder = golden_folder / "checkpoint"
    model = MiniCPMV.from_pretrained(
        folder,
        config=MiniCPMVConfig.from_pretrained(folder),
        dtype=torch.bfloat16,
        device_map={"": "cpu"},
        quantization_config=make_bitsandbytes_config(quantization, torch.bfloat16),
    )
    model.save_pretrained(tmp_path)
    stored = read_header(tmp_path)
    expected = count_loaded(model)
    assert estimate_weight_bytes(stored, "bfloat16", quantization, quantization) == pytest.approx(expected, rel=0.01)
    plain = sum(p.nbytes for p in model.parameters() if p.is_floating_point())
    found = estimate_weight_bytes(stored, "float32", quantization, quantization)
    assert found == pytest.approx(expected + plain, rel=0.01), "what is plain takes twice as much in float32"


@pytest.mark.parametrize(
    ("dtype", "quantization", "num_bytes"),
    [
        ("bfloat16", "none", 2 * 18944 * 3584),
        ("float32", "none", 4 * 18944 * 3584),
        ("float32", "int8", 18944 * 3584 + 4 * 18944),
        ("bfloat16", "int4", 18944 * 3584 * (1 / 2 + 1 / 64 + 1 / 64 / 64)),
    ],
)
def test_one_weight(dtype: str, quantization: str, num_bytes: float) -> None:
    assert estimate_weight_bytes([WEIGHT], dtype, quantization) == pytest.approx(num_bytes, rel=1e-4)


@pytest.mark.parametrize("kind", ["F64", "F32", "F16", "BF16"])
def test_the_stored_type_of_a_plain_weight_does_not_matter(kind: str) -> None:
    assert estimate_weight_bytes([WEIGHT._replace(dtype=kind)], "bfloat16") == 2 * WEIGHT.num_values


@pytest.mark.parametrize(("kind", "size"), [("U8", 1), ("I8", 1), ("I64", 8), ("F8_E4M3", 1)])
def test_what_is_no_plain_number_stays_as_it_is(kind: str, size: int) -> None:
    assert estimate_weight_bytes([WEIGHT._replace(dtype=kind)], "float32", "int4", "int4") == size * WEIGHT.num_values


def test_the_scales_of_quantised_weights_are_not_cast() -> None:
    scales = StoredTensor(f"{WEIGHT.name}.nested_absmax", "F32", (100,))
    assert estimate_weight_bytes([scales], "bfloat16", "int4", "int4") == 400


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("llm.model.layers.27.self_attn.k_proj.weight", (512, 3584), True),
        ("llm.model.layers.3.mlp.down_proj.weight", (3584, 18944), True),
        ("llm.model.layers.3.self_attn.k_proj.bias", (512,), False),
        ("llm.model.layers.3.input_layernorm.weight", (3584,), False),
        ("llm.model.embed_tokens.weight", (151666, 3584), False),
        ("llm.lm_head.weight", (151666, 3584), False),
        ("vpm.encoder.layers.0.self_attn.q_proj.weight", (1152, 1152), False),
        ("resampler.kv_proj.weight", (3584, 1152), False),
    ],
)
def test_only_linear_layers_of_the_language_model_are_quantised(
    name: str, shape: tuple[int, ...], expected: bool
) -> None:
    assert is_quantizable(StoredTensor(name, "BF16", shape)) is expected


def test_the_largest_weight_to_quantise_is_found() -> None:
    small, head = WEIGHT._replace(shape=(8, 8)), StoredTensor("llm.lm_head.weight", "BF16", (151666, 3584))
    assert count_largest_quantizable([small, WEIGHT, head]) == WEIGHT.num_values
    assert count_largest_quantizable([WEIGHT._replace(dtype="U8"), head]) == 0


def test_every_dtype_has_a_size() -> None:
    assert {name: getattr(torch, name).itemsize for name in DTYPES} == ITEM_BYTES
