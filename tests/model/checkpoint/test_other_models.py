"""Each other model is told apart by its configuration, and named."""

from typing import Any

import pytest

from model.checkpoint.other_models import name_other_model, read_version

V = "minicpmv"


@pytest.mark.parametrize(
    "raw",
    [
        {"model_type": V, "version": 2.6},
        {"model_type": V, "version": "2.6"},
        {"model_type": V},
        {"model_type": V, "version": None, "slice_mode": True, "query_num": 64, "vocab_size": 151666},
    ],
)
def test_the_model_that_is_served_has_no_other_name(raw: dict[str, Any]) -> None:
    assert name_other_model(raw) is None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ({"model_type": V, "vision_encoder": "vit", "scale_emb": 12}, "MiniCPM-V (1.0)"),
        ({"model_type": V, "vision_encoder": "vit", "slice_mode": False}, "MiniCPM-V (1.0)"),
        ({"model_type": V, "vision_encoder": "vit", "slice_mode": True}, "MiniCPM-V-2 (MiniCPM-V-2_0)"),
        ({"model_type": V, "version": 2}, "MiniCPM-V-2 (type minicpmv, version 2.0)"),
        ({"model_type": V, "version": "2.5"}, "MiniCPM-Llama3-V-2_5 (type minicpmv, version 2.5)"),
        ({"model_type": V, "query_num": 96}, "MiniCPM-Llama3-V-2_5"),
        ({"model_type": V, "vocab_size": 128256}, "MiniCPM-Llama3-V-2_5"),
        ({"model_type": V, "version": 4}, "MiniCPM-V-4 (type minicpmv, version 4.0)"),
        ({"model_type": V, "version": 4.0}, "MiniCPM-V-4 (type minicpmv, version 4.0)"),
        ({"model_type": V, "version": 4.5}, "MiniCPM-V-4_5 (type minicpmv, version 4.5)"),
        ({"model_type": V, "version": 5.5}, "MiniCPM-V of version 5.5"),
        ({"model_type": V, "version": []}, "MiniCPM-V of version []"),
        ({"model_type": V, "version": "a\nb"}, "MiniCPM-V of version a\\nb"),
        ({"model_type": "minicpmo", "version": 2.6}, "MiniCPM-o-2_6 (type minicpmo, version 2.6)"),
        ({"model_type": "minicpmo", "version": "4.5"}, "MiniCPM-o-4_5 (type minicpmo, version 4.5)"),
        ({"model_type": "minicpmo"}, "MiniCPM-o (type minicpmo)"),
        ({"model_type": "minicpmv4_6"}, "MiniCPM-V-4_6 (type minicpmv4_6)"),
        ({"model_type": "minicpmv4_7"}, "MiniCPM-V-4_7 (type minicpmv4_7)"),
        ({"model_type": "minicpm"}, "MiniCPM, a language model (type minicpm)"),
        ({"model_type": "qwen2"}, "Qwen2, a language model without vision (type qwen2)"),
        ({"model_type": "qwen2_vl"}, "Qwen2-VL (type qwen2_vl)"),
        ({"model_type": "llama"}, "a model of type llama"),
        ({"model_type": "x\ny" * 100}, "a model of type x\\ny"),
        ({}, "a model of no type"),
        ({"model_type": 7}, "a model of no type"),
        ({"model_type": ""}, "a model of no type"),
    ],
)
def test_other_models_are_named(raw: dict[str, Any], name: str) -> None:
    found = name_other_model(raw)
    assert found is not None
    assert found.startswith(name)
    assert "\n" not in found


@pytest.mark.parametrize(
    ("version", "text"), [(2.6, "2.6"), ("2.6", "2.6"), (" 2.6 ", "2.6"), (4, "4.0"), ("4", "4.0"), (None, None)]
)
def test_versions_are_numbers_or_text(version: object, text: str | None) -> None:
    assert read_version({"version": version}) == text
