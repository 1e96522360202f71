"""Which files are fetched, and which a folder lacks."""

import json
from pathlib import Path

import pytest

from model.checkpoint.download_record import Record, write_record
from model.checkpoint.hub import HubFile
from model.checkpoint.needed_files import choose_names, find_missing, find_missing_shards, is_weights

SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
SMALL = ("config.json", "preprocessor_config.json", "tokenizer.json")


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_bytes(b"x")
    return folder


def write_index(folder: Path, *shards: str, name: str = "model.safetensors.index.json") -> None:
    (folder / name).write_text(json.dumps({"weight_map": {f"t{i}": shard for i, shard in enumerate(shards)}}))


def test_small_files_come_first_and_code_and_folders_never() -> None:
    names = ["a.safetensors", "config.json", "modeling.py", "x/config.json", "..\\config.json", "merges.txt", "a.gguf"]
    assert choose_names(names) == ["config.json", "merges.txt", "a.safetensors"]


def test_pickled_weights_only_where_there_is_nothing_else() -> None:
    assert choose_names(["pytorch_model.bin", "model.safetensors"]) == ["model.safetensors"]
    assert choose_names(["pytorch_model-00001-of-00002.bin", "optimizer.bin"]) == ["pytorch_model-00001-of-00002.bin"]
    assert is_weights("pytorch_model.bin")
    assert not is_weights("training_args.bin")


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin", "other.safetensors"])
def test_a_whole_file_of_weights_of_any_name_is_enough(tmp_path: Path, weights: str) -> None:
    assert find_missing(fill(tmp_path, *SMALL, weights)) == []


def test_every_shard_of_the_index_is_needed(tmp_path: Path) -> None:
    fill(tmp_path, *SMALL, SHARDS[0])
    write_index(tmp_path, *SHARDS)
    assert find_missing(tmp_path) == [SHARDS[1]]
    (tmp_path / SHARDS[1]).symlink_to(tmp_path / "nowhere")
    assert find_missing(tmp_path) == [SHARDS[1]]
    (tmp_path / SHARDS[1]).unlink()
    (tmp_path / SHARDS[1]).touch()
    assert find_missing(tmp_path) == [SHARDS[1]]
    assert find_missing(fill(tmp_path, SHARDS[1])) == []


@pytest.mark.parametrize("index", [b"", b"{", b"[]", b'{"weight_map": 3}', b"\xff"])
def test_an_index_that_cannot_be_read_is_missing(tmp_path: Path, index: bytes) -> None:
    fill(tmp_path, *SMALL, *SHARDS)
    (tmp_path / "model.safetensors.index.json").write_bytes(index)
    assert find_missing(tmp_path) == ["a readable model.safetensors.index.json"]


def test_shards_without_an_index_are_not_whole(tmp_path: Path) -> None:
    assert find_missing(fill(tmp_path, *SMALL, SHARDS[0])) == ["model.safetensors.index.json"]


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        (("tokenizer.json",), []),
        (("vocab.json", "merges.txt"), []),
        (("vocab.json",), ["tokenizer.json"]),
        ((), ["tokenizer.json"]),
    ],
)
def test_either_form_of_the_tokenizer_will_do(tmp_path: Path, present: tuple[str, ...], missing: list[str]) -> None:
    fill(tmp_path, "config.json", "preprocessor_config.json", "model.safetensors", *present)
    assert find_missing(tmp_path) == missing


def test_the_record_of_the_download_decides_where_there_is_one(tmp_path: Path) -> None:
    fill(tmp_path, "config.json", "model.safetensors")
    files = [HubFile("config.json", 1, "e"), HubFile("model.safetensors", 1, "e")]
    write_record(tmp_path, Record("a/b", "0" * 40, tuple(files)))
    assert find_missing(tmp_path) == []
    (tmp_path / "model.safetensors").write_bytes(b"xx")
    assert find_missing(tmp_path) == ["model.safetensors"]


def test_shards_that_a_repository_lacks_are_found(tmp_path: Path) -> None:
    assert find_missing_shards(tmp_path, []) == []
    write_index(tmp_path, *SHARDS)
    assert find_missing_shards(tmp_path, [SHARDS[0], "config.json"]) == [SHARDS[1]]


def test_a_folder_that_is_not_there_lacks_everything(tmp_path: Path) -> None:
    assert find_missing(tmp_path / "absent") == [*SMALL, "model.safetensors"]
