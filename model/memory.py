"""Memory use of a GPU."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class DeviceMemory:
    """Bytes `allocated` to this process's tensors, `reserved` by this process, and `used` by all processes."""

    allocated: int
    reserved: int
    used: int
    total: int


def read_device_memory(device: str) -> DeviceMemory | None:
    """Read a GPU's memory use; return None for a CPU. May be called from any thread."""
    if torch.device(device).type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)
    return DeviceMemory(torch.cuda.memory_allocated(device), torch.cuda.memory_reserved(device), total - free, total)
