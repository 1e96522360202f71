"""Whether tensors and configuration belong together, and which of the two is to be corrected."""

import copy
from pathlib import Path
from typing import Any

import pytest

from model.checkpoint.fitting import check_shapes, check_types
from model.checkpoint.layout import EMBEDDING, HEAD, POSITIONS, QUERY, Shape, list_shapes
from model.checkpoint.tensors import TensorInfo
from model.config import MiniCPMVConfig
from model.errors import LoadError

FOLDER = Path("folder")
SIZES: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 320,
    "num_hidden_layers": 3,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "vocab_size": 300,
    "query_num": 64,
    "vision_config": {
        "hidden_size": 72,
        "image_size": 980,
        "intermediate_size": 144,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "patch_size": 14,
    },
}


def make_config(**changes: Any) -> MiniCPMVConfig:
    sizes = copy.deepcopy(SIZES)
    for path, value in changes.items():
        owner = sizes["vision_config"] if path.startswith("vision_") else sizes
        owner[path.removeprefix("vision_")] = value
    return MiniCPMVConfig(**sizes)


@pytest.fixture
def found() -> dict[str, Shape]:
    return list_shapes(make_config())


def refusal(config: MiniCPMVConfig, found: dict[str, Shape]) -> str:
    with pytest.raises(LoadError) as refused:
        check_shapes(FOLDER, config, found)
    message = str(refused.value)
    assert "\n" not in message
    assert "folder" in message
    return message


def test_what_fits_passes(found: dict[str, Shape]) -> None:
    check_shapes(FOLDER, make_config(), found)


@pytest.mark.parametrize(
    ("field", "value", "right"),
    [
        ("hidden_size", 512, 256),
        ("intermediate_size", 321, 320),
        ("num_hidden_layers", 2, 3),
        ("num_hidden_layers", 900, 3),
        ("num_key_value_heads", 8, 2),
        ("vocab_size", 290, 300),
        ("query_num", 32, 64),
        ("vision_hidden_size", 144, 72),
        ("vision_intermediate_size", 4304, 144),
        ("vision_num_hidden_layers", 27, 2),
        ("vision_image_size", 448, 980),
    ],
)
def test_a_wrong_value_is_named_with_the_right_one(found: dict[str, Shape], field: str, value: int, right: int) -> None:
    path = field.replace("vision_", "vision_config.")
    message = refusal(make_config(**{field: value}), found)
    assert f"config.json and the weights disagree on {path} ({value} and {right}): correct config.json" in message


def test_several_wrong_values_are_named_together(found: dict[str, Shape]) -> None:
    message = refusal(make_config(vocab_size=301, num_hidden_layers=4, vision_patch_size=10), found)
    assert "vocab_size (301 and 300), num_hidden_layers (4 and 3), vision_config.patch_size (10 and 14)" in message


def test_missing_tensors_are_named(found: dict[str, Shape]) -> None:
    del found["resampler.proj"]
    assert "1 tensor is missing (resampler.proj)" in refusal(make_config(), found)
    for i in range(2):
        del found[f"llm.model.layers.{i}.mlp.up_proj.weight"]
    assert "3 tensors are missing (llm.model.layers.0.mlp.up_proj.weight, llm" in refusal(make_config(), found)


@pytest.mark.parametrize("name", [QUERY, EMBEDDING, "llm.model.norm.weight", "vpm.post_layernorm.weight"])
def test_a_missing_tensor_that_sizes_are_read_from_is_named(found: dict[str, Shape], name: str) -> None:
    del found[name]
    assert f"1 tensor is missing ({name})" in refusal(make_config(), found)


def test_a_lost_layer_is_no_matter_of_the_configuration(found: dict[str, Shape]) -> None:
    kept = {name: shape for name, shape in found.items() if ".layers.1." not in name}
    assert "tensors are missing (llm.model.layers.1." in refusal(make_config(), kept)


def test_unexpected_tensors_are_named(found: dict[str, Shape]) -> None:
    found |= {"vpm.head.weight": (2,), "apm.conv1.weight": (3, 3)}
    assert "2 tensors are unexpected (apm.conv1.weight, vpm.head.weight)" in refusal(make_config(), found)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("vpm.post_layernorm.weight", (70,)),
        ("llm.model.norm.weight", (255,)),
        (QUERY, (64, 200)),
        (POSITIONS, (4900, 70)),
        ("llm.model.layers.1.self_attn.k_proj.bias", ()),
        ("resampler.proj", (256,)),
        (EMBEDDING, (301, 256)),
    ],
)
def test_tensors_of_another_shape_are_named(found: dict[str, Shape], name: str, shape: Shape) -> None:
    found[name] = shape
    assert f"1 tensor is of another shape ({name})" in refusal(make_config(), found)


def test_a_tied_head_may_be_there_or_not(found: dict[str, Shape]) -> None:
    config = make_config(tie_word_embeddings=True)
    check_shapes(FOLDER, config, found)
    del found[HEAD]
    check_shapes(FOLDER, config, found)
    assert "1 tensor is missing (llm.lm_head.weight)" in refusal(make_config(), found)
    assert "disagree on vocab_size (299 and 300)" in refusal(
        make_config(tie_word_embeddings=True, vocab_size=299), found
    )


@pytest.mark.parametrize("dtype", ["F8_E4M3", "I8", "U8", "I32", "U32", "BOOL", "torch.complex64"])
def test_numbers_that_cannot_be_served_are_named(dtype: str) -> None:
    infos = {"a": TensorInfo("BF16", (1,), "f"), "b": TensorInfo(dtype, (1,), "f")}
    with pytest.raises(LoadError, match=rf"1 tensor is of the type {dtype} in folder \(b\), which cannot be served"):
        check_types(FOLDER, infos, infos)
    check_types(FOLDER, infos, ["a"])


@pytest.mark.parametrize("dtype", ["F16", "BF16", "F32", "F64"])
def test_floating_point_numbers_are_served(dtype: str) -> None:
    infos = {"a": TensorInfo(dtype, (1,), "f"), "b": TensorInfo("BF16", (1,), "f")}
    check_types(FOLDER, infos, infos)
