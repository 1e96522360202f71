"""The tensors of quantised layers are complete, and those that the configuration asks for."""

from pathlib import Path

import pytest

from model.checkpoint.layout import list_linear, list_shapes
from model.checkpoint.quantization_config import BitsAndBytes
from model.checkpoint.quantized_tensors import check_kind, check_layers, check_packing, find_quantized
from model.checkpoint.tensors import TensorInfo
from model.config import MiniCPMVConfig
from model.errors import LoadError
from tests.helpers.sparse_checkpoints import Infos, pack

FOLDER = Path("folder")
SHAPES = list_shapes(
    MiniCPMVConfig(
        hidden_size=256,
        intermediate_size=320,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        vocab_size=300,
        vision_config={"hidden_size": 72, "intermediate_size": 110, "num_hidden_layers": 1, "num_attention_heads": 4},
    )
)
SKIPPED = ["out_proj", "kv_proj", "lm_head"]
QUANTIZED = sorted(layer for layer in list_linear(SHAPES) if not layer.endswith(tuple(SKIPPED)))
UP = "llm.model.layers.0.mlp.up_proj"
INT4 = BitsAndBytes(load_in_4bit=True, bnb_4bit_quant_type="nf4", llm_int8_skip_modules=SKIPPED)
INT8 = BitsAndBytes(load_in_8bit=True, llm_int8_skip_modules=SKIPPED)
STORED = {"nf4": INT4, "int8": INT8}


def make_infos(kind: str | None, layers: list[str] = QUANTIZED, block: int = 64) -> Infos:
    plain = {name: TensorInfo("F16", shape, "model.safetensors") for name, shape in SHAPES.items()}
    return plain if kind is None else pack(plain, kind, layers, block)


@pytest.mark.parametrize("kind", ["nf4", "int8"])
def test_whole_layers_are_found(kind: str) -> None:
    infos = make_infos(kind)
    layers = find_quantized(FOLDER, infos)
    assert layers.kinds == dict.fromkeys(QUANTIZED, kind)
    assert infos.keys() - layers.names == SHAPES.keys() - {f"{layer}.weight" for layer in QUANTIZED}
    check_kind(FOLDER / "config.json", STORED[kind], layers)
    check_layers(FOLDER, STORED[kind], layers, SHAPES)
    assert check_packing(infos, layers, SHAPES) == []


def test_plain_weights_have_no_quantised_layers() -> None:
    layers = find_quantized(FOLDER, make_infos(None))
    assert (layers.kinds, layers.names) == ({}, frozenset())
    check_kind(FOLDER / "config.json", None, layers)


@pytest.mark.parametrize(
    ("stored", "kind", "cause"),
    [
        (None, "nf4", "are quantised to int4 by bitsandbytes, and it has no quantization_config"),
        (None, "int8", "are quantised to int8 by bitsandbytes, and it has no quantization_config"),
        (INT4, None, "has a quantization_config, but the weights are not quantised: remove that field .QUANT=int4"),
        (INT8, None, "has a quantization_config, but the weights are not quantised: remove that field .QUANT=int8"),
        (INT8, "nf4", "of int8 .fp4., but weights are quantised to nf4"),
        (INT4, "int8", "of int4 .nf4., but weights are quantised to int8"),
        (BitsAndBytes(load_in_4bit=True), "nf4", "of int4 .fp4., but weights are quantised to nf4"),
    ],
)
def test_a_configuration_of_another_kind_is_refused(stored: BitsAndBytes | None, kind: str | None, cause: str) -> None:
    layers = find_quantized(FOLDER, make_infos(kind))
    with pytest.raises(LoadError, match=rf"folder/config.json.*{cause}"):
        check_kind(FOLDER / "config.json", stored, layers)


@pytest.mark.parametrize(
    "name", [f"{UP}.qweight", f"{UP}.scales", f"{UP}.g_idx", f"{UP}.weight_packed", f"{UP}.weight_scale_inv"]
)
def test_weights_of_other_quantisers_are_named(name: str) -> None:
    infos = {**make_infos(None), name: TensorInfo("I32", (4,), "model.safetensors")}
    with pytest.raises(LoadError, match=rf"another quantiser \({name}\); only bitsandbytes"):
        find_quantized(FOLDER, infos)


