"""Only complete checkpoints are loaded, and each error names its cause in one line."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model.chat import ChatModel
from model.errors import LoadError
from model.loading import load

Tensors = dict[str, Tensor]


def edit_json(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def edit_tensors(folder: Path, change: Callable[[Tensors], None]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def load_error(source: Path | str, **given: Any) -> str:
    with pytest.raises(LoadError) as refused:
        load(str(source), **{"device": "cpu", **given})
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_the_info_says_what_was_loaded(chat_model: ChatModel, golden_folder: Path) -> None:
    info = chat_model.info
    assert (info.source, info.device, info.dtype) == (str(golden_folder / "checkpoint"), "cpu", "float32")
    assert (info.quantization, info.attention, info.is_demo) == ("none", "sdpa", False)
    assert not chat_model.model.training
    assert chat_model.model.config.vision_config._attn_implementation == "sdpa"


def test_bfloat16_is_the_dtype_of_all_weights(golden_folder: Path) -> None:
    loaded = load(str(golden_folder / "checkpoint"), dtype="bfloat16", device="cpu")
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.bfloat16}
    assert loaded.info.dtype == "bfloat16"
    assert isinstance(loaded.chat(msgs=[{"role": "user", "content": "hi"}], max_new_tokens=3, seed=0), str)


def test_the_default_dtype_follows_the_device(golden_folder: Path) -> None:
    wanted = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    assert load(str(golden_folder / "checkpoint")).model.dtype == wanted


def drop(tensors: Tensors) -> None:
    del tensors["resampler.proj"]


def add(tensors: Tensors) -> None:
    tensors["vpm.head.weight"] = torch.zeros(2)


def reshape(tensors: Tensors) -> None:
    tensors["vpm.post_layernorm.weight"] = torch.zeros(70)


def set_nan(tensors: Tensors) -> None:
    tensors["llm.model.norm.weight"][3] = torch.nan


def set_infinite(tensors: Tensors) -> None:
    tensors["vpm.encoder.layers.1.mlp.fc1.bias"][0] = -torch.inf


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (drop, "1 tensor is missing (resampler.proj)"),
        (add, "1 tensor is unexpected (vpm.head.weight)"),
        (reshape, "1 tensor is of another shape (vpm.post_layernorm.weight)"),
        (set_nan, "llm.model.norm.weight holds infinite or undefined numbers"),
        (set_infinite, "vpm.encoder.layers.1.mlp.fc1.bias holds infinite or undefined numbers"),
    ],
)
def test_damaged_weights_are_refused(checkpoint: Path, change: Callable[[Tensors], None], cause: str) -> None:
    edit_tensors(checkpoint, change)
    assert cause in load_error(checkpoint)


@pytest.mark.parametrize(
    ("file", "changes", "cause"),
    [
        ("config.json", {"version": 2.5}, "version 2.5"),
        ("config.json", {"model_type": "llama"}, "holds a model of type llama"),
        ("config.json", {"query_num": 32}, "tokens are of another shape|disagree|another shape"),
        ("preprocessor_config.json", {"image_feature_size": 32}, "disagree on tokens a view: 32 and 64"),
        ("preprocessor_config.json", {"patch_size": 16}, "disagree on pixels a patch: 16 and 14"),
        ("preprocessor_config.json", {"norm_std": [0.2, 0.2, 0.2]}, "normalised"),
    ],
)
def test_files_that_do_not_fit_are_refused(checkpoint: Path, file: str, changes: dict[str, Any], cause: str) -> None:
    edit_json(checkpoint / file, **changes)
    message = load_error(checkpoint)
    assert any(part in message for part in cause.split("|"))


@pytest.mark.parametrize(
    ("file", "cause"),
    [
        ("config.json", "has no config.json"),
        ("model.safetensors", "model.safetensors"),
        ("tokenizer.json", "tokenizer"),
    ],
)
def test_missing_files_are_named(checkpoint: Path, file: str, cause: str) -> None:
    (checkpoint / file).unlink()
    for name in ("vocab.json", "merges.txt", "tokenizer_config.json"):
        if file == "tokenizer.json":
            (checkpoint / name).unlink()
    assert cause in load_error(checkpoint)


def test_a_damaged_weights_file_is_refused(checkpoint: Path) -> None:
    file = checkpoint / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1_000_000])
    assert "model.safetensors is cut off: it has 1000000 of" in load_error(checkpoint)


def test_a_damaged_configuration_is_refused(checkpoint: Path) -> None:
    (checkpoint / "config.json").write_text("{")
    assert "config.json is cut off or is not JSON" in load_error(checkpoint)


def test_a_tokenizer_larger_than_the_vocabulary_is_refused(checkpoint: Path) -> None:
    def cut(tensors: Tensors) -> None:
        for name in ("llm.model.embed_tokens.weight", "llm.lm_head.weight"):
            tensors[name] = tensors[name][:1210].clone()

    edit_tensors(checkpoint, cut)
    edit_json(checkpoint / "config.json", vocab_size=1210)
    assert "the tokenizer has 1218 tokens, the model only 1210" in load_error(checkpoint)


def test_the_published_values_stand_in_for_a_missing_preprocessor_config(checkpoint: Path) -> None:
    (checkpoint / "preprocessor_config.json").unlink()
    edit_json(checkpoint / "config.json", slice_config={"max_slice_nums": 4, "patch_size": 14})
    processor = load(str(checkpoint), device="cpu").builder.processor
    assert (processor.max_slice_nums, processor.scale_resolution, processor.image_feature_size) == (4, 448, 64)


def test_whatever_a_library_raises_is_one_sentence(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("a key\nthat nobody expects")

    monkeypatch.setattr("model.loading.read_weights", fail)
    assert load_error(checkpoint).startswith(f"{checkpoint} cannot be loaded: KeyError: ")


@pytest.mark.parametrize("source", ["/nowhere", "not a name", "a/b/c", ""])
def test_an_unknown_source_is_refused(source: str) -> None:
    assert "neither 'demo', nor a folder that exists, nor a Hub id" in load_error(source)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"dtype": "float8"}, "the dtype 'float8' is not one of bfloat16, float32"),
        ({"device": "abacus"}, "'abacus' is not a device"),
        ({"device": "meta"}, "the device meta is not supported"),
        ({"attention": "torch_flash"}, "no attention kernel called 'torch_flash' runs here"),
        ({"attention": "magic"}, "the attention 'magic' is not one of auto, flash_attn, torch_flash, sdpa"),
        ({"quantization": "int3"}, "the quantization 'int3' is not one of none, int8, int4"),
    ],
)
def test_unknown_names_are_refused(golden_folder: Path, given: dict[str, str], cause: str) -> None:
    assert cause in load_error(golden_folder / "checkpoint", **given)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_a_missing_gpu_is_named(golden_folder: Path) -> None:
    assert "sees no CUDA device" in load_error(golden_folder / "checkpoint", device="cuda")


@pytest.mark.skipif(importlib.util.find_spec("flash_attn") is not None, reason="flash-attn is installed")
def test_missing_flash_attn_is_named_where_it_was_asked_for(golden_folder: Path) -> None:
    message = load_error(golden_folder / "checkpoint", attention="flash_attn")
    assert message == "flash_attn was asked for, but does not run here: No module named 'flash_attn'"


@pytest.mark.gpu
def test_on_a_gpu_weights_go_there_in_bfloat16(golden_folder: Path) -> None:
    loaded = load(str(golden_folder / "checkpoint"))
    assert {(parameter.device.type, parameter.dtype) for parameter in loaded.model.parameters()} == {
        ("cuda", torch.bfloat16)
    }
    assert isinstance(loaded.chat(msgs=[{"role": "user", "content": "hi"}], max_new_tokens=3, seed=0), str)
