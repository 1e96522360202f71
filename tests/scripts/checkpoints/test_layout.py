"""The model's own classes have exactly the tensors of the published repositories."""

from typing import Any

import pytest
import torch

from scripts.checkpoints.configuration import make_config
from scripts.checkpoints.layout import Parameter, list_parameters
from scripts.checkpoints.published import read_published
from scripts.checkpoints.quantized import quantize
from scripts.checkpoints.recipe import SMALL_TOKENIZER_FOLDER, Recipe
from scripts.checkpoints.tokenizer_files import Vocabulary
from tests.helpers.checkpoints import count_names


def list_all(like: str, scale: str) -> list[Parameter]:
    return list_parameters(make_config(Recipe(like, scale), Vocabulary(SMALL_TOKENIZER_FOLDER)))


def list_names(like: str, scale: str) -> list[str]:
    """Return the names of the tensors in a checkpoint's files, as quantising a tiny weight gives them."""
    names: list[str] = []
    for parameter in list_all(like, scale):
        tiny = torch.ones(2, 64)
        names += quantize(parameter.name, tiny, like) if parameter.is_quantized else [parameter.name]
    return names


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return read_published("tensors.json")


def test_the_names_and_shapes_of_bf16_are_the_published_ones(published: dict[str, Any]) -> None:
    parameters = list_all("bf16", "full")
    counts = count_names(parameter.name for parameter in parameters)
    assert counts == {name: tensor["count"] for name, tensor in published["tensors"].items()}
    for parameter in parameters:
        (pattern,) = count_names([parameter.name])
        assert list(parameter.shape) == published["tensors"][pattern]["shape"], parameter.name
        assert not parameter.is_quantized


def test_the_bytes_of_bf16_are_the_published_ones(published: dict[str, Any]) -> None:
    assert sum(2 * parameter.num_elements for parameter in list_all("bf16", "full")) == published["total_size"]


def test_the_names_of_int4_are_the_published_ones() -> None:
    names = list_names("int4", "full")
    assert count_names(names) == read_published("tensors_int4.json")["tensors"]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("like", ["bf16", "int4", "int8"])
def test_a_small_checkpoint_has_the_same_kinds_of_names(like: str) -> None:
    assert count_names(list_names(like, "small")).keys() == count_names(list_names(like, "full")).keys()


def test_int8_has_its_statistics_beside_the_same_weights() -> None:
    names = count_names(list_names("int8", "small"))
    for prefix in ("llm.model.layers.*.mlp.up_proj", "vpm.encoder.layers.*.mlp.fc1"):
        assert {f"{prefix}.{part}" for part in ("weight", "SCB", "weight_format")} <= names.keys()
    assert sum(name.endswith(".SCB") for name in names) == sum(name.endswith(".absmax") for name in list_kinds("int4"))


def list_kinds(like: str) -> set[str]:
    return set(count_names(list_names(like, "small")))


def test_what_is_skipped_is_not_quantised() -> None:
    quantized = {parameter.name for parameter in list_all("int4", "small") if parameter.is_quantized}
    modules = {name.removesuffix(".weight").rpartition(".")[2] for name in quantized}
    assert modules == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "fc1", "fc2"}
    assert not any(name.startswith("resampler") for name in quantized)


def test_the_list_of_skipped_modules_is_obeyed() -> None:
    config = make_config(Recipe("int4", "small"), Vocabulary(SMALL_TOKENIZER_FOLDER))
    config["quantization_config"]["llm_int8_skip_modules"] = ["fc1", "down_proj"]
    quantized = {parameter.name for parameter in list_parameters(config) if parameter.is_quantized}
    assert {"llm.lm_head.weight", "resampler.kv_proj.weight", "vpm.encoder.layers.0.mlp.fc2.weight"} <= quantized
    assert not any(name.endswith(("fc1.weight", "down_proj.weight")) for name in quantized)


def test_the_parts_are_in_the_order_of_the_makers() -> None:
    names = [parameter.name for parameter in list_all("bf16", "small")]
    assert names[0] == "llm.model.embed_tokens.weight"
    firsts = list(dict.fromkeys(name.partition(".")[0] for name in names))
    assert firsts == ["llm", "vpm", "resampler"]
    assert names.index("llm.lm_head.weight") == names.index("llm.model.norm.weight") + 1


def test_the_shapes_of_a_small_checkpoint_are_as_awkward_as_the_real_ones() -> None:
    for scale in ("full", "small"):
        shapes = {parameter.name: parameter.shape for parameter in list_all("int4", scale)}
        rows, columns = shapes["vpm.encoder.layers.0.mlp.fc1.weight"]
        assert (rows % 16, columns % 64) == (0, 0)
        assert rows % 32 != 0
        assert shapes["llm.model.layers.0.mlp.up_proj.weight"][0] % 64 == 0
        assert shapes["llm.model.layers.0.self_attn.k_proj.weight"][0] < shapes["llm.model.norm.weight"][0]
