import pytest
import torch

from model.fingerprint import fingerprint
from model.loading import DEMO_FOLDER, load
from model.minicpmv import MiniCPMV


@pytest.fixture
def model() -> MiniCPMV:
    loaded: MiniCPMV = MiniCPMV.from_pretrained(str(DEMO_FOLDER))
    return loaded


def test_it_is_that_of_the_weights_however_they_were_loaded(model: MiniCPMV) -> None:
    again: MiniCPMV = MiniCPMV.from_pretrained(str(DEMO_FOLDER))
    assert fingerprint(model) == fingerprint(again)
    assert len(fingerprint(model)) == 64


@pytest.mark.parametrize("part", ["vpm", "resampler", "llm"])
def test_a_training_step_of_any_part_changes_it(model: MiniCPMV, part: str) -> None:
    before = fingerprint(model)
    with torch.no_grad():
        next(iter(getattr(model, part).parameters())).mul_(1.01)
    assert fingerprint(model) != before


def test_another_dtype_answers_otherwise(model: MiniCPMV) -> None:
    assert fingerprint(model.to(torch.float16)) != fingerprint(model.to(torch.float32))


def test_the_configuration_belongs_to_it(model: MiniCPMV) -> None:
    before = fingerprint(model)
    model.config.rope_parameters = {"rope_type": "default", "rope_theta": 10_000.0}
    assert fingerprint(model) != before


def test_a_loaded_model_says_it() -> None:
    assert load("demo").info.fingerprint == load(str(DEMO_FOLDER)).info.fingerprint != ""
