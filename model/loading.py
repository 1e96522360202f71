"""`load()`: from the name of a checkpoint to a model that answers. Whatever does not fit is refused."""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from model.chat import ChatModel, ModelInfo
from model.config import MiniCPMVConfig
from model.engine.build import build_engine
from model.engine.engine import Engine
from model.engine.packed_linear import PackedLinear
from model.errors import LoadError, first_line
from model.fingerprint import compute_fingerprint
from model.images import ImageProcessor
from model.minicpmv import MiniCPMV
from model.options import ATTENTIONS, DEMO, DTYPES, EngineOptions
from model.prompt import PromptBuilder
from model.quantization import check_quantized, make_bitsandbytes_config, resolve_quantization
from model.tokenizer import Tokenizer
from model.varlen_attention import attend

DEMO_FOLDER = Path(__file__).parent / "demo"
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
HUB_EXAMPLE = "openbmb/MiniCPM-V-2_6"


def load(
    source: str,
    *,
    dtype: str | None = None,
    quantization: str | None = None,
    device: str | None = None,
    attention: str = "auto",
    engine: EngineOptions | None = None,
) -> ChatModel:
    """Load `demo`, a folder, or a Hub id such as `openbmb/MiniCPM-V-2_6`. Code in a checkpoint is never run.

    `dtype` is one of `DTYPES`, by default bfloat16 on a GPU and float32 on a CPU. `quantization` is one of
    `QUANTIZATIONS` (bitsandbytes; int4 is NF4 with double quantisation, computing in bfloat16); a checkpoint that is
    already quantised loads as it is. `device` is a torch device, by default the GPU where there is one. `attention`
    is one of `ATTENTIONS`; `auto` takes the first that gives right results on the device.

    Raises `LoadError`, with the cause in one line, for anything but a complete MiniCPM-V-2_6 that the device can run.
    """
    folder = _find_folder(source)
    config = _read_config(folder)
    torch_device = _choose_device(device)
    torch_dtype = _choose_dtype(dtype, torch_device)
    vision_kernel = _choose_vision_kernel(attention, torch_device, torch_dtype)
    quantization = resolve_quantization(quantization, config)
    model = _read_weights(folder, config, torch_device, torch_dtype, vision_kernel, quantization)
    builder = PromptBuilder(Tokenizer.from_pretrained(folder), _read_processor(folder))
    _check_parts_fit(config, builder)
    # read before the engine packs weights, which are no longer parameters then
    num_parameters, weight_bytes = model.num_parameters(), model.get_memory_footprint()
    fingerprint = compute_fingerprint(model)
    built = build_engine(model, builder.tokenizer.end_ids, attention, engine or EngineOptions(), salt=source.encode())
    info = ModelInfo(
        source=source,
        device=str(torch_device),
        dtype=str(torch_dtype).removeprefix("torch."),
        quantization=quantization,
        attention=built.runner.kernel.name,
        is_demo=source == DEMO,
        kv_cache_tokens=built.scheduler.pool.capacity,
        decoding=_describe_decoding(built),
        max_model_len=built.max_model_len,
        num_parameters=num_parameters,
        weight_bytes=weight_bytes,
        fingerprint=fingerprint,
    )
    return ChatModel(built, builder, info)


def _describe_decoding(engine: Engine) -> str:
    """Return a phrase for people that says how decode steps run."""
    graphs = engine.runner.graphs
    if graphs is not None:
        return f"decode steps of up to {graphs.buckets[-1]} rows as CUDA graphs"
    is_packed = isinstance(engine.runner.model.llm.lm_head, PackedLinear)
    return "eager decode steps" + (" with packed weights" if is_packed else "")


def _find_folder(source: str) -> str:
    """Return what transformers loads from: a folder, or a Hub id as it is."""
    if source == DEMO:
        return str(DEMO_FOLDER)
    if not (source and Path(source).is_dir()) and not HUB_ID.fullmatch(source):
        raise LoadError(f"{source!r} is neither {DEMO!r}, nor a folder that exists, nor a Hub id such as {HUB_EXAMPLE}")
    return source


def _read_config(folder: str) -> MiniCPMVConfig:
    try:
        raw, _ = MiniCPMVConfig.get_config_dict(folder)
        kind = raw.get("model_type")
        if kind is None:
            raise LoadError(f"{folder} has no config.json that names the type of its model")
        if kind != MiniCPMVConfig.model_type:
            raise LoadError(f"{folder} holds a model of type {kind}, not {MiniCPMVConfig.model_type}")
        config: MiniCPMVConfig = MiniCPMVConfig.from_pretrained(folder)
    except (OSError, ValueError, TypeError) as error:
        raise LoadError(f"no configuration can be read from {folder}: {first_line(error)}") from error
    return config


