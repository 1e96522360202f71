"""Weights come in the type asked for, whatever type the file has them in, and damaged ones are refused."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.chat import ChatModel
from model.errors import LoadError
from model.loading import load
from tests.helpers.checkpoints import make_small_checkpoint

# bitsandbytes warns about missing kernels on a CPU
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")

QUESTION = [Image.linear_gradient("L").resize((640, 480)), "What is this?"]
LAYERS = {"int4": "Linear4bit", "int8": "Linear8bitLt"}


def read_logprobs(model: ChatModel) -> list[float]:
    """Return the log-probabilities of a prompt's tokens after its picture, and of a greedy answer's four."""
    msgs = [{"role": "user", "content": QUESTION}]
    given = {"logprobs": 1, "prompt_logprobs": 1, "max_new_tokens": 4, "min_new_tokens": 4}
    dialogue = model.prepare(msgs, sampling=False, num_beams=1, **given)
    (request,) = model.run([dialogue])
    prompt = request.group.prompt_logprobs[dialogue.prompt.image_bounds[-1][1] :]
    return [token.logprob for token in (*prompt, *request.group.sequences[0].logprobs)]


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize(
    "stored", ["float16", *(pytest.param(name, marks=pytest.mark.slow) for name in ("bfloat16", "float32"))]
)
@pytest.mark.parametrize("like", ["bf16", "int8", "int4"])
def test_every_number_that_is_not_quantised_is_in_the_dtype_asked_for(
    tmp_path: Path, like: str, stored: str, dtype: str
) -> None:
    loaded = load(str(make_small_checkpoint(tmp_path / "it", like, stored)), dtype=dtype, device="cpu")
    quantised = {"int4": {torch.uint8}, "int8": {torch.int8}}.get(like, set())
    assert {parameter.dtype for parameter in loaded.model.parameters()} == quantised | {getattr(torch, dtype)}
    assert loaded.info.quantization == ("none" if like == "bf16" else like)
    assert all(map(math.isfinite, read_logprobs(loaded)))


@pytest.mark.parametrize("like", ["int8", "int4"])
def test_the_vision_tower_is_quantised_where_the_published_one_is(tmp_path: Path, like: str) -> None:
    model: Any = load(str(make_small_checkpoint(tmp_path / "it", like, "float16")), device="cpu").model
    layer = model.vpm.encoder.layers[0]
    quantised = [layer.self_attn.q_proj, layer.self_attn.k_proj, layer.self_attn.v_proj, layer.mlp.fc1, layer.mlp.fc2]
    assert {type(linear).__name__ for linear in quantised} == {LAYERS[like]}
    plain = [layer.self_attn.out_proj, model.resampler.kv_proj, model.resampler.attn.out_proj]
    assert {type(linear).__name__ for linear in plain} == {"Linear"}


@pytest.mark.parametrize("like", ["int8", "int4"])
def test_the_stored_dtype_makes_no_difference_but_rounding(tmp_path: Path, like: str) -> None:
    found = [
        read_logprobs(load(str(make_small_checkpoint(tmp_path / stored, like, stored)), dtype="float32", device="cpu"))
        for stored in ("float16", "bfloat16", "float32")
    ]
    for logprobs in found[:2]:
        assert max(abs(one - other) for one, other in zip(logprobs[:-4], found[2][:-4], strict=True)) < 0.25


@pytest.mark.parametrize("stored", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("quantization", ["int8", "int4"])
def test_plain_weights_are_quantised_while_they_are_read(tmp_path: Path, quantization: str, stored: str) -> None:
    folder = make_small_checkpoint(tmp_path / "it", "bf16", stored)
    loaded = load(str(folder), quantization=quantization, dtype="bfloat16", device="cpu")
    model: Any = loaded.model
    assert type(model.llm.model.layers[0].mlp.up_proj).__name__ == LAYERS[quantization]
    assert type(model.vpm.encoder.layers[0].mlp.fc1).__name__ == "Linear"
    assert all(map(math.isfinite, read_logprobs(loaded)))


@pytest.mark.parametrize("number", [torch.nan, torch.inf])
@pytest.mark.parametrize(
    ("like", "name"),
    [
        ("bf16", "llm.model.norm.weight"),
        ("int4", "resampler.proj"),
        ("int4", "llm.model.layers.1.mlp.up_proj.weight.nested_absmax"),
        ("int4", "vpm.encoder.layers.1.mlp.fc2.weight.nested_absmax"),
        ("int8", "llm.model.layers.0.self_attn.q_proj.SCB"),
    ],
)
def test_numbers_that_are_not_finite_are_named(tmp_path: Path, like: str, name: str, number: float) -> None:
    def change(tensors: dict[str, Tensor]) -> None:
        if name in tensors:
            tensors[name].view(-1)[0] = number

    folder = make_small_checkpoint(tmp_path / "it", like)
    change_tensors(folder, change)
    tensor = name.removesuffix(".nested_absmax").replace("SCB", "weight")
    with pytest.raises(LoadError, match=f"{tensor} holds infinite or undefined numbers"):
        load(str(folder), device="cpu")


def change_tensors(folder: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    for file in folder.glob("*.safetensors"):
        tensors = load_file(file)
        change(tensors)
        save_file(tensors, file, metadata={"format": "pt"})
