"""Headers are read as the library reads them, and each kind of damage has its sentence."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from model.checkpoint.safetensors_header import TensorInfo, read_header
from model.errors import LoadError
from tests.helpers.sparse_checkpoints import write_sparse

ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "model.safetensors"
    tensors = {"a": torch.zeros(2, 3, dtype=torch.bfloat16), "b": torch.zeros((), dtype=torch.int64)}
    save_file(tensors, file, metadata={"format": "pt"})
    return file


def write(file: Path, entries: object, data: bytes = b"\1" * 8) -> None:
    header = json.dumps(entries).encode()
    file.write_bytes(len(header).to_bytes(8, "little") + header + data)


def refusal(file: Path) -> str:
    with pytest.raises(LoadError) as refused:
        read_header(file)
    message = str(refused.value)
    assert "\n" not in message
    assert str(file) in message
    return message


def test_types_and_shapes_are_read(file: Path) -> None:
    infos = read_header(file)
    assert infos == {"a": TensorInfo("BF16", (2, 3), file.name), "b": TensorInfo("I64", (), file.name)}
    assert (infos["a"].num_values, infos["b"].num_values) == (6, 1)


def test_sizes_beyond_the_memory_are_read_at_once(file: Path) -> None:
    write_sparse(file, {"huge": TensorInfo("BF16", (1 << 20, 1 << 16), file.name)})  # 128 GiB, none of it on the disk
    assert read_header(file)["huge"].num_values == 1 << 36


@pytest.mark.parametrize("dtype", ["F8_E4M3", "F8_E5M2", "U32"])
def test_types_that_are_not_served_are_read_all_the_same(file: Path, dtype: str) -> None:
    size = 4 if dtype == "U32" else 1
    write(file, {"a": {"dtype": dtype, "shape": [2], "data_offsets": [0, 2 * size]}}, b"\1" * 2 * size)
    assert read_header(file)["a"].dtype == dtype


def cut_to(num_bytes: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:num_bytes]


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        (cut_to(0), "is empty"),
        (cut_to(5), "is cut off within its header|begin like"),
        (cut_to(40), "is cut off within its header, at 40 bytes"),
        (cut_to(-1), "is cut off: it has"),
        (lambda content: content + b"\0\0", "has 2 bytes more than its header says"),
        (lambda content: b"\0" * len(content), "is filled with zeros"),
        (lambda content: b"\xff" * 8 + content[8:], "does not begin like a safetensors file"),
        (lambda content: content[:8] + b"[" + content[9:], "has a damaged header"),
        (lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n", "run `git lfs pull`"),
        (lambda _: b"<html><body>Not found</body></html>", "does not begin like a safetensors file"),
        (lambda _: b"PK\3\4 a zip file by another name", "does not begin like a safetensors file"),
    ],
)
def test_damage_is_named(file: Path, damage: Callable[[bytes], bytes], cause: str) -> None:
    file.write_bytes(damage(file.read_bytes()))
    message = refusal(file)
    assert any(part in message for part in cause.split("|"))


@pytest.mark.parametrize(
    "entries",
    [
        [],
        None,
        {"a": None},
        {"a": []},
        {"a": {**ENTRY, "dtype": 7}},
        {"a": {**ENTRY, "dtype": "F99"}},
        {"a": {**ENTRY, "shape": [-2]}},
        {"a": {**ENTRY, "shape": ["2"]}},
        {"a": {**ENTRY, "shape": 2}},
        {"a": {**ENTRY, "shape": [3]}},
        {"a": {**ENTRY, "data_offsets": [8, 0]}},
        {"a": {**ENTRY, "data_offsets": [0]}},
        {"a": {**ENTRY, "data_offsets": [0, 8, 8]}},
        {"a": {"dtype": "F32"}},
        {"a": ENTRY, "b": ENTRY},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
        {"__metadata__": {"format": 3}, "a": ENTRY},
        {"a": {**ENTRY, "shape": [True, 2]}},
    ],
)
def test_a_damaged_header_is_named(file: Path, entries: object) -> None:
    write(file, entries)
    assert "damaged" in refusal(file)


def test_a_header_nested_without_end_is_named(file: Path) -> None:
    header = b'{"a":' * 100_000
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    assert "has a damaged header" in refusal(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "is missing" in refusal(tmp_path / "model-00001-of-00002.safetensors")


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bytes_and_cuts_give_nothing_but_load_errors(file: Path, seed: int) -> None:
    whole, rng = file.read_bytes(), random.Random(seed)
    for _ in range(40):
        content = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        file.write_bytes(content[: rng.choice([len(content), rng.randrange(len(content))])])
        with suppress(LoadError):
            assert isinstance(read_header(file), dict)
