"""A tiny embedding model in a folder of ONNX: a table of vectors by token, written byte by byte as protobuf has it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

FLOAT, INT64 = 1, 7
"""Types of elements, as onnx.proto numbers them."""


def write_model(folder: Path, vectors: Mapping[str, Sequence[float]], inputs: Sequence[str] = ()) -> Path:
    """Write a model that has a vector for each of some words; all others have zeros. `inputs` are further ones."""
    width = len(next(iter(vectors.values())))
    table = np.array([[0.0] * width, *vectors.values()], dtype=np.float32)
    (folder / "model.onnx").write_bytes(_model(table, ("input_ids", "attention_mask", *inputs)))
    known = {word: number for number, word in enumerate(["[PAD]", *vectors])}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="[PAD]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def write_pooling(folder: Path, **values: object) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(values), encoding="utf-8")


def _model(table: "np.ndarray[tuple[int, int], np.dtype[np.float32]]", inputs: Sequence[str]) -> bytes:
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, "last_hidden_state") + _text(4, "Gather")
    rows, width = table.shape
    tensor = _number(1, rows) + _number(1, width) + _number(2, FLOAT) + _text(8, "table") + _bytes(9, table.tobytes())
    graph = _bytes(1, node) + _text(2, "tiny") + _bytes(5, tensor)
    graph += b"".join(_bytes(11, _value(name, INT64, ("batch", "length"))) for name in inputs)
    graph += _bytes(12, _value("last_hidden_state", FLOAT, ("batch", "length", "width")))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))


def _value(name: str, kind: int, dimensions: Sequence[str]) -> bytes:
    shape = b"".join(_bytes(1, _text(2, dimension)) for dimension in dimensions)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])
