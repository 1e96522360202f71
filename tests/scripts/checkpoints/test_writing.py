"""A checkpoint appears whole or not at all, and its files are shared out as the published ones."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from torch import Tensor

from scripts.checkpoints import writing
from scripts.checkpoints.configuration import make_config
from scripts.checkpoints.layout import list_parameters
from scripts.checkpoints.published import read_published
from scripts.checkpoints.recipe import LIKES, SMALL_TOKENIZER_FOLDER, CheckpointError, Recipe
from scripts.checkpoints.tokenizer_files import Vocabulary
from scripts.checkpoints.writing import INDEX, count_bytes, split_into_files, write_checkpoint
from tests.helpers.checkpoints import count_names, make_small_checkpoint


def read_all(folder: Path) -> dict[str, dict[str, Tensor]]:
    """Return the tensors of each file."""
    found: dict[str, dict[str, Tensor]] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, "pt") as opened:
            found[file.name] = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (no mapping)
    return found


def expand(ranges: str) -> int:
    """Return how many layers `0-2,5-5` has; no ranges are one tensor outside the layers."""
    if not ranges:
        return 1
    return sum(int(last) - int(first) + 1 for first, _, last in (part.partition("-") for part in ranges.split(",")))


def test_the_files_of_full_scale_are_shared_out_as_the_published_ones() -> None:
    recipe = Recipe("bf16", "full")
    parameters = list_parameters(make_config(recipe, Vocabulary(SMALL_TOKENIZER_FOLDER)))
    shards = {
        file: count_names(parameter.name for parameter in group)
        for file, group in split_into_files(parameters, recipe).items()
    }
    published = read_published("tensors.json")["shards"]
    assert shards == {
        file: {name: expand(layers) for name, layers in kinds.items()} for file, kinds in published.items()
    }


def test_the_first_and_last_layers_of_each_file_are_the_published_ones() -> None:
    recipe = Recipe("bf16", "full")
    parameters = list_parameters(make_config(recipe, Vocabulary(SMALL_TOKENIZER_FOLDER)))
    published = read_published("tensors.json")["shards"]
    for file, group in split_into_files(parameters, recipe).items():
        up = [parameter.name.split(".")[3] for parameter in group if "mlp.up_proj" in parameter.name]
        assert published[file].get("llm.model.layers.*.mlp.up_proj.weight") == (f"{up[0]}-{up[-1]}" if up else None)


@pytest.mark.parametrize(("like", "gigabytes"), [("bf16", 16.2), ("int4", 6.0), ("int8", 9.3)])
def test_the_size_of_full_scale_is_known(like: str, gigabytes: float) -> None:
    recipe = Recipe(like, "full")
    parameters = list_parameters(make_config(recipe, Vocabulary(SMALL_TOKENIZER_FOLDER)))
    files = split_into_files(parameters, recipe)
    sizes = [sum(count_bytes(parameter, recipe) for parameter in group) for group in files.values()]
    assert sum(sizes) / 1e9 == pytest.approx(gigabytes, abs=0.1)
    assert max(sizes) <= 5e9


@pytest.mark.parametrize("like", LIKES)
@pytest.mark.parametrize("stored", ["float16", "bfloat16", "float32"])
def test_the_index_agrees_with_the_files(tmp_path: Path, like: str, stored: str) -> None:
    files = read_all(make_small_checkpoint(tmp_path / "one", like, stored))
    index = json.loads((tmp_path / "one" / INDEX).read_text())
    assert 2 <= len(files) <= 4
    assert index["weight_map"] == {name: file for file, tensors in files.items() for name in tensors}
    tensors = {name: tensor for group in files.values() for name, tensor in group.items()}
    assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in tensors.values())
    assert str(tensors["llm.model.embed_tokens.weight"].dtype) == f"torch.{stored}"
    assert str(tensors["vpm.encoder.layers.0.mlp.fc1.bias"].dtype) == f"torch.{stored}"
    assert str(tensors["vpm.encoder.layers.0.self_attn.out_proj.weight"].dtype) == f"torch.{stored}"


def test_a_small_checkpoint_is_a_few_megabytes(tmp_path: Path) -> None:
    folder = make_small_checkpoint(tmp_path / "one", "bf16")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 8e6


def test_the_seed_decides_every_byte(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("one", "same", "other")}
    for name, folder in folders.items():
        write_checkpoint(folder, Recipe("int4", "small", seed=int(name == "other")), is_quiet=True)
    for file in folders["one"].iterdir():
        assert file.read_bytes() == (folders["same"] / file.name).read_bytes()
        if file.name != INDEX:  # its total counts the digits of the statistics, which are text
            is_weights = file.suffix == ".safetensors"
            assert (file.read_bytes() != (folders["other"] / file.name).read_bytes()) == is_weights


def test_each_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_checkpoint(tmp_path / "one", Recipe("bf16", "small"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == sorted(read_all(tmp_path / "one"))


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("the disk is full")])
def test_nothing_is_left_where_writing_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Any) -> None:
    def save_first_only(_: dict[str, Tensor], file: Path, **__: Any) -> None:
        if "00002" in file.name:
            raise error
        file.write_bytes(b"")

    monkeypatch.setattr(writing, "save_file", save_first_only)
    with pytest.raises((KeyboardInterrupt, OSError)):
        make_small_checkpoint(tmp_path / "one", "bf16")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_has_left_is_replaced(tmp_path: Path) -> None:
    unfinished = tmp_path / ".one.unfinished"
    unfinished.mkdir()
    (unfinished / "model-00001-of-00009.safetensors").write_bytes(b"half")
    make_small_checkpoint(tmp_path / "one", "bf16")
    assert [folder.name for folder in tmp_path.iterdir()] == ["one"]
    assert len(read_all(tmp_path / "one")) == 3


def test_an_empty_folder_and_its_missing_parents_are_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    make_small_checkpoint(tmp_path / "empty", "bf16")
    make_small_checkpoint(tmp_path / "a" / "b", "bf16")
    assert (tmp_path / "empty" / INDEX).is_file()
    assert (tmp_path / "a" / "b" / INDEX).is_file()


@pytest.mark.parametrize("kind", ["a folder with a file", "a file"])
def test_what_is_there_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "one"
    if kind == "a file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "mine").write_text("mine")
    with pytest.raises(CheckpointError, match="is already there: delete it, or name another folder"):
        make_small_checkpoint(folder, "bf16")
    assert (folder if kind == "a file" else folder / "mine").read_text() == "mine"


@pytest.mark.parametrize(("free", "is_enough"), [(16_200_000_000, False), (16_400_000_000, True)])
def test_a_full_disk_is_noticed_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_enough: bool
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr(writing, "_write_weights", lambda *_, **__: None)
    if is_enough:
        write_checkpoint(tmp_path / "full", Recipe("bf16", "full"), is_quiet=True)
        return
    with pytest.raises(CheckpointError, match=r"takes 16\.2 GB and .* has only 16\.2 GB free"):
        write_checkpoint(tmp_path / "full", Recipe("bf16", "full"), is_quiet=True)
    assert list(tmp_path.iterdir()) == []
