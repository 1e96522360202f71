"""Writing a checkpoint shard by shard, so that little memory is needed, into a folder that appears when it is whole."""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import split_state_dict_into_shards_factory
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from scripts.checkpoints.configuration import make_config, write_configuration
from scripts.checkpoints.layout import Parameter, list_parameters
from scripts.checkpoints.published import write_json
from scripts.checkpoints.quantized import count_quantized_bytes, quantize
from scripts.checkpoints.random_weights import draw
from scripts.checkpoints.recipe import CheckpointError, Recipe
from scripts.checkpoints.tokenizer_files import Vocabulary, write_tokenizer

FULL_FILE_BYTES = 5_000_000_000
"""The most in one file, transformers' own limit when these were saved."""
SMALL_FILE_SHARE = 0.4
"""The most in one file of a small checkpoint, as a share of all: it gives three files."""
SPARE_BYTES = 100_000_000
"""Room for the tokenizer and what the file system needs."""
INDEX = "model.safetensors.index.json"


def write_checkpoint(folder: Path, recipe: Recipe, *, is_quiet: bool = False) -> None:
    """Write a checkpoint; `folder` must be new or empty.

    Prints a line for each file, and on a terminal the progress, unless `is_quiet`.

    Raises `CheckpointError`, and leaves nothing behind where it does or is interrupted.
    """
    vocabulary = Vocabulary(recipe.tokenizer_folder)
    config = make_config(recipe, vocabulary)
    parameters = list_parameters(config)
    _check_room(folder, sum(count_bytes(parameter, recipe) for parameter in parameters))
    with _new_folder(folder) as place:
        write_tokenizer(place, vocabulary)
        write_configuration(place, config, vocabulary)
        _write_weights(place, parameters, recipe, is_quiet=is_quiet)


def count_bytes(parameter: Parameter, recipe: Recipe) -> int:
    """Return the bytes on disk, to within a hundred for each quantised weight."""
    if parameter.is_quantized:
        return count_quantized_bytes(parameter.num_elements, parameter.shape[0], recipe.like)
    return parameter.num_elements * recipe.dtype.itemsize


def split_into_files(parameters: list[Parameter], recipe: Recipe) -> dict[str, list[Parameter]]:
    """Return the parameters of each file, as transformers shares them out: in order, until a file is full."""
    total = sum(count_bytes(parameter, recipe) for parameter in parameters)
    split = split_state_dict_into_shards_factory(
        {parameter.name: parameter for parameter in parameters},
        get_storage_size=lambda parameter: count_bytes(parameter, recipe),
        filename_pattern="model{suffix}.safetensors",
        max_shard_size=FULL_FILE_BYTES if recipe.scale == "full" else int(SMALL_FILE_SHARE * total),
    )
    by_name = {parameter.name: parameter for parameter in parameters}
    return {file: [by_name[name] for name in names] for file, names in split.filename_to_tensors.items()}


def _write_weights(folder: Path, parameters: list[Parameter], recipe: Recipe, *, is_quiet: bool) -> None:
    """Write the files of weights and their index. One file's tensors are in memory at a time."""
    weight_map: dict[str, str] = {}
    total_size = 0
    for file, group in split_into_files(parameters, recipe).items():
        start_s = time.perf_counter()
        tensors = _make_tensors(tqdm(group, desc=file, leave=False, disable=is_quiet or None), recipe)
        num_bytes = sum(tensor.nbytes for tensor in tensors.values())
        save_file(tensors, folder / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(tensors, file)
        total_size += num_bytes
        if not is_quiet:
            took_s = time.perf_counter() - start_s
            print(f"{file}: {len(tensors)} tensors, {num_bytes / 1e6:,.1f} MB, {took_s:.0f} s", flush=True)
        del tensors  # before the next file's are made
    weight_map = dict(sorted(weight_map.items()))
    write_json(folder / INDEX, {"metadata": {"total_size": total_size}, "weight_map": weight_map})


def _make_tensors(parameters: Iterable[Parameter], recipe: Recipe) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for parameter in parameters:
        weight = draw(parameter, recipe.dtype, recipe.seed)
        is_quantized = parameter.is_quantized
        tensors |= quantize(parameter.name, weight, recipe.like) if is_quantized else {parameter.name: weight}
    return tensors


def _check_room(folder: Path, num_bytes: int) -> None:
    """Raise `CheckpointError` where the folder is not new or empty, or the disk has too little room."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise CheckpointError(f"{folder} is already there: delete it, or name another folder")
    place = next(parent for parent in folder.absolute().parents if parent.is_dir())
    free = shutil.disk_usage(place).free
    if free < num_bytes + SPARE_BYTES:
        raise CheckpointError(
            f"the checkpoint takes {num_bytes / 1e9:.1f} GB and {place} has only {free / 1e9:.1f} GB free: "
            "name a folder on another disk"
        )


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """Give a folder beside `folder`, which gets that name in the end, and is deleted after an error or interrupt.

    One that a killed run has left is deleted first.
    """
    place = folder.absolute().with_name(f".{folder.name}.unfinished")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        yield place
        place.replace(folder)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
