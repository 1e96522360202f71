"""The device is warmed up before the first request."""

from collections.abc import Sequence

import pytest
from torch import Tensor

from model.chat import ChatModel
from model.engine.build import warm_up
from model.images import View


def test_the_warm_up_encodes_one_view_of_the_usual_size(chat_model: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model, calls = chat_model.model, list[Sequence[View]]()
    encode = model._encode_batch

    def watched(views: Sequence[View]) -> Tensor:
        calls.append(views)
        return encode(views)

    monkeypatch.setattr(model, "_encode_batch", watched)
    warm_up(model)
    ((view,),) = calls
    patch = model.config.vision_config.patch_size
    assert (view.rows * patch, view.columns * patch) == (model.config.image_size, model.config.image_size)
    assert view.patches.shape == (view.rows * view.columns, 3, patch, patch)
