"""What a `config.json` says of quantisation: bitsandbytes' 8 or 4 bits are served, and other quantisers named."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from model.checkpoint.wording import INT4_ORIGINAL, ORIGINAL, one_line, show_path
from model.errors import LoadError

OTHER = (
    f"only bitsandbytes' int8 and int4 are served: take {ORIGINAL} (with QUANT=int4 if memory is short), "
    f"or {INT4_ORIGINAL}"
)

FloatName = Literal["float16", "bfloat16", "float32"]


class BitsAndBytes(msgspec.Struct, frozen=True):
    """The fields of a `quantization_config` that are used."""

    load_in_8bit: bool = False
    load_in_4bit: bool = False
    llm_int8_threshold: float = 6.0
    llm_int8_skip_modules: list[str] | None = None
    llm_int8_has_fp16_weight: Literal[False] = False
    bnb_4bit_compute_dtype: FloatName = "float32"
    bnb_4bit_quant_type: Literal["nf4", "fp4"] = "fp4"
    bnb_4bit_use_double_quant: bool = False
    bnb_4bit_quant_storage: Literal["uint8"] = "uint8"

    @property
    def kind(self) -> str:
        """The one of `QUANTIZATIONS`."""
        return "int4" if self.load_in_4bit else "int8"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as transformers reads them from a `config.json`."""
        return {"quant_method": "bitsandbytes", **msgspec.structs.asdict(self)}


def read_quantization(file: Path, raw: dict[str, Any]) -> BitsAndBytes | None:
    """Return what `file`, read as `raw`, says of quantisation; None where it says nothing. Raises `LoadError`."""
    _refuse_other_fields(file, raw)
    given = raw.get("quantization_config")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise LoadError(f"{show_path(file)} has a quantization_config that is no object: take the file from its origin")
    method = given.get("quant_method") or ("bitsandbytes" if _names_bits(given) else "an unnamed method")
    if method != "bitsandbytes":
        raise LoadError(f"{show_path(file)} says that the weights are quantised by {one_line(method)}; {OTHER}")
    return _convert(file, given)


def _refuse_other_fields(file: Path, raw: dict[str, Any]) -> None:
    """MLX and compressed-tensors have fields of their own."""
    for field, name in (("quantization", "MLX"), ("compression_config", "compressed-tensors")):
        if raw.get(field):
            raise LoadError(f"{show_path(file)} says that the weights are quantised by {name} ({field}); {OTHER}")


def _names_bits(given: dict[str, Any]) -> bool:
    """Older versions of transformers wrote no `quant_method`."""
    return any(given.get(f"load_in_{bits}bit") or given.get(f"_load_in_{bits}bit") for bits in (4, 8))


def _convert(file: Path, given: dict[str, Any]) -> BitsAndBytes:
    fields = {key: _without_torch(value) for key, value in given.items() if value is not None}
    for name in ("load_in_4bit", "load_in_8bit"):
        fields.setdefault(name, given.get(f"_{name}") or False)
    try:
        found: BitsAndBytes = msgspec.convert(fields, BitsAndBytes)
    except msgspec.ValidationError as error:
        raise LoadError(
            f"{show_path(file)} has a wrong quantization_config: {one_line(error)}: take the file from {INT4_ORIGINAL}"
        ) from error
    if found.load_in_4bit == found.load_in_8bit:
        which = "both load_in_4bit and load_in_8bit" if found.load_in_4bit else "neither load_in_4bit nor load_in_8bit"
        raise LoadError(f"{show_path(file)} has a quantization_config with {which}: one of them must be true")
    return found


def _without_torch(value: object) -> object:
    return value.removeprefix("torch.") if isinstance(value, str) else value
