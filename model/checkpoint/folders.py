"""What a folder without a configuration or without weights holds instead, and which folder or command helps."""

import re
from collections.abc import Iterable
from pathlib import Path

from model.checkpoint.json_files import AGAIN, read_json
from model.checkpoint.tensor_names import MERGE
from model.checkpoint.tensors import PARTIAL
from model.checkpoint.wording import ORIGINAL, list_names, one_line, show_path
from model.errors import LoadError

CONFIG = "config.json"
ADAPTERS = ("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin", "vpm_resampler_embedtokens.pt")
TRAINING = ("optimizer.pt", "optimizer.bin", "trainer_state.json", "training_args.bin", "scheduler.pt", "latest")
FORMATS = {
    ".gguf": "GGUF, the format of llama.cpp",
    ".onnx": "ONNX",
    ".rkllm": "RKLLM",
    ".mlmodel": "Core ML",
    ".mlpackage": "Core ML",
    ".engine": "TensorRT",
    ".h5": "TensorFlow",
    ".msgpack": "Flax",
    ".npz": "MLX or numpy",
    ".xml": "OpenVINO",
    ".ckpt": "PyTorch Lightning",
    ".pth": "plain PyTorch",
    ".pt": "plain PyTorch",
}
CHECKPOINT = re.compile(r"checkpoint-(\d+)")
SHARD = re.compile(r"(?:model|pytorch_model)-\d+-of-\d+\.(?:safetensors|bin)")
SAFETENSORS = f"the safetensors of {ORIGINAL} or of a fine-tune are needed"


def list_folder(folder: Path) -> list[str]:
    """Return the names in a folder. Raises `LoadError` where it is none, or may not be read."""
    shown = show_path(folder)
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except NotADirectoryError as error:
        raise LoadError(_explain_file(folder)) from error
    except FileNotFoundError as error:
        target = f"a link to {show_path(folder.readlink())}, which is not there" if folder.is_symlink() else "not there"
        raise LoadError(f"{shown} is {target}: give the folder that holds the model's config.json") from error
    except PermissionError as error:
        raise LoadError(f"{shown} may not be read: give this user the permission, as with chmod") from error
    except (OSError, ValueError) as error:
        raise LoadError(f"{shown} cannot be read ({one_line(error)}): check the path and the disk") from error


def check_adapters(folder: Path, names: Iterable[str]) -> None:
    """Raise `LoadError` where a folder holds an adapter, alone or beside weights: it would have to be applied."""
    found = [name for name in ADAPTERS if name in set(names)]
    if not found:
        return
    base = ""
    if found[0] == ADAPTERS[0]:
        given = read_json(folder / ADAPTERS[0]).get("base_model_name_or_path")
        base = f" of {one_line(given)}" if isinstance(given, str) and given else ""
    raise LoadError(
        f"{show_path(folder)} holds an adapter{base} ({', '.join(found)}), which is not served by itself: {MERGE}, and "
        f"serve the folder that this writes (without the adapter's files)"
    )


def explain_missing(folder: Path, names: list[str], missing: str) -> str:
    """Return a sentence for a folder that lacks `missing`: its configuration or its weights."""
    shown = show_path(folder)
    if not names:
        return f"{shown} is empty: {AGAIN}"
    for explain in (
        _explain_cache,
        _explain_sharded,
        _explain_training,
        _explain_shards,
        _explain_format,
        _explain_parent,
    ):
        sentence = explain(folder, names)
        if sentence is not None:
            return f"{shown} has no {missing}, but {sentence}"
    return f"{shown} has no {missing}: {AGAIN}"


def _explain_cache(folder: Path, names: list[str]) -> str | None:
    """The cache of huggingface_hub: `models--OWNER--NAME/snapshots/COMMIT`."""
    repositories = [name for name in names if name.startswith("models--")]
    places = [folder / name / "snapshots" for name in repositories] + [folder / "snapshots"]
    snapshots = [snapshot for place in places if place.is_dir() for snapshot in sorted(place.iterdir())]
    whole = [snapshot for snapshot in snapshots if (snapshot / CONFIG).exists()]
    if whole:
        return f"is a cache of the Hub: give the snapshot in it, {show_path(whole[-1])}"
    if snapshots or repositories or {"blobs", "refs"} <= set(names):
        return f"is a cache of the Hub without a whole snapshot: {AGAIN}"
    return None


def _explain_sharded(_: Path, names: list[str]) -> str | None:
    """Weights as DeepSpeed and FSDP spread them over processes."""
    if any(name.startswith("pytorch_model_fsdp") or name.endswith(".distcp") for name in names):
        return "holds the shards of FSDP: make whole weights with `accelerate merge-weights FOLDER OUTPUT`"
    steps = [name for name in names if re.match(r"global_step\d+|zero_to_fp32\.py|.*zero_pp_rank_|mp_rank_", name)]
    if steps:
        return (
            f"holds the shards of DeepSpeed ({list_names(steps)}): make whole weights with `python zero_to_fp32.py . .`"
        )
    return None


def _explain_training(folder: Path, names: list[str]) -> str | None:
    steps = sorted((int(step[1]), name) for name in names if (step := CHECKPOINT.fullmatch(name)))
    if steps:
        return f"holds the checkpoints of a training: give one of them, such as {show_path(folder / steps[-1][1])}"
    found = [name for name in names if name in TRAINING or name.startswith("rng_state")]
    if found:
        return f"holds the state of a training ({list_names(found)}): give the folder that the training exported"
    return None


def _explain_shards(_: Path, names: list[str]) -> str | None:
    partial = [name for name in names if name.endswith(PARTIAL)]
    if partial:
        return f"holds an unfinished download ({list_names(partial)}): start it again"
    shards = [name for name in names if SHARD.fullmatch(name)]
    if shards:
        index = f"{shards[0].split('-')[0]}.{shards[0].rpartition('.')[2]}.index.json"
        return f"holds parts of them ({list_names(shards)}) and no {index}: {AGAIN}"
    others = [name for name in names if name.endswith(".safetensors")]
    if others:
        return f"holds {list_names(others)}: rename the file to model.safetensors if it holds the whole model"
    return None


def _explain_format(_: Path, names: list[str]) -> str | None:
    for ending, name in FORMATS.items():
        found = [file for file in names if file.lower().endswith(ending)]
        if found:
            return f"holds {name} ({list_names(found)}), which is not served: {SAFETENSORS}"
    return None


def _explain_parent(folder: Path, names: list[str]) -> str | None:
    found = [folder / name for name in names if (folder / name / CONFIG).exists()]
    if len(found) == 1:
        return f"holds the folder {show_path(found[0])}, which has one: give that folder"
    return f"holds folders that have one: give one of them, such as {show_path(found[0])}" if found else None


def _explain_file(file: Path) -> str:
    name = FORMATS.get(file.suffix.lower())
    if name is not None:
        return f"{show_path(file)} is a file of {name}, which is not served: {SAFETENSORS}"
    return f"{show_path(file)} is a file: give the folder that holds the model's config.json and weights"
