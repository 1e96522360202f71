"""The header of a safetensors file, and what is wrong with a file that has none.

Format: 8 bytes with the header's length, the header as JSON, the tensors' bytes without gaps.
https://github.com/huggingface/safetensors#format
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from model.checkpoint.json_files import AGAIN, check_content, check_file
from model.checkpoint.wording import one_line, show_path
from model.errors import LoadError

MAX_HEADER_BYTES = 100_000_000
"""The longest header that the safetensors library reads."""

ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


@dataclass(frozen=True)
class TensorInfo:
    """A tensor of a checkpoint: its type as safetensors names it, such as BF16, its shape, and the file it is in."""

    dtype: str
    shape: tuple[int, ...]
    file: str

    @property
    def num_values(self) -> int:
        return math.prod(self.shape)


def read_header(file: Path) -> dict[str, TensorInfo]:
    """Return the tensors of a file by name; none of their bytes is read. Raises `LoadError`."""
    num_bytes = check_file(file)
    with file.open("rb") as opened:
        start = opened.read(8)
        check_content(file, start + opened.read(504))
        length = int.from_bytes(start, "little")
        if length > MAX_HEADER_BYTES:
            raise LoadError(f"{show_path(file)} does not begin like a safetensors file: {AGAIN}")
        if num_bytes < 8 + length:
            raise LoadError(f"{show_path(file)} is cut off within its header, at {num_bytes} bytes: {AGAIN}")
        opened.seek(8)
        entries = _parse(file, opened.read(length))
    _check_size(file, num_bytes, 8 + length + max((end for _, _, end in entries.values()), default=0))
    _check_with_library(file)
    return {name: TensorInfo(dtype, shape, file.name) for name, (dtype, shape, _) in entries.items()}


def _parse(file: Path, header: bytes) -> dict[str, tuple[str, tuple[int, ...], int]]:
    try:
        entries = json.loads(header)
        return {name: _read_entry(entry) for name, entry in entries.items() if name != "__metadata__"}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise LoadError(f"{show_path(file)} has a damaged header: {AGAIN}") from error


def _read_entry(entry: dict[str, Any]) -> tuple[str, tuple[int, ...], int]:
    """Return the type, the shape and the end of a tensor's bytes. Raises `ValueError` and others where they clash."""
    dtype, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    if not isinstance(dtype, str) or not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
        raise ValueError("no type, or no whole numbers")
    size = ITEM_BYTES.get(dtype)
    if end < begin or (size is not None and end - begin != size * math.prod(shape)):
        raise ValueError("the bytes do not fit the shape")
    return dtype, shape, end


def _check_size(file: Path, num_bytes: int, needed: int) -> None:
    if num_bytes < needed:
        raise LoadError(f"{show_path(file)} is cut off: it has {num_bytes} of {needed} bytes: {AGAIN}")
    if num_bytes > needed:
        raise LoadError(f"{show_path(file)} has {num_bytes - needed} bytes more than its header says: {AGAIN}")


def _check_with_library(file: Path) -> None:
    """Let the library, which will read the tensors, have the last word on a header. It maps the file read-only."""
    try:
        with safe_open(file, framework="numpy"):
            return
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise LoadError(f"{show_path(file)} is damaged ({one_line(error)}): {AGAIN}") from error
