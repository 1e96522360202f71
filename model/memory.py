"""How much memory of a GPU is taken."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class DeviceMemory:
    """In bytes. `allocated` is in tensors, `reserved` is held by this process, `used` is taken by all processes."""

    allocated: int
    reserved: int
    used: int
    total: int


def device_memory(device: str) -> DeviceMemory | None:
    """None for a CPU. May be called from any thread."""
    if torch.device(device).type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)
    return DeviceMemory(torch.cuda.memory_allocated(device), torch.cuda.memory_reserved(device), total - free, total)
