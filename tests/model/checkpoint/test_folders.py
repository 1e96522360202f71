"""A folder that is no checkpoint is named for what it is, with the folder or the command that helps."""

import json
from pathlib import Path

import pytest

from model.checkpoint.inspect import inspect_checkpoint
from model.errors import LoadError
from tests.helpers.sparse_checkpoints import make_sparse_checkpoint

COMMIT = "a" * 40


def make_files(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            (folder / name).write_text("{}")
        else:
            (folder / name).mkdir(exist_ok=True)


def refusal(folder: Path) -> str:
    with pytest.raises(LoadError) as refused:
        inspect_checkpoint(folder)
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("names", "cause"),
    [
        ([], "{} is empty: copy or download it again"),
        (["README.md"], "{} has no config.json: copy or download it again"),
        (["model.gguf"], "{} has no config.json, but holds GGUF, the format of llama.cpp (model.gguf), which is not"),
        (["A-Q4_K_M.GGUF", "mmproj.gguf"], "holds GGUF, the format of llama.cpp (A-Q4_K_M.GGUF, mmproj.gguf)"),
        (["model.onnx", "vision.onnx"], "holds ONNX (model.onnx, vision.onnx)"),
        (["weights.npz"], "holds MLX or numpy"),
        (["openvino_model.xml"], "holds OpenVINO"),
        (["consolidated.00.pth"], "holds plain PyTorch (consolidated.00.pth)"),
        (["epoch=1.ckpt"], "holds PyTorch Lightning"),
        (["checkpoint-500/config.json", "checkpoint-1000/config.json"], "give one of them, such as {}/checkpoint-1000"),
        (
            ["global_step500/x", "latest", "zero_to_fp32.py"],
            "the shards of DeepSpeed (global_step500, zero_to_fp32.py)",
        ),
        (["zero_pp_rank_0_mp_rank_00_optim_states.pt"], "make whole weights with `python zero_to_fp32.py . .`"),
        (["mp_rank_00_model_states.pt"], "holds the shards of DeepSpeed"),
        (["pytorch_model_fsdp_0/x.distcp"], "holds the shards of FSDP: make whole weights with `accelerate merge-w"),
        (["__0_0.distcp", ".metadata"], "holds the shards of FSDP"),
        (["optimizer.pt", "rng_state.pth", "trainer_state.json"], "holds the state of a training (optimizer.pt, rng_"),
        (["model/config.json"], "holds the folder {}/model, which has one: give that folder"),
        (["a/config.json", "b/config.json"], "holds folders that have one: give one of them, such as {}/a"),
        ([f"snapshots/{COMMIT}/config.json", "blobs/", "refs/main"], "give the snapshot in it, {}/snapshots/" + COMMIT),
        (["blobs/", "refs/main"], "is a cache of the Hub without a whole snapshot"),
        ([f"snapshots/{COMMIT}/"], "is a cache of the Hub without a whole snapshot"),
        (
            [f"models--openbmb--MiniCPM-V-2_6/snapshots/{COMMIT}/config.json"],
            "the snapshot in it, {}/models--openbmb--MiniCPM-V-2_6/snapshots/" + COMMIT,
        ),
        (
            ["model-00001-of-00004.safetensors"],
            "holds parts of them (model-00001-of-00004.safetensors) and no model.sa",
        ),
        (["consolidated.safetensors"], "holds consolidated.safetensors: rename the file to model.safetensors if"),
    ],
)
def test_a_folder_without_a_configuration(tmp_path: Path, names: list[str], cause: str) -> None:
    make_files(tmp_path, *names)
    assert cause.replace("{}", str(tmp_path)) in refusal(tmp_path)


@pytest.mark.parametrize(
    ("names", "cause"),
    [
        ([], "{} has no weights (model.safetensors): copy or download it again"),
        (
            ["model-00001-of-00002.safetensors"],
            "(model-00001-of-00002.safetensors) and no model.safetensors.index.json",
        ),
        (
            ["pytorch_model-00001-of-00002.bin"],
            "(pytorch_model-00001-of-00002.bin) and no pytorch_model.bin.index.json",
        ),
        (["model.safetensors.part"], "holds an unfinished download (model.safetensors.part): start it again"),
        (["a.safetensors.aria2", "a.safetensors"], "holds an unfinished download (a.safetensors.aria2)"),
        (["merged.safetensors"], "holds merged.safetensors: rename the file to model.safetensors"),
        (["global_step7/x"], "has no weights (model.safetensors), but holds the shards of DeepSpeed"),
        (["model-f16.gguf"], "has no weights (model.safetensors), but holds GGUF"),
        (["optimizer.bin"], "has no weights (model.safetensors), but holds the state of a training"),
        (["checkpoint-3/model.safetensors"], "give one of them, such as {}/checkpoint-3"),
    ],
)
def test_a_folder_without_weights(tmp_path: Path, names: list[str], cause: str) -> None:
    make_sparse_checkpoint(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    make_files(tmp_path, *names)
    assert cause.replace("{}", str(tmp_path)) in refusal(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ["adapter_config.json", "adapter_model.safetensors"],
        ["adapter_config.json", "adapter_model.bin", "vpm_resampler_embedtokens.pt"],
        ["adapter_config.json"],
    ],
)
@pytest.mark.parametrize("is_beside_weights", [False, True])
def test_an_adapter_names_its_base(tmp_path: Path, names: list[str], is_beside_weights: bool) -> None:
    if is_beside_weights:
        make_sparse_checkpoint(tmp_path)
    make_files(tmp_path, *names)
    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "openbmb/MiniCPM-V-2_6"}))
    message = refusal(tmp_path)
    assert f"{tmp_path} holds an adapter of openbmb/MiniCPM-V-2_6 ({', '.join(names)})" in message
    assert "merge it first" in message


@pytest.mark.parametrize("names", [["adapter_model.safetensors"], ["vpm_resampler_embedtokens.pt"]])
def test_an_adapter_without_its_settings_is_one_too(tmp_path: Path, names: list[str]) -> None:
    make_files(tmp_path, *names)
    assert f"holds an adapter ({names[0]}), which is not served by itself" in refusal(tmp_path)


@pytest.mark.parametrize("base", [None, 5, ""])
def test_an_adapter_may_not_say_what_it_is_of(tmp_path: Path, base: object) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base}))
    assert "holds an adapter (adapter_config.json)" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("ggml-model-Q4_K_M.gguf", "is a file of GGUF, the format of llama.cpp, which is not served"),
        ("model.onnx", "is a file of ONNX"),
        ("model.safetensors", "is a file: give the folder that holds the model's config.json and weights"),
    ],
)
def test_a_file_is_no_folder(tmp_path: Path, name: str, cause: str) -> None:
    make_files(tmp_path, name)
    assert f"{tmp_path / name} {cause}" in refusal(tmp_path / name)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert f"{tmp_path / 'x'} is not there: give the folder" in refusal(tmp_path / "x")
    (tmp_path / "link").symlink_to("gone/away")
    assert "is a link to gone/away, which is not there" in refusal(tmp_path / "link")
    (tmp_path / "loop").symlink_to("loop")
    assert "loop cannot be read" in refusal(tmp_path / "loop")
    assert "cannot be read" in refusal(tmp_path / "a\0b")


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # root may read everything
    assert "may not be read: give this user the permission" in refusal(tmp_path)