def _choose_device(name: str | None) -> torch.device:
    if name is None or name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise LoadError(f"{name!r} is not a device; use cpu, cuda or cuda:N") from error
    if device.type not in ("cpu", "cuda"):
        raise LoadError(f"the device {name} is not supported; use cpu, cuda or cuda:N")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise LoadError(f"the device {name} was asked for, but torch {torch.__version__} sees no CUDA device")
    return device


def _choose_dtype(name: str | None, device: torch.device) -> torch.dtype:
    if name is None or name == "auto":
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    if name not in DTYPES:
        raise LoadError(f"the dtype {name!r} is not one of {', '.join(DTYPES)}")
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def _choose_vision_kernel(name: str, device: torch.device, dtype: torch.dtype) -> str:
    """Return the vision tower's attention kernel, by the name that transformers has for it."""
    if name not in ATTENTIONS:
        raise LoadError(f"the attention {name!r} is not one of {', '.join(ATTENTIONS)}")
    if name not in ("auto", "flash_attn"):
        return "sdpa"
    error = _find_flash_error(device, dtype)
    if error is not None and name == "flash_attn":
        raise LoadError(f"flash_attn was asked for, but does not run here: {error}")
    return "sdpa" if error is not None else "flash_attention_2"


def _find_flash_error(device: torch.device, dtype: torch.dtype) -> str | None:
    """Run flash-attn once; return its error, None where it runs."""
    try:
        rows = torch.zeros(16, 2, 64, device=device, dtype=dtype)
        attend(rows, rows, rows, [16], [16], "flash_attention_2")
    except (ImportError, RuntimeError, AssertionError) as error:
        return first_line(error)
    return None


def _read_weights(
    folder: str, config: MiniCPMVConfig, device: torch.device, dtype: torch.dtype, kernel: str, quantization: str
) -> MiniCPMV:
    given: dict[str, Any] = {"dtype": dtype, "attn_implementation": kernel, "device_map": {"": device}}
    if quantization != "none" and getattr(config, "quantization_config", None) is None:
        given["quantization_config"] = make_bitsandbytes_config(quantization)
    try:
        model, report = MiniCPMV.from_pretrained(
            folder, config=config, output_loading_info=True, ignore_mismatched_sizes=True, **given
        )
    except (OSError, ValueError, RuntimeError, ImportError, SafetensorError) as error:
        raise LoadError(f"no weights can be loaded from {folder}: {first_line(error)}") from error
    _check_report(folder, report)
    _check_finite(folder, model)
    check_quantized(model, quantization)
    model.eval().requires_grad_(False)
    loaded: MiniCPMV = model
    return loaded


def _check_report(folder: str, report: dict[str, Any]) -> None:
    """Raise `LoadError`, with the first few names, where the checkpoint's tensors are not exactly the model's."""
    for kind, what in (("missing", "missing"), ("unexpected", "unexpected"), ("mismatched", "of another shape")):
        keys = sorted(key if isinstance(key, str) else key[0] for key in report[f"{kind}_keys"])
        if keys:
            count = "1 tensor is" if len(keys) == 1 else f"{len(keys)} tensors are"
            shown = ", ".join(keys[:3]) + (", ..." if len(keys) > 3 else "")
            raise LoadError(f"the checkpoint in {folder} is damaged or not MiniCPM-V-2_6: {count} {what} ({shown})")


def _check_finite(folder: str, model: MiniCPMV) -> None:
    for name, parameter in model.named_parameters():
        if parameter.is_floating_point() and not all(bound.isfinite() for bound in parameter.aminmax()):
            raise LoadError(f"the checkpoint in {folder} is damaged: {name} holds infinite or undefined numbers")


def _read_processor(folder: str) -> ImageProcessor:
    try:
        processor: ImageProcessor = ImageProcessor.from_pretrained(folder)
    except (OSError, ValueError, TypeError) as error:
        raise LoadError(f"no image processor can be read from {folder}: {first_line(error)}") from error
    return processor


def _check_parts_fit(config: MiniCPMVConfig, builder: PromptBuilder) -> None:
    processor, tokenizer = builder.processor, builder.tokenizer
    for what, one, other in (
        ("tokens a view", processor.image_feature_size, config.query_num),
        ("pixels a patch", processor.patch_size, config.vision_config.patch_size),
    ):
        if one != other:
            raise LoadError(f"preprocessor_config.json and config.json disagree on {what}: {one} and {other}")
    if tokenizer.vocab_size > config.vocab_size:
        raise LoadError(f"the tokenizer has {tokenizer.vocab_size} tokens, the model only {config.vocab_size}")
