"""`load()`: from the name of a checkpoint to a model that answers. Whatever does not fit is refused."""

import logging

import torch

from model.chat import ChatModel, ModelInfo
from model.checkpoint.inspect import Checkpoint, inspect_checkpoint
from model.checkpoint.preprocessing import read_processor, read_tokenizer
from model.checkpoint.source import DEMO_FOLDER, find_checkpoint
from model.checkpoint.weights import read_weights
from model.engine.build import build_engine
from model.engine.engine import Engine
from model.engine.packed_linear import PackedLinear
from model.errors import LoadError, first_line
from model.fingerprint import compute_fingerprint
from model.memory import describe_gpus
from model.memory_check import MemoryNeeds, check_memory
from model.options import ATTENTIONS, DEMO, DTYPES, EngineOptions
from model.out_of_memory import explain_out_of_memory, suggest_smaller
from model.prompt import PromptBuilder
from model.quantization import resolve_quantization
from model.varlen_attention import attend
from model.warm_up import warm_up
from model.weight_bytes import StoredTensor

__all__ = ["DEMO_FOLDER", "load"]

logger = logging.getLogger(__name__)


def load(
    source: str,
    *,
    dtype: str | None = None,
    quantization: str | None = None,
    device: str | None = None,
    attention: str = "auto",
    engine: EngineOptions | None = None,
    revision: str | None = None,
) -> ChatModel:
    """Load `demo`, a folder, or a Hub id such as `openbmb/MiniCPM-V-2_6`. Code in a checkpoint is never run.

    `dtype` is one of `DTYPES`, by default bfloat16 on a GPU and float32 on a CPU. `quantization` is one of
    `QUANTIZATIONS` (bitsandbytes; int4 is NF4 with double quantisation); a checkpoint that is already quantised loads
    as it is. `device` is a torch device, by default the GPU where there is one. `attention` is one of `ATTENTIONS`;
    `auto` takes the first that gives right results on the device. `revision` is a branch, tag or commit of the Hub's
    repository.

    Raises `LoadError`, with the cause in one line, for anything but a complete MiniCPM-V-2_6 that the device can run.
    """
    try:
        return _load(source, dtype, quantization, device, attention, engine or EngineOptions(), revision)
    except LoadError:
        raise
    except Exception as error:  # whatever a library raises over a file, which then has one sentence too
        logger.debug("loading %s failed", source, exc_info=True)
        raise LoadError(f"{source} cannot be loaded: {type(error).__name__}: {first_line(error)}") from error


def _load(
    source: str,
    dtype: str | None,
    quantization: str | None,
    device: str | None,
    attention: str,
    options: EngineOptions,
    revision: str | None,
) -> ChatModel:
    torch_device = _choose_device(device)
    torch_dtype = _choose_dtype(dtype, torch_device)
    vision_kernel = _choose_vision_kernel(attention, torch_device, torch_dtype)
    checkpoint = inspect_checkpoint(find_checkpoint(source, revision))
    quantization = resolve_quantization(quantization, checkpoint.quantization)
    folder, config = checkpoint.folder, checkpoint.config
    builder = PromptBuilder(read_tokenizer(folder, config), read_processor(folder, config))
    if gpus := describe_gpus(torch_device):
        logger.info("%s", gpus)
    dtype_name = str(torch_dtype).removeprefix("torch.")
    check_memory(source, _list_needs(checkpoint, torch_device, options), dtype_name, quantization, torch_device)
    remedy = suggest_smaller(dtype_name, quantization, checkpoint.quantization, options)
    with explain_out_of_memory("reading weights", remedy, torch_device):
        model = read_weights(checkpoint, torch_device, torch_dtype, vision_kernel, quantization)
    # read before the engine packs weights, which are no longer parameters then
    num_parameters, weight_bytes = model.num_parameters(), model.get_memory_footprint()
    fingerprint = compute_fingerprint(model)
    with explain_out_of_memory("building the engine", remedy, torch_device):
        built = build_engine(model, builder.tokenizer.end_ids, attention, options, salt=source.encode())
    info = ModelInfo(
        source=source,
        device=str(torch_device),
        dtype=dtype_name,
        quantization=quantization,
        attention=built.runner.kernel.name,
        is_demo=source == DEMO,
        kv_cache_tokens=built.scheduler.pool.capacity,
        decoding=_describe_decoding(built),
        max_model_len=built.max_model_len,
        num_parameters=num_parameters,
        weight_bytes=weight_bytes,
        fingerprint=fingerprint,
        other_gpus=gpus or "",
    )
    loaded = ChatModel(built, builder, info)
    with explain_out_of_memory("answering for the first time", remedy, torch_device):
        warm_up(loaded)
    return loaded


def _list_needs(checkpoint: Checkpoint, device: torch.device, options: EngineOptions) -> MemoryNeeds:
    tensors = [
        StoredTensor(name, info.dtype, info.shape)
        for name, info in checkpoint.tensors.items()
        if name not in checkpoint.extra_names
    ]
    return MemoryNeeds(tensors, checkpoint.config, checkpoint.quantization, device.type == "cuda", options)


def _describe_decoding(engine: Engine) -> str:
    """Return a phrase for people that says how decode steps run."""
    graphs = engine.runner.graphs
    if graphs is not None:
        return f"decode steps of up to {graphs.buckets[-1]} rows as CUDA graphs"
    is_packed = isinstance(engine.runner.model.llm.lm_head, PackedLinear)
    return "eager decode steps" + (" with packed weights" if is_packed else "")


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
