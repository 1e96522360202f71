"""The fingerprint is the same exactly where weights, dtype and configuration are."""

import pytest
import torch

from model.fingerprint import compute_fingerprint
from model.loading import DEMO_FOLDER, load
from model.minicpmv import MiniCPMV


@pytest.fixture
def model() -> MiniCPMV:
    loaded: MiniCPMV = MiniCPMV.from_pretrained(str(DEMO_FOLDER))
    return loaded


def test_the_same_weights_have_the_same_fingerprint(model: MiniCPMV) -> None:
    again: MiniCPMV = MiniCPMV.from_pretrained(str(DEMO_FOLDER))
    assert compute_fingerprint(model) == compute_fingerprint(again)
    assert len(compute_fingerprint(model)) == 64


@pytest.mark.parametrize("part", ["vpm", "resampler", "llm"])
def test_a_change_to_any_part_changes_it(model: MiniCPMV, part: str) -> None:
    before = compute_fingerprint(model)
    with torch.no_grad():
        next(iter(getattr(model, part).parameters())).mul_(1.01)
    assert compute_fingerprint(model) != before


def test_another_dtype_changes_it(model: MiniCPMV) -> None:
    assert compute_fingerprint(model.to(torch.float16)) != compute_fingerprint(model.to(torch.float32))


def test_another_configuration_changes_it(model: MiniCPMV) -> None:
    before = compute_fingerprint(model)
    model.config.rope_parameters = {"rope_type": "default", "rope_theta": 10_000.0}
    assert compute_fingerprint(model) != before


def test_a_loaded_models_info_has_it() -> None:
    assert load("demo").info.fingerprint == load(str(DEMO_FOLDER)).info.fingerprint != ""
