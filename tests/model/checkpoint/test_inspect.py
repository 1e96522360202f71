"""Checkpoints as people have them pass, and each fault ends in one sentence before any weight is read."""

import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.checkpoint.inspect import SMALL_FILES, Checkpoint, inspect_checkpoint
from model.checkpoint.layout import EMBEDDING, HEAD, list_linear
from model.checkpoint.tensors import TensorInfo
from model.errors import LoadError
from model.resampler import sine_cosine_2d
from tests.helpers.paths import ROOT
from tests.helpers.sparse_checkpoints import Infos, edit_json, make_sparse_checkpoint, make_states, pack, write_sparse

INT4 = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
INT8 = {"quant_method": "bitsandbytes", "load_in_8bit": True}
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The recorded checkpoint's small files, with weights of zeros that take no room."""
    folder = tmp_path / "checkpoint"
    make_sparse_checkpoint(folder)
    return folder


def rewrite(folder: Path, change: Callable[[Infos], Infos]) -> None:
    write_sparse(folder / "model.safetensors", change(dict(inspect_checkpoint(folder).tensors)))


def refusal(folder: Path) -> str:
    with pytest.raises(LoadError) as refused:
        inspect_checkpoint(folder)
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_the_recorded_checkpoint_passes(golden_folder: Path) -> None:
    found = inspect_checkpoint(golden_folder / "checkpoint")
    assert (found.quantization, found.extra_names, found.is_tied) == ("none", (), False)
    assert (found.folder, len(found.tensors)) == (golden_folder / "checkpoint", 105)
    assert found.tensors["llm.model.norm.weight"] == TensorInfo("F32", (256,), "model.safetensors")
    assert (found.config.num_hidden_layers, found.config.vision_config.image_size) == (3, 980)


def test_the_demo_passes() -> None:
    assert inspect_checkpoint(ROOT / "model" / "demo").quantization == "none"


def test_a_checkpoint_of_the_real_size_takes_no_time(tmp_path: Path) -> None:
    real = {
        "hidden_size": 3584,
        "intermediate_size": 18944,
        "num_attention_heads": 28,
        "num_hidden_layers": 28,
        "num_key_value_heads": 4,
        "vocab_size": 151666,
        "vision_config": None,
    }
    infos = make_sparse_checkpoint(tmp_path, real)
    assert sum(2 * info.num_values for info in infos.values()) == 16_198_350_304
    started = time.perf_counter()
    assert len(inspect_checkpoint(tmp_path).tensors) == 789
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("name", ["with spaces", "中文 模型", "ünï-cødé", "quote'\"s"])
def test_folders_may_have_any_name(tmp_path: Path, name: str) -> None:
    make_sparse_checkpoint(tmp_path / name)
    (tmp_path / "link").symlink_to(name)
    assert inspect_checkpoint(tmp_path / name).folder == tmp_path / name
    assert inspect_checkpoint(tmp_path / "link").tensors


def merge_as_ms_swift(folder: Path) -> None:
    for name in ("args.json", "configuration.json"):
        (folder / name).write_text('{"framework": "pytorch"}')
    edit_json(folder / "config.json", torch_dtype="float16", transformers_version="4.55.4", pad_token_id=5)


def export_as_llama_factory(folder: Path) -> None:
    (folder / "Modelfile").write_text("FROM .")
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    edit_json(
        folder / "config.json",
        dtype="bfloat16",
        torch_dtype=...,
        rope_theta=...,
        rope_parameters={"rope_theta": 1e6, "rope_type": "default"},
        layer_types=["full_attention"] * 3,
        transformers_version="5.23.0",
        sliding_window=None,
    )


def fine_tune_as_openbmb(folder: Path) -> None:
    for name in ("trainer_state.json", "training_args.bin", "zero_to_fp32.py", "latest", "README.md"):
        (folder / name).write_bytes(b"\x80\x02anything")
    (folder / "global_step500").mkdir()
    edit_json(folder / "config.json", use_cache=False, transformers_version="4.40.0")


def leave_other_weights(folder: Path) -> None:
    torch.save({"x": torch.zeros(1)}, folder / "pytorch_model.bin")
    (folder / "consolidated.safetensors").write_bytes(b"")
    (folder / "model.gguf").write_bytes(b"GGUF")


@pytest.mark.parametrize(
    "change", [merge_as_ms_swift, export_as_llama_factory, fine_tune_as_openbmb, leave_other_weights]
)
def test_fine_tunes_with_the_files_of_their_makers_pass(folder: Path, change: Callable[[Path], None]) -> None:
    change(folder)
    found = inspect_checkpoint(folder)
    assert found.config.rope_parameters["rope_theta"] == 1_000_000.0


