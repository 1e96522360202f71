"""The tensors of a `pytorch_model.bin`, by the loader of torch that runs nothing a pickle may name."""

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.checkpoint.json_files import AGAIN, check_content, check_file
from model.checkpoint.safetensors_header import TensorInfo
from model.checkpoint.wording import one_line, show_path
from model.errors import LoadError, first_line

TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
"""The names that safetensors has for torch's types."""

SAVE_ANEW = "save the model again with save_pretrained, as safetensors"


def read_pickled(file: Path) -> dict[str, TensorInfo]:
    """Return the tensors of a file by name; none of their bytes is read. Raises `LoadError`."""
    return {
        name: TensorInfo(TYPES.get(tensor.dtype, str(tensor.dtype)), tuple(tensor.shape), file.name)
        for name, tensor in load_pickled(file, "meta").items()
    }


def load_pickled(file: Path, device: str) -> dict[str, Tensor]:
    """Return a file's tensors, their bytes mapped and not yet read (`cpu`), or none at all (`meta`)."""
    check_file(file)
    with file.open("rb") as opened:
        check_content(file, opened.read(512))
    if not zipfile.is_zipfile(file):
        raise LoadError(f"{show_path(file)} is cut off, or not of today's torch.save: {AGAIN}, or {SAVE_ANEW}")
    try:
        content = torch.load(file, map_location=device, weights_only=True, mmap=True)
    except Exception as error:  # a damaged pickle may raise anything
        why = one_line(first_line(error))
        raise LoadError(
            f"{show_path(file)} is damaged or holds other things than tensors ({why}): {SAVE_ANEW}"
        ) from error
    return _check_dictionary(file, content)


def _check_dictionary(file: Path, content: Any) -> dict[str, Tensor]:
    if not isinstance(content, dict):
        raise LoadError(f"{show_path(file)} holds a {type(content).__name__} instead of named tensors: {SAVE_ANEW}")
    for name, tensor in content.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise LoadError(
                f"{show_path(file)} holds more than tensors: {one_line(name)} is a {type(tensor).__name__}: {SAVE_ANEW}"
            )
    return content
