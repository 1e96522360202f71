"""Whatever raises it, running out of memory at the start is one sentence that says what to try; other errors pass."""

import gc
import weakref

import pytest
import torch

from model.errors import LoadError, OutOfMemory
from model.options import EngineOptions
from model.out_of_memory import (
    count_failed_allocations,
    explain_out_of_memory,
    is_out_of_memory,
    suggest_smaller,
)

ERRORS: list[Exception] = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    MemoryError(),
    OutOfMemory("a step was too large"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA`"),
    RuntimeError("[enforce fail] . DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
    RuntimeError("std::bad_alloc"),
    OSError(12, "Cannot allocate memory"),
]


def name_of(error: Exception) -> str:
    return f"{type(error).__name__} {str(error)[:30]}"


@pytest.mark.parametrize("error", ERRORS, ids=name_of)
def test_each_kind_becomes_one_sentence(error: Exception) -> None:
    with pytest.raises(LoadError) as raised, explain_out_of_memory("reading weights", "try QUANT=int4", "cpu"):
        raise error
    assert str(raised.value) == "out of memory while reading weights: try QUANT=int4"
    assert raised.value.__suppress_context__, "no traceback of the first error is printed"


def test_what_an_error_was_raised_from_counts() -> None:
    error = LoadError("no weights can be loaded")
    error.__cause__ = torch.OutOfMemoryError("CUDA out of memory")
    with pytest.raises(LoadError, match="out of memory while building"), explain_out_of_memory("building", "x", "cpu"):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        LoadError("the checkpoint is damaged"),
        RuntimeError("mat1 and mat2 shapes"),
        ValueError("out of memory range"),
        OSError(2, "no"),
    ],
    ids=name_of,
)
def test_other_errors_pass(error: Exception) -> None:
    assert not is_out_of_memory(error)
    with pytest.raises(type(error)) as raised, explain_out_of_memory("building", "try nothing", "cpu"):
        raise error
    assert raised.value is error


def test_nothing_happens_without_an_error() -> None:
    with explain_out_of_memory("warming up", "try nothing", "cpu"):
        pass


def test_an_interrupt_passes() -> None:
    with pytest.raises(KeyboardInterrupt), explain_out_of_memory("warming up", "try nothing", "cpu"):
        raise KeyboardInterrupt


def test_a_real_allocation_that_is_too_large() -> None:
    with (
        pytest.raises(LoadError, match="out of memory while building: less"),
        explain_out_of_memory("building", "less", "cpu"),
    ):
        torch.empty(1 << 55, dtype=torch.uint8)


def test_what_the_failed_work_held_is_freed() -> None:
    seen: list[weakref.ref[torch.Tensor]] = []

    def work() -> None:
        weights = torch.ones(10)
        seen.append(weakref.ref(weights))
        raise MemoryError

    with pytest.raises(LoadError), explain_out_of_memory("reading weights", "try less", "cpu"):
        work()
    gc.collect()
    assert seen[0]() is None


@pytest.mark.parametrize(("num_failed", "expected"), [(0, "conversion"), (1, "out of memory while reading")])
def test_an_error_that_transformers_keeps_to_itself_is_found_by_torchs_count(
    monkeypatch: pytest.MonkeyPatch, num_failed: int, expected: str
) -> None:
    counts = iter([{"num_ooms": 5}, {"num_ooms": 5 + num_failed}])
    monkeypatch.setattr(torch.cuda, "memory_stats", lambda _: next(counts))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    with pytest.raises(LoadError, match=expected), explain_out_of_memory("reading weights", "try less", "cuda:0"):
        raise LoadError("some issues during automatic conversion of the weights")


@pytest.mark.parametrize(("stats", "expected"), [({}, 0), ({"num_ooms": 3}, 3)])
def test_failed_allocations_are_counted(monkeypatch: pytest.MonkeyPatch, stats: dict[str, int], expected: int) -> None:
    monkeypatch.setattr(torch.cuda, "memory_stats", lambda _: stats)
    assert count_failed_allocations("cuda") == expected
    assert count_failed_allocations("cpu") == 0


SMALL = EngineOptions(max_num_batched_tokens=512)


@pytest.mark.parametrize(
    ("asked", "stored", "options", "expected"),
    [
        (
            ("bfloat16", "none"),
            "none",
            EngineOptions(kv_cache_bytes=99),
            "try --kv-cache-bytes below 99, or without it",
        ),
        (("float32", "none"), "none", EngineOptions(), "try --dtype bfloat16"),
        (("bfloat16", "none"), "none", EngineOptions(), "try QUANT=int4"),
        (("bfloat16", "int8"), "none", EngineOptions(), "try QUANT=int4"),
        (("float32", "int4"), "none", EngineOptions(), "try --dtype bfloat16"),
        (("bfloat16", "int8"), "int8", EngineOptions(), "try --max-num-batched-tokens 512"),
        (("bfloat16", "int4"), "none", EngineOptions(), "try --max-num-batched-tokens 512"),
        (("bfloat16", "int4"), "none", SMALL, "try --max-num-seqs 8"),
        (
            ("bfloat16", "int4"),
            "int4",
            EngineOptions(max_num_seqs=8, max_num_batched_tokens=512),
            "it needs a device with more memory, or other processes to leave it",
        ),
    ],
)
def test_the_next_smaller_thing(asked: tuple[str, str], stored: str, options: EngineOptions, expected: str) -> None:
    assert suggest_smaller(*asked, stored, options) == expected
