"""The names, types and shapes of a checkpoint's tensors, from the headers of its files: no weight is read."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from model.checkpoint.json_files import AGAIN, is_there, read_json
from model.checkpoint.pickled import read_pickled
from model.checkpoint.safetensors_header import TensorInfo, read_header
from model.checkpoint.wording import list_names, one_line, show_path
from model.errors import LoadError

__all__ = ["TensorInfo", "find_weight_files", "read_tensor_infos"]

SAFETENSORS, PICKLED = "model.safetensors", "pytorch_model.bin"
INDEX = ".index.json"
PARTIAL = (".incomplete", ".aria2", ".part", ".crdownload", ".tmp", ".download")
"""The endings that programs give to files that they have not finished."""


def find_weight_files(folder: Path) -> list[Path]:
    """Return the files that hold the weights, those that transformers takes first; empty where there are none.

    Raises `LoadError` where an index is damaged or names files that are missing.
    """
    for name in (SAFETENSORS, PICKLED):
        if is_there(folder / name):
            return [folder / name]
        if is_there(index := folder / f"{name}{INDEX}"):
            return [folder / shard for shard in sorted(set(_read_index(index).values()))]
    return []


def read_tensor_infos(folder: Path) -> dict[str, TensorInfo]:
    """Return the tensors of all files of a folder by name; empty where it has no weights.

    Raises `LoadError` where a file is missing, cut off or damaged, and where the index does not fit the files.
    """
    found: dict[str, TensorInfo] = {}
    for file in find_weight_files(folder):
        for name, info in _read_file(file).items():
            if name in found:
                both = f"both in {show_path(found[name].file)} and in {show_path(file.name)}"
                raise LoadError(f"{one_line(name)} is {both} of {show_path(folder)}: {AGAIN}")
            found[name] = info
    _check_index(folder, found)
    return found


def _read_file(file: Path) -> dict[str, TensorInfo]:
    return read_pickled(file) if file.suffix == ".bin" else read_header(file)


def _read_index(file: Path) -> dict[str, str]:
    index = read_json(file)
    shards = index.get("weight_map")
    if not isinstance(shards, dict) or not shards or not all(isinstance(shard, str) for shard in shards.values()):
        raise LoadError(f"{show_path(file)} has no weight_map with the file of each tensor: {AGAIN}")
    if not isinstance(index.get("metadata"), dict):  # transformers does not load without
        raise LoadError(
            f'{show_path(file)} has no object called metadata: write "metadata": {{}} beside its weight_map'
        )
    outside = next((shard for shard in shards.values() if not _is_name(shard)), None)
    if outside is not None:
        raise LoadError(
            f"{show_path(file)} names {one_line(outside)!r}, which is no file of weights in its folder: {AGAIN}"
        )
    _check_shards(file, set(shards.values()))
    return shards


def _is_name(shard: str) -> bool:
    is_plain = shard.isprintable() and PurePosixPath(shard).name == shard and "\\" not in shard
    return is_plain and shard.endswith((".safetensors", ".bin"))


def _check_shards(index: Path, shards: set[str]) -> None:
    missing = [shard for shard in shards if not is_there(index.parent / shard)]
    if missing:
        count = f"{len(missing)} of the {len(shards)} files that {index.name} names"
        raise LoadError(
            f"{show_path(index.parent)} lacks {count} ({list_names(missing)}){_find_partial(index.parent)}: {AGAIN}"
        )


def _find_partial(folder: Path) -> str:
    """Return words for an unfinished download in the folder, none where there is no trace of one."""
    partial = sorted(file.name for file in folder.iterdir() if file.name.endswith(PARTIAL))
    return f", and {one_line(partial[0])} is an unfinished download" if partial else ""


def _check_index(folder: Path, found: dict[str, TensorInfo]) -> None:
    """Raise `LoadError` where the index that was used does not place the tensors as the files do."""
    for name in (SAFETENSORS, PICKLED):
        if is_there(folder / name):
            return
        if is_there(index := folder / f"{name}{INDEX}"):
            places = _read_index(index)
            _refuse_places(
                index, [key for key, shard in places.items() if key not in found or found[key].file != shard]
            )
            _refuse_places(index, found.keys() - places.keys())
            return


def _refuse_places(index: Path, names: Iterable[str]) -> None:
    wrong = list(names)
    if wrong:
        raise LoadError(
            f"{show_path(index)} and the files beside it disagree on where {list_names(wrong)} lies: "
            f"get the index and all weights from one place again"
        )
