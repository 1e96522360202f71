"""The name of the model that a configuration belongs to, for those who took another one than MiniCPM-V-2_6."""

from typing import Any

from model.checkpoint.wording import one_line

MODEL_TYPE = "minicpmv"
VERSION = "2.6"

VERSIONS = {
    (MODEL_TYPE, "1.0"): "MiniCPM-V",
    (MODEL_TYPE, "2.0"): "MiniCPM-V-2",
    (MODEL_TYPE, "2.5"): "MiniCPM-Llama3-V-2_5",
    (MODEL_TYPE, "4.0"): "MiniCPM-V-4",
    (MODEL_TYPE, "4.5"): "MiniCPM-V-4_5",
    ("minicpmo", "2.6"): "MiniCPM-o-2_6",
    ("minicpmo", "4.5"): "MiniCPM-o-4_5",
}
TYPES = {
    "minicpmo": "MiniCPM-o",
    "minicpmv4_6": "MiniCPM-V-4_6",
    "minicpmv4_7": "MiniCPM-V-4_7",
    "minicpm": "MiniCPM, a language model",
    "minicpm3": "MiniCPM3, a language model",
    "minicpm_ocr": "MiniCPM-OCR",
    "omnilmm": "OmniLMM",
    "qwen2": "Qwen2, a language model without vision",
    "qwen2_vl": "Qwen2-VL",
    "qwen2_5_vl": "Qwen2.5-VL",
}
"""Names of OpenBMB's models, and of those that people try in their place, by the `model_type` of `config.json`."""


def name_other_model(raw: dict[str, Any]) -> str | None:
    """Return what a `config.json` belongs to; None for MiniCPM-V-2_6.

    Configurations of MiniCPM-V before 2.5 have no version, so other fields tell them apart.
    """
    kind, version = raw.get("model_type"), read_version(raw)
    if not isinstance(kind, str) or not kind:
        return "a model of no type (config.json has no model_type)"
    if kind == MODEL_TYPE and version is None:
        return _name_without_version(raw)
    if kind == MODEL_TYPE and version == VERSION:
        return None
    name = VERSIONS.get((kind, version or "")) or TYPES.get(kind)
    if name is None and kind == MODEL_TYPE:
        return f"MiniCPM-V of version {one_line(version)}"
    if name is None:
        return f"a model of type {one_line(kind)}"
    return f"{name} (type {kind}{f', version {one_line(version)}' if version else ''})"


def read_version(raw: dict[str, Any]) -> str | None:
    """Return the version as OpenBMB writes it, such as 2.6 or 4.0, whether it is a number or text; None without."""
    version = raw.get("version")
    if version is None:
        return None
    text = str(version).strip()
    return f"{text}.0" if text.isdigit() else text


def _name_without_version(raw: dict[str, Any]) -> str | None:
    """Tell by the encoder's name, which MiniCPM-V and -V-2 have, and by slices, which came with -V-2."""
    if "vision_encoder" in raw or "scale_emb" in raw:
        return "MiniCPM-V-2 (MiniCPM-V-2_0)" if raw.get("slice_mode") else "MiniCPM-V (1.0)"
    is_llama = raw.get("vocab_size") == 128256 or raw.get("query_num") == 96
    return "MiniCPM-Llama3-V-2_5" if is_llama else None
