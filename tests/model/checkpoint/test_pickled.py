"""Files of torch.save are listed without their numbers, and nothing that they name is run."""

import pickle
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from model.checkpoint.pickled import load_pickled, read_pickled
from model.checkpoint.safetensors_header import TensorInfo
from model.errors import LoadError

RAN = "a pickle ran"


class Trap:
    def __reduce__(self) -> Any:
        return exec, (f"raise SystemExit({RAN!r})",)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "pytorch_model.bin"
    torch.save({"a": torch.arange(6, dtype=torch.bfloat16).view(2, 3), "b": torch.tensor(5)}, file)
    return file


def refusal(file: Path) -> str:
    with pytest.raises(LoadError) as refused:
        read_pickled(file)
    message = str(refused.value)
    assert "\n" not in message
    assert str(file) in message
    return message


def test_types_and_shapes_are_read(file: Path) -> None:
    assert read_pickled(file) == {"a": TensorInfo("BF16", (2, 3), file.name), "b": TensorInfo("I64", (), file.name)}


def test_numbers_are_read_when_they_are_asked_for(file: Path) -> None:
    assert load_pickled(file, "cpu")["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert load_pickled(file, "meta")["a"].is_meta


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ({"state_dict": {"a": torch.zeros(1)}}, "holds more than tensors: state_dict is a dict"),
        ([torch.zeros(1)], "holds a list instead of named tensors"),
        (torch.zeros(1), "holds a Tensor instead of named tensors"),
        ({"a": torch.zeros(1), "step": 5}, "holds more than tensors: step is a int"),
        ({1: torch.zeros(1)}, "holds more than tensors: 1 is a Tensor"),
        (nn.Linear(1, 1), "is damaged or holds other things than tensors"),
        (Trap(), "is damaged or holds other things than tensors"),
    ],
)
def test_other_content_is_named_and_not_run(file: Path, content: object, cause: str) -> None:
    torch.save(content, file)
    assert cause in refusal(file)


def test_an_older_file_is_refused_and_not_run(file: Path) -> None:
    file.write_bytes(pickle.dumps(Trap()))
    assert "not of today's torch.save" in refusal(file)
    torch.save({"a": torch.zeros(1)}, file, _use_new_zipfile_serialization=False)
    assert "save the model again with save_pretrained" in refusal(file)


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"", "is empty"), (b"\0" * 900, "filled with zeros"), (b"version https://git-lfs.github.com/spec/v1", "git lfs")],
)
def test_damage_is_named(file: Path, content: bytes, cause: str) -> None:
    file.write_bytes(content)
    assert cause in refusal(file)


@pytest.mark.parametrize("seed", range(5))
def test_flipped_bytes_and_cuts_give_nothing_but_load_errors(file: Path, seed: int) -> None:
    whole, rng = file.read_bytes(), random.Random(seed)
    for _ in range(15):
        content = bytearray(whole)
        content[rng.randrange(len(content))] = rng.randrange(256)
        file.write_bytes(content[: rng.choice([len(content), rng.randrange(len(content))])])
        with suppress(LoadError):
            assert isinstance(read_pickled(file), dict)
