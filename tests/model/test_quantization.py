"""Only the language model's layers are quantised, and to the type asked for."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from model.errors import LoadError
from model.loading import load

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


def test_int4_is_nf4_with_double_quantisation_in_bfloat16(golden_folder: Path) -> None:
    loaded = load(str(golden_folder / "checkpoint"), quantization="int4", device="cpu")
    layer = loaded.model.llm.model.layers[0].mlp.up_proj
    assert layer.weight.quant_type == "nf4"
    assert layer.weight.compress_statistics is True
    assert layer.compute_dtype == torch.bfloat16


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
    with pytest.raises(LoadError, match="quantised by 'gptq'"):
        load(str(checkpoint), device="cpu")