@pytest.mark.parametrize("dtype", ["F16", "BF16", "F32", "F64"])
def test_fine_tunes_in_any_type_pass(tmp_path: Path, dtype: str) -> None:
    make_sparse_checkpoint(tmp_path, dtype=dtype)
    assert {info.dtype for info in inspect_checkpoint(tmp_path).tensors.values()} == {dtype}


def test_fine_tunes_in_mixed_types_pass(folder: Path) -> None:
    def change(infos: Infos) -> Infos:
        return {n: TensorInfo("F32" if "norm" in n else "F16", info.shape, info.file) for n, info in infos.items()}

    rewrite(folder, change)
    assert {info.dtype for info in inspect_checkpoint(folder).tensors.values()} == {"F16", "F32"}


@pytest.mark.parametrize("rows", [1280, 2048])
def test_padded_embeddings_pass_where_the_configuration_says_so(tmp_path: Path, rows: int) -> None:
    make_sparse_checkpoint(tmp_path, {"vocab_size": rows})
    assert inspect_checkpoint(tmp_path).tensors[EMBEDDING].shape == (rows, 256)
    edit_json(tmp_path / "config.json", vocab_size=1218)
    assert f"config.json and the weights disagree on vocab_size (1218 and {rows})" in refusal(tmp_path)


def test_pickled_weights_pass(folder: Path) -> None:
    infos = inspect_checkpoint(folder).tensors
    (folder / "model.safetensors").unlink()
    tensors = {name: torch.zeros(info.shape, dtype=torch.float16) for name, info in infos.items()}
    torch.save(tensors, folder / "pytorch_model.bin")
    assert {info.dtype for info in inspect_checkpoint(folder).tensors.values()} == {"F16"}


def test_shards_pass(folder: Path) -> None:
    infos = inspect_checkpoint(folder).tensors
    (folder / "model.safetensors").unlink()
    places = {name: f"shard {len(name) % 3}.safetensors" for name in infos}
    for shard in set(places.values()):
        write_sparse(folder / shard, {name: infos[name] for name in infos if places[name] == shard})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    assert inspect_checkpoint(folder).tensors.keys() == infos.keys()


@pytest.mark.parametrize(("has_head", "is_tied"), [(True, False), (False, True)])
def test_a_stored_head_counts_and_else_the_embeddings(folder: Path, has_head: bool, is_tied: bool) -> None:
    if not has_head:
        rewrite(folder, lambda infos: {name: info for name, info in infos.items() if name != HEAD})
    edit_json(folder / "config.json", tie_word_embeddings=True)
    found = inspect_checkpoint(folder)
    assert (found.is_tied, found.config.tie_word_embeddings) == (is_tied, is_tied)


def test_a_lost_head_is_named(folder: Path) -> None:
    rewrite(folder, lambda infos: {name: info for name, info in infos.items() if name != HEAD})
    assert "lack llm.lm_head.weight, and tie_word_embeddings is false" in refusal(folder)


def test_extra_buffers_are_accepted_by_name(folder: Path) -> None:
    from safetensors.torch import save_file

    infos = inspect_checkpoint(folder).tensors
    tensors = {name: torch.zeros(info.shape, dtype=torch.bfloat16) for name, info in infos.items()}
    grid = sine_cosine_2d(70, 70, 256, torch.device("cpu")).view(70, 70, 256).bfloat16()
    ids = torch.arange(4900)[None]
    save_file(
        {**tensors, "resampler.pos_embed": grid, "vpm.embeddings.position_ids": ids}, folder / "model.safetensors"
    )
    found = inspect_checkpoint(folder)
    assert set(found.extra_names) == {"resampler.pos_embed", "vpm.embeddings.position_ids"}
    save_file({**tensors, "resampler.pos_embed": grid.flip(0).clone()}, folder / "model.safetensors")
    assert "resampler.pos_embed in" in refusal(folder)


def quantize(folder: Path, kind: str, config: dict[str, Any] | None) -> Checkpoint:
    infos = inspect_checkpoint(folder).tensors
    layers = sorted(list_linear({name: info.shape for name, info in infos.items()}) - {"llm.lm_head"})
    texts = make_states(infos, layers) if kind == "nf4" else None
    write_sparse(folder / "model.safetensors", pack(infos, kind, layers), texts)
    edit_json(folder / "config.json", quantization_config=config)
    return inspect_checkpoint(folder)


