"""Reading what turns a request into the model's input: the tokenizer and the image processor of a checkpoint."""

import logging
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from model.checkpoint.json_files import is_there, read_json
from model.checkpoint.wording import ORIGINAL, one_line, show_path
from model.config import MiniCPMVConfig
from model.errors import LoadError
from model.images import ImageProcessor
from model.tokenizer import Tokenizer

logger = logging.getLogger("model.checkpoint")

FILE, NEWER_FILE = "preprocessor_config.json", "processor_config.json"
AS_PUBLISHED = f"take {FILE} from {ORIGINAL}"

MARKS = {
    "im_start": "<image>",
    "im_end": "</image>",
    "slice_start": "<slice>",
    "slice_end": "</slice>",
    "unk": "<unk>",
    "im_id_start": "<image_id>",
    "im_id_end": "</image_id>",
}
"""The tokens around pictures, which the file names and the prompt is built with."""

Half = Annotated[list[float], Meta(min_length=3, max_length=3)]


class Fields(msgspec.Struct, frozen=True):
    """What is used of `preprocessor_config.json`, with the published values."""

    max_slice_nums: Annotated[int, Meta(ge=1, le=1000)] = 9
    scale_resolution: Annotated[int, Meta(ge=14, le=1 << 14)] = 448
    patch_size: Annotated[int, Meta(ge=1, le=1 << 10)] = 14
    use_image_id: bool = True
    image_feature_size: Annotated[int, Meta(ge=1, le=1 << 14)] = 64
    norm_mean: Half = msgspec.field(default_factory=lambda: [0.5] * 3)
    norm_std: Half = msgspec.field(default_factory=lambda: [0.5] * 3)


def read_tokenizer(folder: Path, config: MiniCPMVConfig) -> Tokenizer:
    """Return the tokenizer, where the model has a row for each of its ids. Raises `LoadError`."""
    tokenizer = Tokenizer.from_pretrained(folder)
    if tokenizer.num_ids > config.vocab_size:
        raise LoadError(
            f"the tokenizer has {tokenizer.num_ids} tokens, the model only {config.vocab_size}: take the tokenizer's "
            f"files in {show_path(folder)} from where the weights come from"
        )
    return tokenizer


def read_processor(folder: Path, config: MiniCPMVConfig) -> ImageProcessor:
    """Return the image processor, with the published values where the folder has no file of it.

    Raises `LoadError` where the file is damaged, does not fit `config`, or asks for what the model does not do.
    """
    file, raw = _read_raw(folder)
    if raw is None:
        given = _list_defaults(config)
        logger.warning("%s is missing: pictures are cut as published, %s", show_path(file), given)
        return ImageProcessor(**given)
    fields = _convert(file, raw)
    _refuse_unused(file, raw, fields)
    _check_fits(file, fields, config)
    return ImageProcessor(**msgspec.structs.asdict(fields))


def _read_raw(folder: Path) -> tuple[Path, dict[str, Any] | None]:
    """Return the fields and the file they are in, which transformers 5 calls otherwise; None where there is none."""
    file, newer = folder / FILE, folder / NEWER_FILE
    if not is_there(file) and is_there(newer):
        nested = read_json(newer).get("image_processor")
        if isinstance(nested, dict):
            return newer, nested
    return file, read_json(file) if is_there(file) else None


def _list_defaults(config: MiniCPMVConfig) -> dict[str, Any]:
    slices = (config.slice_config or {}).get("max_slice_nums")
    return {
        "max_slice_nums": slices if type(slices) is int and 1 <= slices <= 1000 else 9,
        "scale_resolution": config.image_size,
        "patch_size": config.vision_config.patch_size,
        "use_image_id": config.use_image_id,
        "image_feature_size": config.query_num,
    }


def _convert(file: Path, raw: dict[str, Any]) -> Fields:
    try:
        return msgspec.convert({key: value for key, value in raw.items() if value is not None}, Fields)
    except msgspec.ValidationError as error:
        what, _, path = str(error).replace("`", "").partition(" - at $.")
        what = what[0].lower() + what[1:]
        raise LoadError(f"{show_path(file)} has a wrong {one_line(path)}: {what}: {AS_PUBLISHED}") from error


def _refuse_unused(file: Path, raw: dict[str, Any], fields: Fields) -> None:
    if {*fields.norm_mean, *fields.norm_std} != {0.5}:
        raise LoadError(
            f"{show_path(file)} says that pixels are normalised by mean {fields.norm_mean} and std {fields.norm_std}; "
            f"the model uses 0.5 for both: {AS_PUBLISHED}"
        )
    if raw.get("slice_mode") is False:
        raise LoadError(f"{show_path(file)} has slice_mode false; the model is served with slices only: {AS_PUBLISHED}")
    for name, mark in MARKS.items():
        if raw.get(name) not in (None, mark):
            raise LoadError(
                f"{show_path(file)} has {name} {one_line(raw[name])}; the model uses {mark}: {AS_PUBLISHED}"
            )


def _check_fits(file: Path, fields: Fields, config: MiniCPMVConfig) -> None:
    for what, one, other in (
        ("tokens a view", fields.image_feature_size, config.query_num),
        ("pixels a patch", fields.patch_size, config.vision_config.patch_size),
    ):
        if one != other:
            raise LoadError(
                f"{show_path(file)} and config.json disagree on {what}: {one} and {other}: take both from one place"
            )
    if fields.scale_resolution > config.image_size:
        raise LoadError(
            f"{show_path(file)} has scale_resolution {fields.scale_resolution}, more than the image_size "
            f"{config.image_size} of config.json: take both from one place"
        )
