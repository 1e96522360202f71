"""Random models have the shapes of their presets."""

import pytest
import torch

from scripts.bench.models import PRESETS, make_model


def test_a_model_has_its_presets_shape_and_depends_on_its_context() -> None:
    model = make_model(PRESETS["tiny"])
    assert model.llm.config.num_hidden_layers == 2
    assert model.llm.lm_head.weight is model.llm.model.embed_tokens.weight
    assert not model.training
    with torch.inference_mode():
        one, other = (model.llm(torch.tensor([ids])).logits[0, -1] for ids in ([1, 2, 3], [9, 8, 3]))
    assert (one - other).abs().max() > 0.1


@pytest.mark.parametrize("name", PRESETS)
def test_the_sizes_of_a_preset_divide_evenly(name: str) -> None:
    preset = PRESETS[name]
    assert preset.llm["hidden_size"] % preset.llm["num_attention_heads"] == 0
    assert preset.llm["num_attention_heads"] % preset.llm["num_key_value_heads"] == 0
    assert preset.vision["hidden_size"] % preset.vision["num_attention_heads"] == 0
    assert preset.num_sequential <= preset.num_requests