@pytest.mark.parametrize("kind", ["nf4", "int8"])
def test_a_checkpoint_quantised_in_part_is_refused(kind: str) -> None:
    few = find_quantized(FOLDER, make_infos(kind, [layer for layer in QUANTIZED if layer != UP]))
    with pytest.raises(LoadError, match=rf"only in part: 1 layer is not quantised, though .* not name it .*\({UP}\)"):
        check_layers(FOLDER, STORED[kind], few, SHAPES)
    many = find_quantized(FOLDER, make_infos(kind, [*QUANTIZED, "resampler.kv_proj"]))
    with pytest.raises(
        LoadError, match=r"1 layer is quantised, though .* names it in config.json \(resampler.kv_proj\)"
    ):
        check_layers(FOLDER, STORED[kind], many, SHAPES)


def test_without_a_list_only_the_head_is_skipped() -> None:
    layers = find_quantized(
        FOLDER, make_infos("nf4", [layer for layer in list_linear(SHAPES) if "lm_head" not in layer])
    )
    check_layers(FOLDER, BitsAndBytes(load_in_4bit=True, bnb_4bit_quant_type="nf4"), layers, SHAPES)


def test_a_list_that_is_no_pattern_is_refused() -> None:
    stored = BitsAndBytes(load_in_4bit=True, bnb_4bit_quant_type="nf4", llm_int8_skip_modules=["(lm_head"])
    with pytest.raises(LoadError, match="wrong llm_int8_skip_modules"):
        check_layers(FOLDER, stored, find_quantized(FOLDER, make_infos("nf4")), SHAPES)


@pytest.mark.parametrize("block", [64, 128, 4096])
def test_blocks_of_any_usual_size_are_whole(block: int) -> None:
    infos = make_infos("nf4", block=block)
    assert check_packing(infos, find_quantized(FOLDER, infos), SHAPES) == []


def test_scales_that_are_not_nested_are_whole() -> None:
    infos = make_infos("nf4")
    for layer in QUANTIZED:
        name = f"{layer}.weight"
        infos[f"{name}.absmax"] = TensorInfo("F32", infos[f"{name}.absmax"].shape, "f")
        del infos[f"{name}.nested_absmax"], infos[f"{name}.nested_quant_map"]
    assert check_packing(infos, find_quantized(FOLDER, infos), SHAPES) == []


@pytest.mark.parametrize(
    ("kind", "part", "info"),
    [
        ("nf4", "weight", ("U8", (40959, 1))),
        ("nf4", "weight", ("BF16", (40960, 1))),
        ("nf4", "weight", None),
        ("nf4", "weight.absmax", None),
        ("nf4", "weight.absmax", ("U8", (1279,))),
        ("nf4", "weight.absmax", ("F32", (1280,))),
        ("nf4", "weight.quant_map", ("F32", (15,))),
        ("nf4", "weight.quant_map", None),
        ("nf4", "weight.nested_absmax", ("F32", (6,))),
        ("nf4", "weight.nested_absmax", None),
        ("nf4", "weight.nested_quant_map", ("F32", (16,))),
        ("int8", "weight", ("I8", (320, 255))),
        ("int8", "weight", ("BF16", (320, 256))),
        ("int8", "weight", None),
        ("int8", "SCB", ("F32", (319,))),
        ("int8", "SCB", ("F16", (320,))),
    ],
)
def test_a_layer_that_is_not_whole_is_found(kind: str, part: str, info: tuple[str, tuple[int, ...]] | None) -> None:
    infos = make_infos(kind)
    if info is None:
        del infos[f"{UP}.{part}"]
    else:
        infos[f"{UP}.{part}"] = TensorInfo(*info, "model.safetensors")
    assert check_packing(infos, find_quantized(FOLDER, infos), SHAPES) == [f"{UP}.weight"]
