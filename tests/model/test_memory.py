"""Memory use is read on a GPU, and None on a CPU."""

import pytest
import torch

from model.memory import read_device_memory


def test_a_cpu_has_no_reading() -> None:
    assert read_device_memory("cpu") is None


def test_a_gpus_numbers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (30, 100))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 40)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 60)
    memory = read_device_memory("cuda:0")
    assert memory is not None
    assert (memory.allocated, memory.reserved, memory.used, memory.total) == (40, 60, 70, 100)


@pytest.mark.gpu
def test_a_tensor_is_counted() -> None:
    tensor = torch.ones(1 << 20, device="cuda")
    memory = read_device_memory("cuda")
    assert memory is not None
    assert tensor.nbytes <= memory.allocated <= memory.reserved <= memory.used <= memory.total
