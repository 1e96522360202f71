"""What tensors of other names tell: a wrapper's prefix, an adapter that is not merged, half of a model."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from model.checkpoint.layout import EMBEDDING, FINAL_NORM, HEAD, QUERY, VISION_NORM
from model.checkpoint.wording import ORIGINAL, list_names, one_line, show_path
from model.errors import LoadError

ADAPTER = re.compile(
    r"\.lora_|^lora_|\.base_layer\.|modules_to_save|original_module|\.ia3_|prompt_encoder|\.hada_|\.oft_"
)
WRAPPERS = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")
"""What `torch.compile`, FSDP and activation checkpointing put into the names, wherever they wrap."""

LANDMARKS = (FINAL_NORM, EMBEDDING, VISION_NORM, QUERY, "llm.model.layers.0.input_layernorm.weight")
MERGE = (
    "merge it first: merge_and_unload() of peft, `swift export --merge_lora true` of ms-swift or "
    "`llamafactory-cli export` of LLaMA-Factory"
)
UNWRAP = "save the model that is wrapped inside, so that the names begin with llm., vpm. and resampler."
WHOLE = f"take the whole model, as {ORIGINAL}, or put this part into it and save it with save_pretrained"


def check_names(folder: Path, names: Collection[str]) -> None:
    """Raise `LoadError` where the names show what these weights are, if not the weights of a whole MiniCPM-V-2_6."""
    adapters = [name for name in names if ADAPTER.search(name)]
    if adapters:
        raise LoadError(f"the weights in {show_path(folder)} hold an adapter ({list_names(adapters)}): {MERGE}")
    _refuse_wrappers(folder, names)
    _refuse_parts(folder, names)


def _refuse_wrappers(folder: Path, names: Collection[str]) -> None:
    for wrapper in WRAPPERS:
        wrapped = [name for name in names if wrapper in name]
        if wrapped:
            raise LoadError(
                f"the names of tensors in {show_path(folder)} hold {wrapper} ({list_names(wrapped)}): {UNWRAP}"
            )
    prefixes = {name.removesuffix(end) for name in names for end in LANDMARKS if name.endswith(f".{end}")}
    if prefixes and not set(LANDMARKS) & set(names):
        found = list_names(repr(one_line(prefix)) for prefix in prefixes)
        raise LoadError(f"the names of tensors in {show_path(folder)} begin with {found}, as in a wrapper: {UNWRAP}")


def _refuse_parts(folder: Path, names: Collection[str]) -> None:
    parts = {part for part in ("llm.", "vpm.", "resampler.") if _have(names, part)}
    if not parts and (_have(names, "model.layers.") or _have(names, "transformer.")):
        raise LoadError(f"{show_path(folder)} holds only a language model, without the vision part: {WHOLE}")
    if parts == {"llm."}:
        raise LoadError(
            f"{show_path(folder)} holds only the language model (llm.), without vpm. and resampler.: {WHOLE}"
        )
    if parts and "llm." not in parts:
        only = " and ".join(sorted(parts))
        raise LoadError(f"{show_path(folder)} holds only the vision part ({only}), without the language model: {WHOLE}")


def _have(names: Iterable[str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in names)


def check_head(folder: Path, names: Collection[str], is_tied: bool) -> None:
    """Raise `LoadError` where the head is missing and must not be the embeddings."""
    if HEAD not in names and EMBEDDING in names and not is_tied:
        raise LoadError(
            f"the weights in {show_path(folder)} lack {HEAD}, and tie_word_embeddings is false in config.json: "
            f"export the model again with its head, or set the field to true if it was trained with tied embeddings"
        )
