"""A model that cannot answer is refused at the start, and the first answers leave nothing behind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn

from model.chat import ChatModel
from model.errors import LoadError, OutOfMemory
from model.loading import load
from model.warm_up import warm_up

QUESTION = [{"role": "user", "content": [Image.new("RGB", (300, 200), "red"), "hi"]}]


@pytest.fixture
def own_model(golden_folder: Path) -> ChatModel:
    """A model that a test may damage."""
    return load(str(golden_folder / "checkpoint"), device="cpu")


class Raises(nn.Module):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def forward(self, *_: Any, **__: Any) -> Any:
        raise self.error


def test_nothing_is_left_of_it(own_model: ChatModel) -> None:
    answer = own_model.chat(msgs=QUESTION, sampling=False, num_beams=1, max_new_tokens=4)
    engine = own_model.engine
    before = engine.stats.num_generated_tokens
    engine.runner.images.reset()
    warm_up(own_model)
    assert (engine.stats.num_generated_tokens, engine.runner.num_tokens) == (before, 0)
    assert (engine.runner.images.num_bytes, engine.runner.images.num_encoded) == (0, 0)
    assert engine.runner.images.encode_s.count == 0
    assert own_model.chat(msgs=QUESTION, sampling=False, num_beams=1, max_new_tokens=4) == answer


def test_loading_answers_both_a_picture_and_a_text(golden_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    prepare = ChatModel.prepare

    def count_views(self: ChatModel, *args: Any, **given: Any) -> Any:
        dialogue = prepare(self, *args, **given)
        asked.append(len(dialogue.prompt.views))
        return dialogue

    monkeypatch.setattr(ChatModel, "prepare", count_views)
    load(str(golden_folder / "checkpoint"), device="cpu")
    assert asked == [0, 1]


def fail_vision(model: ChatModel) -> None:
    model.model.resampler.kv_proj = Raises(RuntimeError("shape '[1152, 67]' is invalid\nfor input"))  # type: ignore[assignment]


def fail_text(model: ChatModel) -> None:
    model.model.llm.lm_head = Raises(NotImplementedError("no kernel"))


@pytest.mark.parametrize(
    ("damage", "cause"), [(fail_vision, "shape '[1152, 67]' is invalid"), (fail_text, "no kernel")]
)
def test_a_step_that_fails_is_one_sentence(
    own_model: ChatModel, damage: Callable[[ChatModel], None], cause: str
) -> None:
    damage(own_model)
    with pytest.raises(LoadError) as refused:
        warm_up(own_model)
    assert str(refused.value) == f"{own_model.info.source} was loaded, but cannot answer: {cause}"


@pytest.mark.parametrize("number", [torch.nan, torch.inf, 3e38])
@pytest.mark.parametrize("name", ["resampler.ln_post.bias", "llm.model.norm.weight"])
def test_numbers_that_are_not_finite_are_refused(own_model: ChatModel, name: str, number: float) -> None:
    own_model.model.get_parameter(name).fill_(number)
    with pytest.raises(LoadError, match="computes infinite or undefined numbers in float32"):
        warm_up(own_model)


def test_lack_of_memory_stays_what_it_is(own_model: ChatModel) -> None:
    own_model.model.llm.lm_head = Raises(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(OutOfMemory):
        warm_up(own_model)
