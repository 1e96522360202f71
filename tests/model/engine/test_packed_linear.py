"""Packed layers compute what plain ones do, and are saved like them."""

import pytest
import torch
from torch import nn

from model.chat import ChatModel
from model.engine import packed_linear
from model.engine.packed_linear import PackedLinear, is_packing_correct, pack_linears


@pytest.mark.parametrize("shape", [(1, 64), (16, 64), (1, 37, 64), (2, 3, 5, 64)])
@pytest.mark.parametrize("has_bias", [True, False])
def test_a_packed_layer_computes_what_the_plain_one_does(shape: tuple[int, ...], has_bias: bool) -> None:
    linear = nn.Linear(64, 200, bias=has_bias)
    x = torch.randn(*shape)
    with torch.inference_mode():
        torch.testing.assert_close(PackedLinear(linear)(x), linear(x), rtol=1e-5, atol=1e-5)


def test_rows_need_not_be_contiguous() -> None:
    linear = nn.Linear(64, 200)
    x = torch.randn(64, 7).T
    with torch.inference_mode():
        torch.testing.assert_close(PackedLinear(linear)(x), linear(x), rtol=1e-5, atol=1e-5)


class OtherLinear(nn.Linear):
    """A subclass, as quantised layers are."""


def test_only_plain_layers_of_float32_are_packed() -> None:
    module = nn.ModuleDict(
        {
            "plain": nn.Linear(8, 8),
            "inner": nn.ModuleList([nn.Linear(8, 8), nn.LayerNorm(8)]),
            "other": OtherLinear(8, 8),
            "narrow": nn.Linear(8, 8, dtype=torch.bfloat16),
        }
    )
    assert pack_linears(module) == 2
    kinds = {name: type(child) for name, child in module.named_modules()}
    assert kinds["plain"] is kinds["inner.0"] is PackedLinear
    assert kinds["other"] is OtherLinear
    assert kinds["narrow"] is nn.Linear


def test_a_packed_module_saves_what_a_plain_one_does() -> None:
    module = nn.Sequential(nn.Linear(24, 40), nn.Linear(40, 8, bias=False))
    plain = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    pack_linears(module)
    packed = module.state_dict()
    assert packed.keys() == plain.keys()
    for name, tensor in plain.items():
        torch.testing.assert_close(packed[name], tensor, rtol=0, atol=0)


def test_nothing_is_packed_when_the_result_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_packing_correct(), "this torch has the operators"
    monkeypatch.setattr(PackedLinear, "forward", lambda self, x: x.new_zeros(*x.shape[:-1], self.out_features))
    module = nn.Sequential(nn.Linear(8, 8))
    assert pack_linears(module) == 0
    assert type(module[0]) is nn.Linear


def test_packing_is_not_correct_without_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(*_: object) -> None:
        raise AttributeError("no such operator")

    monkeypatch.setattr(packed_linear.PackedLinear, "__init__", init)
    assert not is_packing_correct()


def test_the_engine_runs_on_packed_weights(chat_model: ChatModel) -> None:
    assert isinstance(chat_model.model.llm.lm_head, PackedLinear)
    assert isinstance(chat_model.model.llm.model.layers[0].mlp.up_proj, PackedLinear)
