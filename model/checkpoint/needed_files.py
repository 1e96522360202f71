"""Which files a checkpoint needs, of a repository's, and which of them a folder lacks."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from model.checkpoint.download_record import read_record

SMALL = ("*.json", "merges.txt", "vocab.txt", "*.model", "*.jinja")
SAFETENSORS = ("*.safetensors",)
PICKLED = ("pytorch_model*.bin", "adapter_model*.bin")
TOKENIZER = (("tokenizer.json",), ("vocab.json", "merges.txt"))
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
SHARD = re.compile(r".+-\d+-of-\d+\.(safetensors|bin)")


def choose_names(names: Iterable[str]) -> list[str]:
    """Return the files to fetch, small ones first: configuration, tokenizer and weights, and code never.

    Pickled weights (.bin) are taken only where there are no safetensors. Files in folders are not a checkpoint's.
    """
    names = [name for name in names if not re.search(r"[/\\]", name)]
    small = _matching(names, SMALL)
    return small + (_matching(names, SAFETENSORS) or _matching(names, PICKLED))


def is_weights(name: str) -> bool:
    return bool(_matching([name], SAFETENSORS + PICKLED))


def find_missing(folder: Path) -> list[str]:
    """Return the files that a downloaded folder lacks, empty where it is complete.

    What was recorded at the download decides, else what the index of the weights and every MiniCPM-V-2_6 needs.
    """
    record = read_record(folder)
    if record is not None:
        return [file.name for file in record.files if not _has_size(folder / file.name, file.size)]
    needed = ["config.json", "preprocessor_config.json", *_needed_tokenizer(folder), *_needed_weights(folder)]
    return [name for name in needed if not _has_content(folder / name)]


def find_missing_shards(folder: Path, names: Iterable[str]) -> list[str]:
    """Return the shards that the folder's index names and `names` lack."""
    present = set(names)
    return [name for name in _read_shards(folder) or () if name not in present]


def _needed_tokenizer(folder: Path) -> tuple[str, ...]:
    whole = (files for files in TOKENIZER if all(_has_content(folder / name) for name in files))
    return next(whole, TOKENIZER[0])


def _needed_weights(folder: Path) -> list[str]:
    shards = _read_shards(folder)
    if shards is not None:
        return shards
    found = [file.name for file in folder.iterdir() if is_weights(file.name)] if folder.is_dir() else []
    if not found:
        return ["model.safetensors"]
    sharded = [name for name in found if SHARD.fullmatch(name)]
    return [INDEXES[0] if sharded[0].endswith("safetensors") else INDEXES[1]] if sharded else found


def _read_shards(folder: Path) -> list[str] | None:
    """Return the shards that the index names; None without an index, the index itself where it cannot be read."""
    for name in INDEXES:
        if (folder / name).exists():
            try:
                shards = json.loads((folder / name).read_bytes())["weight_map"].values()
                return sorted({str(shard) for shard in shards})
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                return [f"a readable {name}"]
    return None


def _matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def _has_size(file: Path, size: int) -> bool:
    return file.is_file() and file.stat().st_size == size


def _has_content(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0
