"""Memory use is read on a GPU, and what is free on any device."""

import resource
from types import SimpleNamespace

import psutil  # type: ignore[import-untyped]
import pytest
import torch

from model import memory
from model.memory import count_mapped_bytes, describe_gpus, read_device_memory, read_free_memory, release_memory


def test_a_cpu_has_no_reading() -> None:
    assert read_device_memory("cpu") is None


def test_a_gpus_numbers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (30, 100))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 40)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 60)
    found = read_device_memory("cuda:0")
    assert found is not None
    assert (found.allocated, found.reserved, found.used, found.total) == (40, 60, 70, 100)
    assert read_free_memory("cuda:0") == 30


GB = 10**9


@pytest.mark.parametrize(
    ("available", "container", "limit", "expected"),
    [
        (20 * GB, None, resource.RLIM_INFINITY, 20 * GB),
        (20 * GB, 5 * GB, resource.RLIM_INFINITY, 5 * GB),
        (4 * GB, 5 * GB, resource.RLIM_INFINITY, 4 * GB),
        (20 * GB, None, 11 * GB, 8 * GB),
        (20 * GB, 7 * GB, 11 * GB, 7 * GB),
        (20 * GB, None, 1 * GB, 0),
    ],
)
def test_the_least_of_three_limits_is_free_on_a_cpu(
    monkeypatch: pytest.MonkeyPatch, available: int, container: int | None, limit: int, expected: int
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=available))
    monkeypatch.setattr(
        psutil, "Process", lambda: SimpleNamespace(memory_info=lambda: SimpleNamespace(vms=3 * GB, shared=7))
    )
    monkeypatch.setattr(memory, "read_container_free", lambda: container)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert read_free_memory(torch.device("cpu")) == expected
    assert count_mapped_bytes() == 7


def test_this_machine_can_be_read() -> None:
    assert 0 < read_free_memory("cpu") <= psutil.virtual_memory().total
    assert 0 <= count_mapped_bytes() < psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("device", "num_gpus", "current", "expected"),
    [
        ("cpu", 4, 0, None),
        ("cuda", 1, 0, None),
        ("cuda:0", 2, 0, "2 GPUs are visible; one is used: cuda:0 (--device cuda:1 for the other)"),
        ("cuda", 2, 0, "2 GPUs are visible; one is used: cuda:0 (--device cuda:1 for the other)"),
        ("cuda:1", 2, 0, "2 GPUs are visible; one is used: cuda:1 (--device cuda:0 for the other)"),
        ("cuda", 4, 2, "4 GPUs are visible; one is used: cuda:2 (--device cuda:0 for another)"),
    ],
)
def test_of_several_gpus_the_used_one_is_named(
    monkeypatch: pytest.MonkeyPatch, device: str, num_gpus: int, current: int, expected: str | None
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: num_gpus)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: current)
    assert describe_gpus(device) == expected


@pytest.mark.parametrize(("device", "num_calls"), [("cpu", 0), ("cuda", 1)])
def test_only_a_gpus_memory_is_given_back(monkeypatch: pytest.MonkeyPatch, device: str, num_calls: int) -> None:
    calls: list[None] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: calls.append(None))
    release_memory(device)
    assert len(calls) == num_calls


@pytest.mark.gpu
def test_a_tensor_is_counted() -> None:
    tensor = torch.ones(1 << 20, device="cuda")
    found = read_device_memory("cuda")
    assert found is not None
    assert tensor.nbytes <= found.allocated <= found.reserved <= found.used <= found.total
    assert 0 < read_free_memory("cuda") < found.total
