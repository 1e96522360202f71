"""bitsandbytes' settings are read as the makers wrote them, and other quantisers named."""

from pathlib import Path
from typing import Any

import pytest
from transformers import BitsAndBytesConfig

from model.checkpoint.quantization_config import BitsAndBytes, read_quantization
from model.errors import LoadError

FILE = Path("folder/config.json")
INT4: dict[str, Any] = {
    "_load_in_4bit": True,
    "_load_in_8bit": False,
    "bnb_4bit_compute_dtype": "float16",
    "bnb_4bit_quant_storage": "uint8",
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
    "llm_int8_enable_fp32_cpu_offload": False,
    "llm_int8_has_fp16_weight": False,
    "llm_int8_skip_modules": ["out_proj", "kv_proj", "lm_head"],
    "llm_int8_threshold": 6.0,
    "load_in_4bit": True,
    "load_in_8bit": False,
    "quant_method": "bitsandbytes",
}
INT8 = {"load_in_8bit": True, "quant_method": "bitsandbytes"}


def read(**changes: Any) -> BitsAndBytes | None:
    return read_quantization(FILE, {"quantization_config": {**INT4, **changes}})


def refusal(raw: dict[str, Any]) -> str:
    with pytest.raises(LoadError) as refused:
        read_quantization(FILE, raw)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith("folder/config.json ")
    return message


def test_nothing_is_said_of_quantisation() -> None:
    assert read_quantization(FILE, {}) is None
    assert read_quantization(FILE, {"quantization_config": None}) is None


def test_the_published_settings_are_read() -> None:
    found = read()
    assert found is not None
    assert (found.kind, found.bnb_4bit_quant_type, found.bnb_4bit_use_double_quant) == ("int4", "nf4", True)
    assert found.llm_int8_skip_modules == ["out_proj", "kv_proj", "lm_head"]


def test_transformers_reads_what_is_passed_on() -> None:
    found = read()
    assert found is not None
    config = BitsAndBytesConfig.from_dict(found.to_dict())
    assert (config.load_in_4bit, config.load_in_8bit, config.bnb_4bit_quant_type) == (True, False, "nf4")
    assert config.llm_int8_skip_modules == ["out_proj", "kv_proj", "lm_head"]


@pytest.mark.parametrize(
    "given",
    [
        INT8,
        {**INT8, "load_in_4bit": None, "llm_int8_skip_modules": None, "llm_int8_threshold": 6},
        {"_load_in_8bit": True},
        {"load_in_8bit": True, "unknown": object()},
        {**INT8, "bnb_4bit_compute_dtype": "torch.bfloat16"},
    ],
)
def test_int8_is_read_however_it_is_written(given: dict[str, Any]) -> None:
    found = read_quantization(FILE, {"quantization_config": given})
    assert found is not None
    assert found.kind == "int8"


@pytest.mark.parametrize(
    "method", ["gptq", "awq", "fp8", "compressed-tensors", "quanto", "hqq", "torchao", "aqlm", "mxfp4", "eetq", 7]
)
def test_other_quantisers_are_named(method: object) -> None:
    message = refusal({"quantization_config": {"quant_method": method, "bits": 4}})
    assert f"quantised by {method}; only bitsandbytes' int8 and int4 are served" in message
    assert "openbmb/MiniCPM-V-2_6-int4" in message


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ({"quantization": {"group_size": 64, "bits": 4}}, "quantised by MLX (quantization)"),
        ({"compression_config": {"format": "pack"}}, "quantised by compressed-tensors"),
        ({"quantization_config": {}}, "quantised by an unnamed method"),
        ({"quantization_config": {"bits": 4, "group_size": 128}}, "quantised by an unnamed method"),
        ({"quantization_config": []}, "has a quantization_config that is no object"),
        ({"quantization_config": "int4"}, "has a quantization_config that is no object"),
        ({"quantization_config": {**INT4, "load_in_8bit": True}}, "both load_in_4bit and load_in_8bit"),
        ({"quantization_config": {"quant_method": "bitsandbytes"}}, "neither load_in_4bit nor load_in_8bit"),
        ({"quantization_config": {**INT4, "bnb_4bit_quant_type": "int4"}}, "wrong quantization_config"),
        ({"quantization_config": {**INT4, "bnb_4bit_quant_storage": "bfloat16"}}, "wrong quantization_config"),
        ({"quantization_config": {**INT4, "bnb_4bit_compute_dtype": "float7"}}, "wrong quantization_config"),
        ({"quantization_config": {**INT4, "llm_int8_skip_modules": "lm_head"}}, "wrong quantization_config"),
        ({"quantization_config": {**INT4, "llm_int8_skip_modules": [1]}}, "wrong quantization_config"),
        ({"quantization_config": {**INT4, "load_in_4bit": "yes"}}, "wrong quantization_config"),
        ({"quantization_config": {**INT8, "llm_int8_has_fp16_weight": True}}, "wrong quantization_config"),
    ],
)
def test_what_cannot_be_served_is_named(raw: dict[str, Any], cause: str) -> None:
    assert cause in refusal(raw)
