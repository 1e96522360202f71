"""Running out of memory while a model starts: found whatever raised it, and said in a sentence with what to try."""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from model.engine.sizing import GPU_STEPS
from model.errors import LoadError, OutOfMemory
from model.memory import release_memory
from model.options import EngineOptions

MESSAGE = re.compile(
    r"out of memory|DefaultCPUAllocator|not enough memory|can't allocate memory|cannot allocate memory|"
    r"std::bad_alloc|ALLOC_FAILED|allocation failed",
    re.IGNORECASE,
)
"""What torch, CUDA's libraries (`CUBLAS_STATUS_ALLOC_FAILED`) and the operating system say when there is no memory."""

FEW_SEQS = 8


@contextmanager
def explain_out_of_memory(what: str, remedy: str, device: torch.device | str) -> Iterator[None]:
    """Raise `LoadError`, with what was being done and the `remedy`, where the memory runs out inside; let others pass.

    `what` is a phrase such as "reading weights". What the failed work held is freed.
    """
    before = count_failed_allocations(device)
    try:
        yield
    except Exception as error:
        # transformers keeps an error that it meets while quantising to itself, and raises one that names no cause
        if not is_out_of_memory(error) and count_failed_allocations(device) <= before:
            raise
        _free_frames(error)
        release_memory(device)
        raise LoadError(f"out of memory while {what}: {remedy}") from None


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether an error, or one that it was raised from, says that the memory has run out."""
    while error is not None:
        if isinstance(error, MemoryError | OutOfMemory | torch.OutOfMemoryError):
            return True
        if isinstance(error, RuntimeError | OSError) and MESSAGE.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def count_failed_allocations(device: torch.device | str) -> int:
    """Return how often torch has run out of a GPU's memory so far, 0 for a CPU."""
    if torch.device(device).type != "cuda":
        return 0
    return int(torch.cuda.memory_stats(device).get("num_ooms", 0))


def suggest_smaller(dtype: str, quantization: str, stored: str, options: EngineOptions) -> str:
    """Return what to try next, in words: smaller weights first, then a smaller engine, then more memory.

    `stored` is the quantisation in which the checkpoint is, which cannot be changed.
    """
    if options.kv_cache_bytes is not None:
        return f"try --kv-cache-bytes below {options.kv_cache_bytes}, or without it"
    if dtype == "float32" and quantization == "none":
        return "try --dtype bfloat16"
    if stored == "none" and quantization != "int4":
        return "try QUANT=int4"
    if dtype == "float32":
        return "try --dtype bfloat16"
    if (options.max_num_batched_tokens or GPU_STEPS[0]) > GPU_STEPS[-1]:
        return f"try --max-num-batched-tokens {GPU_STEPS[-1]}"
    if options.max_num_seqs > FEW_SEQS:
        return f"try --max-num-seqs {FEW_SEQS}"
    return "it needs a device with more memory, or other processes to leave it"


def _free_frames(error: BaseException | None) -> None:
    """Let go of what the functions that failed hold: their frames keep the tensors alive."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
