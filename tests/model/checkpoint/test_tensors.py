"""Which files hold the weights, and whether they are all there and agree with their index."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from model.checkpoint.tensors import TensorInfo, find_weight_files, read_tensor_infos
from model.errors import LoadError
from tests.helpers.sparse_checkpoints import write_sparse

SHARDS = {"model-00001-of-00002.safetensors": "a", "model-00002-of-00002.safetensors": "b"}
INDEX = "model.safetensors.index.json"


def write_shard(file: Path, *names: str) -> None:
    write_sparse(file, {name: TensorInfo("BF16", (2, 2), file.name) for name in names})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for shard, name in SHARDS.items():
        write_shard(tmp_path / shard, name)
    write_index(tmp_path, {name: shard for shard, name in SHARDS.items()})
    return tmp_path


def write_index(folder: Path, weight_map: object) -> None:
    (folder / INDEX).write_text(json.dumps({"metadata": {"total_size": "any"}, "weight_map": weight_map}))


def refusal(folder: Path) -> str:
    with pytest.raises(LoadError) as refused:
        read_tensor_infos(folder)
    message = str(refused.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def test_shards_are_read_by_their_index(folder: Path) -> None:
    assert read_tensor_infos(folder) == {n: TensorInfo("BF16", (2, 2), s) for s, n in SHARDS.items()}
    assert [file.name for file in find_weight_files(folder)] == list(SHARDS)


def test_shards_may_have_any_name(folder: Path) -> None:
    write_shard(folder / "part one.safetensors", "c", "d")
    write_index(folder, {"c": "part one.safetensors", "d": "part one.safetensors"})
    assert set(read_tensor_infos(folder)) == {"c", "d"}


def test_a_whole_file_comes_before_an_index_and_pickled_weights(folder: Path) -> None:
    write_shard(folder / "model.safetensors", "whole")
    torch.save({"old": torch.zeros(2)}, folder / "pytorch_model.bin")
    assert set(read_tensor_infos(folder)) == {"whole"}


def test_safetensors_come_before_pickled_weights(folder: Path) -> None:
    torch.save({"old": torch.zeros(2)}, folder / "pytorch_model.bin")
    assert set(read_tensor_infos(folder)) == {"a", "b"}


def test_pickled_shards_are_read(tmp_path: Path) -> None:
    shards = {"pytorch_model-00001-of-00002.bin": "a", "pytorch_model-00002-of-00002.bin": "b"}
    for shard, name in shards.items():
        torch.save({name: torch.zeros(3)}, tmp_path / shard)
    index = {"metadata": {}, "weight_map": {name: shard for shard, name in shards.items()}}
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    assert read_tensor_infos(tmp_path)["b"] == TensorInfo("F32", (3,), "pytorch_model-00002-of-00002.bin")


def test_a_folder_without_weights_has_no_tensors(tmp_path: Path) -> None:
    assert read_tensor_infos(tmp_path) == {}


def remove_second(folder: Path) -> None:
    (folder / "model-00002-of-00002.safetensors").unlink()


def break_off_second(folder: Path) -> None:
    remove_second(folder)
    (folder / "model-00002-of-00002.safetensors.incomplete").write_bytes(b"")


def repeat(folder: Path) -> None:
    write_shard(folder / "model-00002-of-00002.safetensors", "a", "b")


def exchange(folder: Path) -> None:
    write_index(folder, dict(zip("ba", SHARDS, strict=True)))


def name_too_many(folder: Path) -> None:
    write_index(folder, {**{name: shard for shard, name in SHARDS.items()}, "c": next(iter(SHARDS))})


def hold_too_many(folder: Path) -> None:
    write_shard(folder / "model-00002-of-00002.safetensors", "b", "stale\nname")


def break_link(folder: Path) -> None:
    remove_second(folder)
    (folder / "model-00002-of-00002.safetensors").symlink_to("../../blobs/1234")


def cut_second(folder: Path) -> None:
    file = folder / "model-00002-of-00002.safetensors"
    file.write_bytes(file.read_bytes()[:-3])


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (remove_second, "lacks 1 of the 2 files that model.safetensors.index.json names (model-00002-of-00002"),
        (break_off_second, "and model-00002-of-00002.safetensors.incomplete is an unfinished download"),
        (repeat, "a is both in model-00001-of-00002.safetensors and in model-00002-of-00002.safetensors"),
        (exchange, "disagree on where a, b lies"),
        (name_too_many, "disagree on where c lies"),
        (hold_too_many, "disagree on where stale\\nname lies"),
        (break_link, "is a link to ../../blobs/1234, which is not there"),
        (cut_second, "model-00002-of-00002.safetensors is cut off"),
    ],
)
def test_shards_and_index_must_agree(folder: Path, damage: Callable[[Path], None], cause: str) -> None:
    damage(folder)
    assert cause in refusal(folder)


@pytest.mark.parametrize(
    ("weight_map", "cause"),
    [
        (None, "has no weight_map"),
        ([], "has no weight_map"),
        ({}, "has no weight_map"),
        ({"a": 5}, "has no weight_map"),
        ({"a": "../other/model.safetensors"}, "is no file of weights in its folder"),
        ({"a": "/etc/passwd"}, "is no file of weights in its folder"),
        ({"a": ""}, "is no file of weights in its folder"),
        ({"a": ".."}, "is no file of weights in its folder"),
        ({"a": "config.json"}, "is no file of weights in its folder"),
        ({"a": "x\0.safetensors"}, "is no file of weights in its folder"),
        ({"a": "x" * 500 + ".safetensors"}, "lacks 1 of the 1 files|cannot be read"),
    ],
)
def test_a_damaged_index_is_named(folder: Path, weight_map: object, cause: str) -> None:
    write_index(folder, weight_map)
    message = refusal(folder)
    assert any(part in message for part in cause.split("|"))


@pytest.mark.parametrize("index", [{}, {"metadata": None}, {"metadata": []}])
def test_an_index_without_metadata_says_what_to_add(folder: Path, index: dict[str, object]) -> None:
    (folder / INDEX).write_text(json.dumps({**index, "weight_map": {name: shard for shard, name in SHARDS.items()}}))
    assert f'{INDEX} has no object called metadata: write "metadata": {{}} beside its weight_map' in refusal(folder)


def test_an_index_that_is_cut_off_is_named(folder: Path) -> None:
    (folder / INDEX).write_text('{"weight_map": {"a": "model-000')
    assert f"{INDEX} is cut off or is not JSON" in refusal(folder)