@pytest.mark.parametrize(("kind", "config", "name"), [("nf4", INT4, "int4"), ("int8", INT8, "int8")])
def test_quantised_checkpoints_pass(folder: Path, kind: str, config: dict[str, Any], name: str) -> None:
    found = quantize(folder, kind, config)
    assert found.quantization == name
    assert found.config.quantization_config["quant_method"] == "bitsandbytes"


@pytest.mark.parametrize(
    ("kind", "config", "cause"),
    [
        ("nf4", None, "quantised to int4 by bitsandbytes, and it has no quantization_config"),
        ("nf4", INT8, "has a quantization_config of int8"),
        ("int8", {"quant_method": "gptq"}, "quantised by gptq; only bitsandbytes"),
        ("nf4", {**INT4, "llm_int8_skip_modules": ["out_proj", "lm_head"]}, "is quantised only in part"),
    ],
)
def test_quantised_checkpoints_need_their_settings(
    folder: Path, kind: str, config: dict[str, Any] | None, cause: str
) -> None:
    with pytest.raises(LoadError, match=cause):
        quantize(folder, kind, config)


def test_settings_left_over_on_plain_weights_are_named(folder: Path) -> None:
    edit_json(folder / "config.json", quantization_config=INT4)
    assert "config.json has a quantization_config, but the weights are not quantised: remove that field" in refusal(
        folder
    )


def test_a_quantised_weight_of_another_size_is_named(folder: Path) -> None:
    quantize(folder, "nf4", INT4)
    name = "llm.model.layers.1.mlp.up_proj.weight"
    rewrite(folder, lambda infos: {**infos, name: TensorInfo("U8", (65535, 1), "model.safetensors")})
    assert f"1 tensor is of another shape ({name})" in refusal(folder)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"model_type": "minicpmo"}, "holds MiniCPM-o-2_6 (type minicpmo, version 2.6); only MiniCPM-V-2_6 is served"),
        ({"version": 4.5}, "holds MiniCPM-V-4_5"),
        ({"hidden_size": "256"}, "config.json has a wrong hidden_size: expected int, got str"),
        ({"hidden_size": 10**12}, "config.json has a wrong hidden_size"),
        ({"hidden_size": 128}, "config.json and the weights disagree on hidden_size (128 and 256)"),
        ({"query_num": 32}, "config.json and the weights disagree on query_num (32 and 64)"),
        ({"num_hidden_layers": 1000}, "config.json and the weights disagree on num_hidden_layers (1000 and 3)"),
        ({"quantization": {"group_size": 64}}, "quantised by MLX"),
    ],
)
def test_a_configuration_that_does_not_fit_is_named(folder: Path, changes: dict[str, Any], cause: str) -> None:
    edit_json(folder / "config.json", **changes)
    assert cause in refusal(folder)


@pytest.mark.parametrize("name", ["config.json", *SMALL_FILES])
@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"[]", "holds a list"),
        (b'{"a"', "is cut off"),
        (b"", "is empty"),
        (POINTER, "git lfs pull"),
        (b"\0" * 9, "zeros"),
    ],
)
def test_a_damaged_small_file_is_named(folder: Path, name: str, content: bytes, cause: str) -> None:
    (folder / name).write_bytes(content)
    message = refusal(folder)
    assert str(folder / name) in message
    assert cause in message


@pytest.mark.parametrize(("name", "cause"), [("F8_E4M3", "of the type F8_E4M3"), ("I8", "of the type I8")])
def test_numbers_that_cannot_be_served_are_named(tmp_path: Path, name: str, cause: str) -> None:
    make_sparse_checkpoint(tmp_path, dtype=name)
    assert cause in refusal(tmp_path)


@pytest.mark.parametrize("seed", range(6))
def test_cuts_and_flipped_bytes_give_nothing_but_load_errors(tmp_path: Path, folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    names = ["config.json", "model.safetensors", *(name for name in SMALL_FILES if (folder / name).exists())]
    for _ in range(15):
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copy)
        file = tmp_path / "copy" / rng.choice(names)
        whole = bytearray(file.read_bytes()[:20_000])
        for _ in range(rng.randrange(4)):
            whole[rng.randrange(len(whole))] = rng.randrange(256)
        if rng.random() < 0.5:
            with file.open("rb+") as opened:
                opened.write(whole)
        else:
            file.write_bytes(whole[: rng.randrange(len(whole))])
        try:
            inspect_checkpoint(tmp_path / "copy")
        except LoadError as error:
            assert str(error).isprintable()  # noqa: PT017
