"""Only the language model's layers are quantised, and to the type asked for."""

import json
from pathlib import Path
from typing import Any

import bitsandbytes as bnb
import pytest
import torch
from torch import nn

from model.errors import LoadError
from model.loading import load
from model.quantization import prepare_int4_layers

# on a CPU bitsandbytes warns that its kernels are missing
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")


@pytest.mark.parametrize(("quantization", "kind"), [("int4", "Linear4bit"), ("int8", "Linear8bitLt")])
def test_quantisation_takes_the_language_models_layers_only(golden_folder: Path, quantization: str, kind: str) -> None:
    loaded = load(str(golden_folder / "checkpoint"), quantization=quantization, device="cpu")
    linears = {
        name: type(module).__name__
        for name, module in loaded.model.named_modules()
        if "Linear" in type(module).__name__
    }
    quantised = {name for name, found in linears.items() if found == kind}
    assert quantised == {name for name in linears if name.startswith("llm.model.layers.")}
    assert len(quantised) == 3 * 7
    assert loaded.info.quantization == quantization
    assert isinstance(loaded.chat(msgs=[{"role": "user", "content": "hi"}], max_new_tokens=3, seed=0), str)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_int4_is_nf4_with_double_quantisation_in_the_dtype_of_the_model(golden_folder: Path, dtype: str) -> None:
    loaded = load(str(golden_folder / "checkpoint"), quantization="int4", dtype=dtype, device="cpu")
    layer = loaded.model.llm.model.layers[0].mlp.up_proj
    assert layer.weight.quant_type == "nf4"
    assert layer.weight.compress_statistics is True
    assert layer.compute_dtype == getattr(torch, dtype)


def test_bitsandbytes_does_not_fill_the_log(golden_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It has a warning for each int8 layer in each step."""
    loaded = load(str(golden_folder / "checkpoint"), quantization="int8", dtype="bfloat16", device="cpu")
    loaded.chat(msgs=[{"role": "user", "content": "hi"}], max_new_tokens=3, seed=0)
    assert [record.message for record in caplog.records if record.name.startswith("bitsandbytes")] == []


@pytest.mark.parametrize("shape", [(64, 96), (100, 64), (64, 100), (32, 64), (72, 144)])
def test_layers_that_cannot_be_packed_compute_all_the_same(shape: tuple[int, int]) -> None:
    """bitsandbytes packs 4-bit weights on a CPU with AVX512-BF16, and raises for rows and columns that do not fit."""
    rows, columns = shape
    linear = bnb.nn.Linear4bit(columns, rows, compute_dtype=torch.float16, quant_type="nf4").eval()
    weight = torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))
    linear.weight = bnb.nn.Params4bit(weight.half(), requires_grad=False, quant_type="nf4", module=linear).to("cpu")
    linear.bias.data.zero_()
    dequantised = bnb.functional.dequantize_4bit(linear.weight.data, linear.weight.quant_state).float()
    model: Any = nn.ModuleList([linear])
    prepare_int4_layers(model, torch.bfloat16)
    x = torch.randn(3, columns, generator=torch.Generator().manual_seed(1)).bfloat16()
    with torch.inference_mode():
        out = linear(x)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), x.float() @ dequantised.T, rtol=0.02, atol=0.1)


def test_a_quantised_checkpoint_loads_as_it_is(checkpoint: Path) -> None:
    quantised = load(str(checkpoint), quantization="int4", device="cpu")
    quantised.model.save_pretrained(checkpoint)
    for source in (load(str(checkpoint), device="cpu"), load(str(checkpoint), quantization="int4", device="cpu")):
        assert source.info.quantization == "int4"
        assert type(source.model.llm.model.layers[0].mlp.up_proj).__name__ == "Linear4bit"
        msgs = [{"role": "user", "content": "hello"}]
        given: dict[str, Any] = {"sampling": False, "num_beams": 1, "max_new_tokens": 6}
        assert source.chat(msgs=msgs, **given) == quantised.chat(msgs=msgs, **given)
    with pytest.raises(LoadError, match="already quantised to int4"):
        load(str(checkpoint), quantization="int8", device="cpu")


def test_another_quantiser_is_refused(checkpoint: Path) -> None:
    file = checkpoint / "config.json"
    given = {"quantization_config": {"quant_method": "gptq", "bits": 4}}
    file.write_text(json.dumps({**json.loads(file.read_text()), **given}))
    with pytest.raises(LoadError, match="quantised by gptq"):
        load(str(checkpoint), device="cpu")
