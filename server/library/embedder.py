"""A model in a folder of ONNX that makes vectors of texts: those of texts that mean the same lie near each other."""

import asyncio
import hashlib
import importlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

PLACES = ("model.onnx", "onnx/model.onnx")
"""Where the network is looked for in the folder."""

MAX_TOKENS = 512
"""How many tokens of a text a model reads whose folder does not say."""

BATCH = 16
"""How many texts are embedded at once, which bounds the memory."""


class EmbeddingModelError(Exception):
    """The embedding model cannot be used, as one sentence for the person who starts the server."""


@dataclass(frozen=True)
class Pooling:
    """How texts go into a model, and how one vector is made of those of its tokens: their mean, or the first."""

    max_tokens: int = MAX_TOKENS
    is_first: bool = False
    question_prefix: str = ""
    passage_prefix: str = ""

    @classmethod
    def read(cls, folder: Path) -> "Pooling":
        """Read the files that sentence-transformers leaves in a folder (https://sbert.net), as far as they are there.

        Raises `ValueError`.
        """
        pooled = _read_json(folder / "1_Pooling" / "config.json")
        limit = _read_json(folder / "sentence_bert_config.json").get("max_seq_length")
        named = f"{folder.resolve().name} {_read_json(folder / 'config.json').get('_name_or_path', '')}"
        prefixes = ("query: ", "passage: ") if "e5" in named.lower() else ("", "")
        is_first = pooled.get("pooling_mode_cls_token") is True
        return cls(limit if isinstance(limit, int) and limit > 0 else MAX_TOKENS, is_first, *prefixes)


def _read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file, an empty one where there is no file. Raises `ValueError`."""
    if not path.exists():
        return {}
    read = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict):
        raise ValueError(f"{path} has no JSON object")
    return read


@dataclass(frozen=True)
class Embedded:
    """The vectors of texts, a row each: [B, D]. `num_tokens` counts what the model read of each.

    `truncated` are the places of texts that are longer than it reads, in order.
    """

    vectors: Vectors
    num_tokens: tuple[int, ...]
    truncated: tuple[int, ...]


class Embedder:
    """Makes vectors of length 1, one text after the other, in a thread of its own.

    `name` is the hash of the model: vectors of different models cannot be compared. `label` is what clients call it,
    `num_bytes` the size of its file.
    """

    def __init__(
        self, session: Any, tokenizer: Tokenizer, pooling: Pooling, name: str, label: str = "", num_bytes: int = 0
    ) -> None:
        self.name = name
        self.label = label
        self.num_bytes = num_bytes
        self._session = session
        self._tokenizer = tokenizer
        self._pooling = pooling
        self._inputs = {item.name for item in session.get_inputs()}
        self._thread = ThreadPoolExecutor(1, "embedder")

    async def embed_question(self, text: str) -> Vectors:
        """Return the vector of a question."""
        (vector,) = await self._run([self._pooling.question_prefix + text])
        return np.asarray(vector)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of passages, a row each."""
        return await self._run([self._pooling.passage_prefix + text for text in texts])

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text the model reads."""
        return self._pooling.max_tokens

    async def embed_batch(self, texts: Sequence[str]) -> Embedded:
        """Embed up to `BATCH` texts as they are, without what the model puts before questions and passages."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._embed, texts)

    async def _run(self, texts: Sequence[str]) -> Vectors:
        batches = [texts[first : first + BATCH] for first in range(0, len(texts), BATCH)]
        return np.concatenate([(await self.embed_batch(batch)).vectors for batch in batches])

    def _embed(self, texts: Sequence[str]) -> Embedded:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([item.ids for item in encoded], dtype=np.int64)
        mask = np.array([item.attention_mask for item in encoded], dtype=np.int64)
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (found, *_) = self._session.run(None, {name: known[name] for name in self._inputs})
        vectors = normalise_rows(pool(np.asarray(found, dtype=np.float32), mask, self._pooling.is_first))
        truncated = tuple(place for place, item in enumerate(encoded) if item.overflowing)
        return Embedded(vectors, tuple(int(count) for count in mask.sum(axis=1)), truncated)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def pool(found: Vectors, mask: NDArray[np.int64], is_first: bool) -> Vectors:
    """Return a vector for each text, of those of its tokens: [B, T, D] -> [B, D]. Some models have done so already."""
    if found.ndim == 2:
        return found
    if is_first:
        return found[:, 0]
    weights = mask[:, :, None].astype(np.float32)
    summed: Vectors = (found * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
    return summed


def normalise_rows(vectors: Vectors) -> Vectors:
    """Return vectors of length 1; those of length 0, and what is no number, as zeros."""
    clean = np.nan_to_num(vectors, nan=0.0, posinf=0.0, neginf=0.0)
    lengths = np.linalg.norm(clean, axis=1, keepdims=True)
    normal: Vectors = (clean / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return normal


def load_embedder(folder: Path) -> Embedder:
    """Load a model: `model.onnx` or `onnx/model.onnx`, with `tokenizer.json`. Raises `EmbeddingModelError`."""
    onnxruntime, network = check_model(folder)
    try:
        pooling = Pooling.read(folder)
        tokenizer = _load_tokenizer(folder / "tokenizer.json", pooling)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
        _check_inputs({item.name for item in session.get_inputs()})
    except Exception as error:  # onnxruntime and tokenizers raise many kinds
        raise EmbeddingModelError(f"the embedding model {folder} cannot be used: {error}") from error
    name = _hash(network, folder / "tokenizer.json", pooling)
    return Embedder(session, tokenizer, pooling, name, folder.resolve().name, network.stat().st_size)


def check_model(folder: Path) -> tuple[Any, Path]:
    """Return onnxruntime and the file of the network. Raises `EmbeddingModelError` where one of them is missing."""
    try:
        onnxruntime = importlib.import_module("onnxruntime")  # an extra
    except ImportError as error:
        extra = "install it with: pip install 'minicpm-v-server[embeddings]'"
        raise EmbeddingModelError(f"the embedding model needs the package onnxruntime; {extra}") from error
    network = next((folder / place for place in PLACES if (folder / place).is_file()), None)
    if network is None:
        raise EmbeddingModelError(f"the embedding model {folder} has neither {' nor '.join(PLACES)}")
    return onnxruntime, network


def _load_tokenizer(path: Path, pooling: Pooling) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(pooling.max_tokens)
    padding: Mapping[str, Any] = tokenizer.padding or {}
    tokenizer.enable_padding(pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]"))
    return tokenizer


def _check_inputs(names: set[str]) -> None:
    unknown = names - {"input_ids", "attention_mask", "token_type_ids"}
    if unknown:
        raise ValueError(f"it asks for {', '.join(sorted(unknown))}, so it is no model of texts")


def _hash(network: Path, tokenizer: Path, pooling: Pooling) -> str:
    digest = hashlib.sha256(repr(pooling).encode())
    for path in (tokenizer, network):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
