"""Weights are rounded as bitsandbytes rounds them, and all else stays."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.errors import LoadError
from model.options import DEMO
from scripts.precision.precisions import PRECISIONS, ROUNDINGS, Precision, load_in, load_rounded

# bitsandbytes warns about missing kernels when it quantises on a CPU
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.fixture
def weight() -> Tensor:
    return torch.randn(64, 128, generator=torch.Generator().manual_seed(0))


def test_names_say_what_is_loaded() -> None:
    names = [precision.name for precision in PRECISIONS]
    assert names == ["bfloat16", "int8 in bfloat16", "int8 in float32", "int4 in bfloat16", "int4 in float32"]


def test_int8_has_255_steps_a_row(weight: Tensor) -> None:
    rounded = ROUNDINGS["int8"](weight)
    steps = weight.abs().amax(1, keepdim=True) / 127
    assert ((rounded - weight).abs() <= 0.51 * steps + 1e-3).all()  # float16 takes 1e-3 of numbers up to 4
    assert all(len(row.unique()) <= 255 for row in rounded)


def test_int4_has_16_numbers_a_block_of_64(weight: Tensor) -> None:
    rounded = ROUNDINGS["int4"](weight)
    blocks = rounded.view(-1, 64)
    assert max(len(block.unique()) for block in blocks) <= 16
    error = (rounded - weight).norm() / weight.norm()
    assert 0.07 < error < 0.12, "NF4 takes 0.09 of what is normally distributed"


def test_plain_weights_stay(weight: Tensor) -> None:
    assert ROUNDINGS["none"](weight) is weight


@pytest.mark.parametrize("precision", PRECISIONS, ids=lambda precision: precision.name)
def test_only_the_layers_of_the_language_model_are_quantised(golden_folder: Path, precision: Precision) -> None:
    source = str(golden_folder / "checkpoint")
    plain, rounded = load_in(source, Precision("float32"), "cpu"), load_rounded(source, precision, "float32", "cpu")
    stored = getattr(torch, precision.dtype)
    before, after = plain.model.state_dict(), rounded.model.state_dict()
    assert before.keys() == after.keys()
    for name, weight in before.items():
        is_quantised = name.startswith("llm.model.layers.") and name.endswith("proj.weight")
        kind = precision.quantization if is_quantised else "none"
        assert torch.equal(after[name], ROUNDINGS[kind](weight.to(stored)).float()), name


def test_what_is_rounded_computes_in_the_dtype_of_the_reference() -> None:
    rounded = load_rounded(DEMO, Precision("bfloat16", "int4"), "bfloat16", "cpu")
    assert {parameter.dtype for parameter in rounded.model.parameters()} == {torch.bfloat16}
    assert isinstance(rounded.chat(msgs=[{"role": "user", "content": "hi"}], max_new_tokens=2, seed=0), str)


def test_what_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError):
        load_in(str(tmp_path), Precision("float32"), "cpu")
