"""The list of tensors is that of the classes, and follows every size of the configuration."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from model.checkpoint.layout import HEAD, list_linear, list_shapes
from model.config import MiniCPMVConfig
from model.minicpmv import MiniCPMV

VISION = {
    "hidden_size": 96,
    "image_size": 140,
    "intermediate_size": 200,
    "num_attention_heads": 4,
    "num_hidden_layers": 3,
    "patch_size": 14,
}
SIZES: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 320,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 300,
    "query_num": 16,
    "vision_config": VISION,
}


def make_model(config: MiniCPMVConfig) -> MiniCPMV:
    with torch.device("meta"):
        return MiniCPMV(config)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hidden_size": 384},
        {"num_key_value_heads": 4},
        {"num_hidden_layers": 1},
        {"query_num": 5},
        {"vision_config": {**VISION, "image_size": 150, "patch_size": 10, "num_hidden_layers": 1}},
    ],
)
def test_names_and_shapes_are_those_of_the_model(changes: dict[str, Any]) -> None:
    config = MiniCPMVConfig(**{**SIZES, **changes})
    wanted = {name: tuple(tensor.shape) for name, tensor in make_model(config).state_dict().items()}
    assert list_shapes(config) == wanted


def test_the_recorded_checkpoint_has_these(golden_folder: Path) -> None:
    config = MiniCPMVConfig.from_pretrained(golden_folder / "checkpoint")
    shapes = list_shapes(config)
    assert shapes["vpm.embeddings.position_embedding.weight"] == (4900, 72)
    assert shapes["resampler.query"] == (64, 256)
    assert shapes["llm.model.layers.2.self_attn.k_proj.bias"] == (64,)


def test_a_tied_head_is_in_the_list() -> None:
    assert list_shapes(MiniCPMVConfig(**SIZES, tie_word_embeddings=True))[HEAD] == (300, 256)


def test_linear_layers_are_those_of_the_model() -> None:
    config = MiniCPMVConfig(**SIZES)
    modules = make_model(config).named_modules()
    assert list_linear(list_shapes(config)) == {name for name, module in modules if isinstance(module, nn.Linear)}


def test_the_real_model_has_789_tensors_of_the_published_size() -> None:
    vision = {**VISION, "hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "image_size": 980}
    config = MiniCPMVConfig(
        hidden_size=3584,
        intermediate_size=18944,
        num_hidden_layers=28,
        num_attention_heads=28,
        num_key_value_heads=4,
        vocab_size=151666,
        vision_config=vision,
    )
    shapes = list_shapes(config)
    assert len(shapes) == 789
    num_values = sum(torch.Size(shape).numel() for shape in shapes.values())
    assert 2 * num_values == 16_198_350_304  # the total_size of the published index, in bfloat16
