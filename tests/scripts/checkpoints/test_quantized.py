"""Quantised weights have the tensors of transformers' files, and are near what was quantised."""

from pathlib import Path

import pytest
import torch
from bitsandbytes.functional import QuantState, dequantize_4bit
from bitsandbytes.nn import Int8Params, Linear8bitLt
from transformers import BitsAndBytesConfig

from scripts.checkpoints.published import read_published
from scripts.checkpoints.quantized import count_quantized_bytes, make_quantization_config, quantize
from scripts.checkpoints.recipe import Recipe

NF4_PARTS = ("absmax", "nested_absmax", "nested_quant_map", "quant_map", "quant_state.bitsandbytes__nf4")


@pytest.fixture
def weight() -> torch.Tensor:
    return torch.randn(272, 192, generator=torch.Generator().manual_seed(0)) * 0.02


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_nf4_can_be_read_back(weight: torch.Tensor, dtype: torch.dtype) -> None:
    tensors = quantize("a.weight", weight.to(dtype), "int4")
    assert set(tensors) == {"a.weight", *(f"a.weight.{part}" for part in NF4_PARTS)}
    statistics = {name.removeprefix("a.weight."): tensor for name, tensor in tensors.items() if name != "a.weight"}
    state = QuantState.from_dict(statistics, device=torch.device("cpu"))
    assert (state.nested, state.blocksize, state.quant_type, state.dtype) == (True, 64, "nf4", dtype)
    restored = dequantize_4bit(tensors["a.weight"], state)
    assert restored.shape == weight.shape
    assert (restored.float() - weight).abs().mean() < 0.15 * weight.abs().mean()


def test_the_shapes_and_dtypes_of_nf4(weight: torch.Tensor) -> None:
    tensors = quantize("a.weight", weight.half(), "int4")
    num_blocks = 272 * 192 // 64
    assert (tensors["a.weight"].dtype, tensors["a.weight"].shape) == (torch.uint8, (272 * 192 // 2, 1))
    assert (tensors["a.weight.absmax"].dtype, tensors["a.weight.absmax"].shape) == (torch.uint8, (num_blocks,))
    assert tensors["a.weight.nested_absmax"].shape == (-(-num_blocks // 256),)
    assert tensors["a.weight.quant_map"].shape == (16,)


def test_int8_is_saved_as_its_layer_saves_it(weight: torch.Tensor) -> None:
    tensors = quantize("weight", weight, "int8")
    layer = Linear8bitLt(192, 272, bias=False, has_fp16_weights=False)
    layer.weight = Int8Params(tensors["weight"], requires_grad=False, has_fp16_weights=False)
    layer.weight.SCB = tensors["SCB"]
    saved = layer.state_dict()
    assert {name: (t.dtype, t.shape) for name, t in saved.items()} == {
        n: (t.dtype, t.shape) for n, t in tensors.items()
    }
    assert all(torch.equal(saved[name], tensor) for name, tensor in tensors.items())
    restored = tensors["weight"].float() * tensors["SCB"][:, None] / 127
    assert tensors["weight"].dtype == torch.int8
    assert (restored - weight).abs().max() < 0.01 * weight.abs().max()


@pytest.mark.parametrize("like", ["int4", "int8"])
@pytest.mark.parametrize("shape", [(272, 192), (64, 256), (4304, 1152)])
def test_the_bytes_are_known_before(like: str, shape: tuple[int, int]) -> None:
    tensors = quantize("a.weight", torch.randn(shape), like)
    num_bytes = sum(tensor.nbytes for tensor in tensors.values())
    assert count_quantized_bytes(shape[0] * shape[1], shape[0], like) == pytest.approx(num_bytes, abs=100)


def test_the_configuration_of_int4_is_the_published_one() -> None:
    assert make_quantization_config(Recipe("int4")) == read_published("quantization_config.json")


@pytest.mark.parametrize(("like", "is_int4"), [("int4", True), ("int8", False)])
def test_transformers_reads_the_configuration(like: str, is_int4: bool, tmp_path: Path) -> None:
    config = BitsAndBytesConfig.from_dict(make_quantization_config(Recipe(like, tokenizer_folder=tmp_path)))
    assert (config.load_in_4bit, config.load_in_8bit) == (is_int4, not is_int4)
    assert config.llm_int8_skip_modules == ["out_proj", "kv_proj", "lm_head"]
