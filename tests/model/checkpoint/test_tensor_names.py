"""Weights in a wrapper, with an adapter in them, or of half a model are told by their names."""

from pathlib import Path

import pytest

from model.checkpoint.layout import HEAD, list_shapes
from model.checkpoint.tensor_names import check_head, check_names
from model.config import MiniCPMVConfig
from model.errors import LoadError

FOLDER = Path("folder")
NAMES = frozenset(list_shapes(MiniCPMVConfig(num_hidden_layers=2, hidden_size=256, num_attention_heads=2)))
LAYER = "llm.model.layers.0.self_attn.q_proj"


def refusal(names: set[str]) -> str:
    with pytest.raises(LoadError) as refused:
        check_names(FOLDER, names)
    message = str(refused.value)
    assert "\n" not in message
    assert "folder" in message
    return message


def test_the_names_of_the_model_pass() -> None:
    check_names(FOLDER, NAMES)
    check_names(FOLDER, NAMES - {HEAD, "vpm.post_layernorm.bias"})


@pytest.mark.parametrize(
    "prefix", ["module.", "model.", "base_model.model.", "model.model.", "net.", "x\n.", "language_model."]
)
def test_a_prefix_is_named(prefix: str) -> None:
    message = refusal({prefix + name for name in NAMES})
    assert f"begin with {prefix!r}, as in a wrapper: save the model that is wrapped inside" in message.replace(
        "\\\\", "\\"
    )


@pytest.mark.parametrize("wrapper", ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."])
def test_a_wrapper_is_named_wherever_it_is(wrapper: str) -> None:
    assert f"hold {wrapper} ({wrapper}llm" in refusal({wrapper + name for name in NAMES})
    inner = {name.replace("self_attn.", f"self_attn.{wrapper}") for name in NAMES}
    assert f"hold {wrapper} (llm.model.layers.0.self_attn.{wrapper}k_proj.bias, " in refusal(inner)


@pytest.mark.parametrize(
    "name",
    [
        f"{LAYER}.lora_A.default.weight",
        f"base_model.model.{LAYER}.lora_B.weight",
        f"{LAYER}.base_layer.weight",
        f"{LAYER}.lora_magnitude_vector",
        "base_model.model.resampler.modules_to_save.default.query",
        "resampler.original_module.query",
        f"{LAYER}.ia3_l",
    ],
)
def test_an_adapter_within_the_weights_must_be_merged(name: str) -> None:
    message = refusal({*NAMES, name})
    assert f"hold an adapter ({name}): merge it first" in message
    assert "swift export --merge_lora true" in message


def only(*prefixes: str) -> set[str]:
    return {name for name in NAMES if name.startswith(prefixes)}


@pytest.mark.parametrize(
    ("names", "cause"),
    [
        ({name.removeprefix("llm.") for name in only("llm.")}, "holds only a language model, without the vision part"),
        ({"transformer.h.0.attn.weight"}, "holds only a language model"),
        (only("llm."), "holds only the language model (llm.)"),
        (only("vpm."), "holds only the vision part (vpm.), without the language model"),
        (only("vpm.", "resampler."), "holds only the vision part (resampler. and vpm.)"),
        (only("resampler."), "holds only the vision part (resampler.)"),
    ],
)
def test_half_a_model_is_named(names: set[str], cause: str) -> None:
    assert cause in refusal(names)


def test_a_missing_head_needs_tied_embeddings() -> None:
    check_head(FOLDER, NAMES, is_tied=False)
    check_head(FOLDER, NAMES - {HEAD}, is_tied=True)
    with pytest.raises(LoadError, match=r"lack llm.lm_head.weight, and tie_word_embeddings is false in config.json"):
        check_head(FOLDER, NAMES - {HEAD}, is_tied=False)
