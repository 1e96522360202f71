"""Reading `config.json`: every field that is used has a type and bounds, and what is not used cannot do harm."""

import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from model.checkpoint.json_files import read_json
from model.checkpoint.other_models import name_other_model, read_version
from model.checkpoint.wording import ORIGINAL, one_line, show_path
from model.config import PUBLISHED_VISION, MiniCPMVConfig
from model.errors import LoadError

CONFIG = "config.json"
AS_PUBLISHED = f"take {CONFIG} from {ORIGINAL}, or from where the weights come from"

Width = Annotated[int, Meta(ge=1, le=1 << 18)]
Layers = Annotated[int, Meta(ge=1, le=1024)]
Rows = Annotated[int, Meta(ge=1, le=1 << 24)]
TokenId = Annotated[int, Meta(ge=0, le=1 << 31)]
Epsilon = Annotated[float, Meta(gt=0, lt=1)]


class VisionFields(msgspec.Struct, frozen=True):
    """What is used of `vision_config`."""

    hidden_size: Width
    image_size: Annotated[int, Meta(ge=1, le=1 << 14)]
    intermediate_size: Width
    num_attention_heads: Width
    num_hidden_layers: Layers
    patch_size: Annotated[int, Meta(ge=1, le=1 << 10)]
    layer_norm_eps: Epsilon = 1e-6


class Fields(msgspec.Struct, frozen=True):
    """What is used of `config.json`. A field without a default has none that would suit every fine-tune."""

    hidden_size: Width
    intermediate_size: Width
    num_attention_heads: Width
    num_hidden_layers: Layers
    num_key_value_heads: Width
    vocab_size: Rows
    max_position_embeddings: Rows = 32768
    rms_norm_eps: Epsilon = 1e-6
    tie_word_embeddings: bool = False
    bos_token_id: TokenId | None = None
    eos_token_id: TokenId | list[TokenId] | None = None
    image_size: Annotated[int, Meta(ge=1, le=1 << 14)] = 448
    patch_size: Annotated[int, Meta(ge=1, le=1 << 10)] = 14
    query_num: Annotated[int, Meta(ge=1, le=1 << 14)] = 64
    slice_mode: bool = True
    use_image_id: bool = True
    vision_batch_size: Annotated[int, Meta(ge=1, le=1 << 14)] = 16
    drop_vision_last_layer: bool = False
    batch_vision_input: bool = True
    slice_config: dict[str, Any] | None = None


class Rope(msgspec.Struct, frozen=True):
    """What is used of the rotary positions, wherever they are written."""

    rope_theta: Annotated[float, Meta(gt=1, lt=1e12)]


def read_raw_config(folder: Path) -> dict[str, Any]:
    """Return what `config.json` holds, where it is of MiniCPM-V-2_6. Raises `LoadError`, which names other models."""
    raw = read_json(folder / CONFIG)
    other = name_other_model(raw)
    if other is not None:
        raise LoadError(
            f"{show_path(folder)} holds {other}; only MiniCPM-V-2_6 is served: "
            f"take {ORIGINAL}, {ORIGINAL}-int4, or a fine-tune of it"
        )
    return raw


def make_config(file: Path, raw: dict[str, Any]) -> MiniCPMVConfig:
    """Return the configuration with the fields of `file` that are used, and no others.

    Raises `LoadError` for a value of another type or out of bounds, and for what the model would have to do otherwise.
    """
    given = {key: value for key, value in raw.items() if value is not None}
    fields = _convert(file, given, Fields, "")
    vision = _convert(file, _read_vision(file, raw), VisionFields, "vision_config.")
    theta = _read_theta(file, raw)
    _check_divisible(file, fields, vision)
    _refuse_unused(file, raw)
    return MiniCPMVConfig(
        version=read_version(raw) or "2.6",
        architectures=["MiniCPMV"],
        rope_parameters={"rope_type": "default", "rope_theta": theta},
        vision_config=msgspec.structs.asdict(vision),
        **msgspec.structs.asdict(fields),
    )


def _convert(file: Path, raw: dict[str, Any], kind: type[Any], prefix: str) -> Any:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$.")
        missing = re.fullmatch("Object missing required field `(.+)`", what)
        if missing:
            raise LoadError(f"{show_path(file)} has no {prefix}{missing[1]}: {AS_PUBLISHED}") from error
        where = one_line(prefix + path.rstrip("`")) if path else "its values"
        what = what[0].lower() + what[1:].replace("`", "")
        raise LoadError(f"{show_path(file)} has a wrong {where}: {what}: {AS_PUBLISHED}") from error


