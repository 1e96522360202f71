"""Memory use of a GPU, and the free memory of any device."""

import resource
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]
import torch

from model.container_memory import read_container_free


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


def read_free_memory(device: torch.device | str) -> int:
    """Return the bytes that this process could still get on a device.

    Of a GPU it is what the driver has left, of a CPU the least of what the machine has available without swapping, of
    what the limits of a container leave, and of what the limit of the process (`ulimit -v`) leaves.
    """
    device = torch.device(device)
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    limits = (psutil.virtual_memory().available, read_container_free(), _read_process_free())
    return min(int(limit) for limit in limits if limit is not None)


def _read_process_free() -> int | None:
    """Return how much the process may still map, or None without a limit."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    return max(limit - int(psutil.Process().memory_info().vms), 0)


def count_mapped_bytes() -> int:
    """Return the bytes of files in this process's memory, such as weights that are read in place; 0 where unknown.

    The system counts them as available, for it can drop them and read them again.
    """
    return int(getattr(psutil.Process().memory_info(), "shared", 0))


def release_memory(device: torch.device | str) -> None:
    """Give back to the driver what torch keeps for later use."""
    if torch.device(device).type == "cuda":
        torch.cuda.empty_cache()


def describe_gpus(device: torch.device | str) -> str | None:
    """Say which of several GPUs is used, and how to take another; None for a CPU and where there is one GPU only."""
    device = torch.device(device)
    if device.type != "cuda" or (num_gpus := torch.cuda.device_count()) < 2:
        return None
    used = device.index if device.index is not None else torch.cuda.current_device()
    other = 1 if used == 0 else 0
    which = "the other" if num_gpus == 2 else "another"
    return f"{num_gpus} GPUs are visible; one is used: cuda:{used} (--device cuda:{other} for {which})"
