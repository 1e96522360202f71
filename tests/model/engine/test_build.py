"""Before the first request, what a first picture would wait for is done."""

import pytest

from model.chat import ChatModel
from model.engine.build import warm_up
from model.images import View


def test_a_warm_up_sees_one_view_of_the_usual_size(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model, seen = chat_model.model, list[View]()
    encode = model._encode
    monkeypatch.setattr(model, "_encode", lambda views: seen.extend(views) or encode(views))
    warm_up(model)
    (view,) = seen
    patch = model.config.vision_config.patch_size
    assert (view.rows * patch, view.columns * patch) == (model.config.image_size, model.config.image_size)
    assert view.patches.shape == (view.rows * view.columns, 3, patch, patch)