def _read_vision(file: Path, raw: dict[str, Any]) -> dict[str, Any]:
    """Return the vision part, the published one where there is none, as the makers' own code does."""
    vision = raw.get("vision_config")
    if vision is None:
        return dict(PUBLISHED_VISION)
    if not isinstance(vision, dict):
        raise LoadError(f"{show_path(file)} has a wrong vision_config: expected an object: {AS_PUBLISHED}")
    activation = vision.get("hidden_act")
    if activation not in (None, "gelu_pytorch_tanh"):
        _refuse(file, "vision_config.hidden_act", activation, "gelu_pytorch_tanh")
    return {key: value for key, value in vision.items() if value is not None}


def _read_theta(file: Path, raw: dict[str, Any]) -> float:
    """Return the base of the rotary positions, at the top or as transformers 5 writes it. Refuses scaled positions."""
    given = [raw["rope_theta"]] if raw.get("rope_theta") is not None else []
    for name in ("rope_parameters", "rope_scaling"):
        rope = raw.get(name)
        if rope is None:
            continue
        if not isinstance(rope, dict):
            raise LoadError(f"{show_path(file)} has a wrong {name}: expected an object: {AS_PUBLISHED}")
        _check_rope(file, name, rope)
        given += [rope["rope_theta"]] if rope.get("rope_theta") is not None else []
    found = {_convert(file, {"rope_theta": theta}, Rope, "").rope_theta for theta in given}
    if len(found) != 1:
        what = "has no rope_theta" if not found else "has a rope_theta that differs from the one in rope_parameters"
        raise LoadError(f"{show_path(file)} {what}, on which every answer depends: {AS_PUBLISHED}")
    theta: float = found.pop()
    return theta


def _check_rope(file: Path, name: str, rope: dict[str, Any]) -> None:
    kinds = {str(rope.get(key) or "default") for key in ("rope_type", "type")}
    extra = sorted(rope.keys() - {"rope_type", "type", "rope_theta"})
    is_whole = rope.get("partial_rotary_factor") in (None, 1)
    if kinds != {"default"} or not is_whole or set(extra) - {"partial_rotary_factor"}:
        what = ", ".join(f"{key} {value}" for key, value in rope.items())
        raise LoadError(
            f"{show_path(file)} asks for {name} ({one_line(what)}), which is not served, and without it the answers "
            f"would differ: set it to null if the model was trained without it"
        )


def _check_divisible(file: Path, fields: Fields, vision: VisionFields) -> None:
    pairs = (
        ("hidden_size", fields.hidden_size, "num_attention_heads", fields.num_attention_heads),
        ("num_attention_heads", fields.num_attention_heads, "num_key_value_heads", fields.num_key_value_heads),
        ("vision_config.hidden_size", vision.hidden_size, "its num_attention_heads", vision.num_attention_heads),
        ("hidden_size", fields.hidden_size, "the heads of the resampler", max(fields.hidden_size // 128, 1)),
    )
    for whole, size, part, number in pairs:
        if size % number:
            raise LoadError(
                f"{show_path(file)} has {whole} {size}, which {part}, {number}, do not divide: {AS_PUBLISHED}"
            )
    if fields.hidden_size % 4 or fields.hidden_size // fields.num_attention_heads % 2:
        raise LoadError(f"{show_path(file)} has an odd hidden_size {fields.hidden_size} for its heads: {AS_PUBLISHED}")
    if vision.image_size < vision.patch_size:
        raise LoadError(f"{show_path(file)} has a vision_config.image_size smaller than its patch_size: {AS_PUBLISHED}")


def _refuse_unused(file: Path, raw: dict[str, Any]) -> None:
    """Refuse what would change every answer if it were passed over."""
    if raw.get("hidden_act") not in (None, "silu"):
        _refuse(file, "hidden_act", raw["hidden_act"], "silu")
    if raw.get("drop_vision_last_layer"):
        _refuse(file, "drop_vision_last_layer", "true", "every vision layer")
    if raw.get("slice_mode") is False:
        _refuse(file, "slice_mode", "false", "slices")
    layers, size = raw.get("num_hidden_layers", 0), raw.get("head_dim")
    if size is not None and size != raw["hidden_size"] // raw["num_attention_heads"]:
        _refuse(file, "head_dim", size, "hidden_size divided by num_attention_heads")
    first = raw.get("max_window_layers")
    if raw.get("use_sliding_window") and not (isinstance(first, int) and first >= layers):
        _refuse(file, "use_sliding_window", "true", "full attention in every layer")
    kinds = raw.get("layer_types")
    if kinds is not None and (not isinstance(kinds, list) or any(kind != "full_attention" for kind in kinds)):
        _refuse(file, "layer_types", kinds, "full attention in every layer")


def _refuse(file: Path, field: str, value: object, used: str) -> None:
    raise LoadError(f"{show_path(file)} has {field} {one_line(value)}; MiniCPM-V-2_6 uses {used}: {AS_PUBLISHED}")
