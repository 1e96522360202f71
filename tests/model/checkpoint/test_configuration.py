"""The fields of config.json that are used are checked one by one; others can do no harm."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.checkpoint.configuration import make_config, read_raw_config
from model.config import PUBLISHED_VISION, MiniCPMVConfig
from model.errors import LoadError

FILE = Path("folder/config.json")
DROP = object()
VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
)


@pytest.fixture(scope="module")
def raw(golden_folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((golden_folder / "checkpoint" / "config.json").read_text())
    return found


def change(raw: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    if rest:
        return {**raw, first: change(raw[first], rest, value)}
    return {**raw, first: value} if value is not DROP else {key: raw[key] for key in raw if key != first}


def refusal(raw: dict[str, Any]) -> str:
    with pytest.raises(LoadError) as refused:
        make_config(FILE, raw)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith("folder/config.json ")
    return message


def test_the_recorded_file_is_read_as_transformers_reads_it(raw: dict[str, Any], golden_folder: Path) -> None:
    config = make_config(FILE, raw)
    wanted = MiniCPMVConfig.from_pretrained(golden_folder / "checkpoint")
    for name in ("hidden_size", "num_key_value_heads", "rope_parameters", "layer_types", "version", "eos_token_id"):
        assert getattr(config, name) == getattr(wanted, name)
    for name in ("hidden_size", "image_size", "num_attention_heads", "hidden_act", "layer_norm_eps"):
        assert getattr(config.vision_config, name) == getattr(wanted.vision_config, name)
    assert config.slice_config == wanted.slice_config


@pytest.mark.parametrize(
    ("path", "value", "cause"),
    [
        ("hidden_size", "256", "has a wrong hidden_size: expected int, got str"),
        ("hidden_size", 256.5, "has a wrong hidden_size: expected int, got float"),
        ("hidden_size", True, "has a wrong hidden_size: expected int, got bool"),
        ("hidden_size", [256], "has a wrong hidden_size: expected int, got array"),
        ("hidden_size", 0, "has a wrong hidden_size: expected int >= 1"),
        ("hidden_size", -256, "has a wrong hidden_size: expected int >= 1"),
        ("hidden_size", 10**12, "has a wrong hidden_size: expected int <= 262144"),
        ("hidden_size", 10**40, "has a wrong hidden_size: expected int <= 262144"),
        ("hidden_size", None, "has no hidden_size"),
        ("hidden_size", DROP, "has no hidden_size"),
        ("num_hidden_layers", 10**9, "has a wrong num_hidden_layers: expected int <= 1024"),
        ("num_attention_heads", 7, "has hidden_size 256, which num_attention_heads, 7, do not divide"),
        ("num_attention_heads", DROP, "has no num_attention_heads"),
        ("num_key_value_heads", 3, "has num_attention_heads 8, which num_key_value_heads, 3, do not divide"),
        ("vocab_size", {}, "has a wrong vocab_size"),
        ("rms_norm_eps", float("nan"), "has a wrong rms_norm_eps"),
        ("rms_norm_eps", float("inf"), "has a wrong rms_norm_eps"),
        ("rms_norm_eps", "1e-6", "has a wrong rms_norm_eps"),
        ("tie_word_embeddings", "false", "has a wrong tie_word_embeddings: expected bool, got str"),
        ("query_num", 0, "has a wrong query_num"),
        ("slice_config", [], "has a wrong slice_config"),
        ("vision_batch_size", 0, "has a wrong vision_batch_size"),
        ("vision_config", [], "has a wrong vision_config: expected an object"),
        ("vision_config", "siglip", "has a wrong vision_config: expected an object"),
        ("vision_config", {}, "has no vision_config.hidden_size"),
        ("vision_config.patch_size", "14", "has a wrong vision_config.patch_size: expected int, got str"),
        ("vision_config.num_attention_heads", 5, "has vision_config.hidden_size 72, which its num_attention_heads, 5"),
        ("vision_config.image_size", 10, "has a vision_config.image_size smaller than its patch_size"),
        ("vision_config.hidden_act", "relu", "has vision_config.hidden_act relu; MiniCPM-V-2_6 uses gelu_pytorch_tanh"),
        ("rope_theta", "1e6", "has a wrong rope_theta: expected float, got str"),
        ("rope_theta", 0, "has a wrong rope_theta"),
        ("rope_theta", DROP, "has no rope_theta, on which every answer depends"),
        (
            "rope_scaling",
            {"type": "yarn", "factor": 4.0},
            "asks for rope_scaling (type yarn, factor 4.0), which is not",
        ),
        ("rope_scaling", {"type": "mrope", "mrope_section": [16, 24, 24]}, "asks for rope_scaling (type mrope"),
        ("rope_scaling", {"rope_type": "default", "factor": 2}, "asks for rope_scaling"),
        ("rope_scaling", "yarn", "has a wrong rope_scaling: expected an object"),
        ("rope_parameters", {"rope_theta": 1e4}, "has a rope_theta that differs from the one in rope_parameters"),
        ("rope_parameters", {"rope_theta": [], "rope_type": "default"}, "has a wrong rope_theta"),
        ("rope_parameters", {"rope_theta": 1e6, "rope_type": ["yarn"]}, "asks for rope_parameters"),
        ("rope_parameters", {"partial_rotary_factor": 0.5}, "asks for rope_parameters"),
        ("hidden_act", "gelu", "has hidden_act gelu; MiniCPM-V-2_6 uses silu"),
        ("hidden_act", [], "has hidden_act []"),
        ("head_dim", 64, "has head_dim 64; MiniCPM-V-2_6 uses hidden_size divided by num_attention_heads"),
        ("layer_types", ["full_attention", "sliding_attention", "full_attention"], "has layer_types"),
        ("layer_types", "full_attention", "has layer_types"),
        ("drop_vision_last_layer", True, "has drop_vision_last_layer true; MiniCPM-V-2_6 uses every vision layer"),
        ("slice_mode", False, "has slice_mode false"),
    ],
)
def test_a_wrong_value_is_named(raw: dict[str, Any], path: str, value: Any, cause: str) -> None:
    assert cause in refusal(change(raw, path, value))


def test_windows_that_the_model_would_use_are_refused(raw: dict[str, Any]) -> None:
    windows = {**raw, "use_sliding_window": True, "max_window_layers": 1}
    assert "has use_sliding_window true; MiniCPM-V-2_6 uses full attention" in refusal(windows)
    assert set(make_config(FILE, {**windows, "max_window_layers": 3}).layer_types) == {"full_attention"}


@pytest.mark.parametrize(
    "changes",
    [
        {"rope_theta": None, "rope_parameters": {"rope_theta": 1000000.0, "rope_type": "default"}},
        {"rope_parameters": {"rope_theta": 1000000, "rope_type": "default", "partial_rotary_factor": 1.0}},
        {"rope_scaling": None},
        {"rope_scaling": {"type": "default"}},
        {"torch_dtype": None, "dtype": "float16"},
        {"torch_dtype": "float7", "dtype": [3]},
        {"architectures": 5, "id2label": "x", "return_dict": False, "output_attentions": "yes", "pad_token_id": 10**9},
        {"transformers_version": "9.9.9", "layer_types": ["full_attention"] * 3, "attention_dropout": "none"},
        {"version": "2.6", "slice_config": None, "bos_token_id": None, "eos_token_id": [1, 2], "head_dim": 32},
    ],
)
def test_what_fine_tunes_have_is_read_or_passed_over(raw: dict[str, Any], changes: dict[str, Any]) -> None:
    config = make_config(FILE, {**raw, **changes})
    assert config.rope_parameters == {"rope_theta": 1_000_000.0, "rope_type": "default"}
    assert (config.hidden_size, config.version, config.return_dict) == (256, "2.6", True)


@pytest.mark.parametrize("vision", [DROP, None])
def test_without_a_vision_part_the_published_one_is_taken(raw: dict[str, Any], vision: Any) -> None:
    config = make_config(FILE, change(raw, "vision_config", vision))
    assert config.vision_config.hidden_size == PUBLISHED_VISION["hidden_size"]


def test_a_file_of_another_model_is_named(raw: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**raw, "model_type": "minicpmo"}))
    with pytest.raises(LoadError, match=r"holds MiniCPM-o-2_6 .*; only MiniCPM-V-2_6 is served: take openbmb"):
        read_raw_config(tmp_path)


@given(st.data())
def test_any_value_of_any_field_gives_a_configuration_or_a_load_error(raw: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([*raw, "rope_parameters", "rope_scaling", "layer_types", "head_dim", "version"]))
    value = data.draw(VALUES | st.dictionaries(st.sampled_from(["rope_theta", "rope_type", "a"]), VALUES))
    try:
        config = make_config(FILE, {**raw, key: value})
    except LoadError:
        return
    assert config.num_hidden_layers == 3
