"""Whether a checkpoint fits into the free memory, judged before its weights are read, and what would fit if not."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from model.config import MiniCPMVConfig
from model.engine.sizing import (
    CPU_STEPS,
    GPU_STEPS,
    StepSizes,
    estimate_step_bytes,
    read_model_sizes,
)
from model.errors import LoadError
from model.memory import read_device_memory, read_free_memory
from model.options import EngineOptions
from model.weight_bytes import ITEM_BYTES, StoredTensor, count_largest_quantizable, estimate_weight_bytes

TOLERANCE = 0.05
"""The part of what is needed that may be missing: the estimate is no more exact, and a start that fails says why."""

GPU_LIBRARY_BYTES = 256 << 20
"""Kernels and workspaces of CUDA's libraries, which are loaded on their first use, and the captured decode steps."""

QUANTIZING_BYTES = 12
"""For each number of a weight that a CPU quantises or packs for 4 bits: three copies in float32. Measured."""

NOTABLE_BYTES = 10**9
"""What other processes hold of a GPU is said from this many bytes on."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choice:
    """A way to load a checkpoint: one of `DTYPES`, and one of `QUANTIZATIONS`."""

    dtype: str
    quantization: str

    def describe(self, asked: "Choice") -> str:
        """Say what to ask for in place of `asked`, with its verb."""
        parts = []
        if self.dtype != asked.dtype:
            parts.append(f"--dtype {self.dtype}")
        if self.quantization != asked.quantization:
            parts.append(f"QUANT={self.quantization}")
        return f"{' with '.join(parts) or self.name} needs"

    @property
    def name(self) -> str:
        return self.dtype if self.quantization == "none" else f"{self.quantization} with {self.dtype}"


@dataclass(frozen=True)
class MemoryNeeds:
    """What a checkpoint needs on a device. `stored` is the quantisation in which its tensors are."""

    tensors: Sequence[StoredTensor]
    config: MiniCPMVConfig
    stored: str
    is_gpu: bool
    options: EngineOptions

    def estimate(self, choice: Choice) -> int:
        """Return the bytes of the weights, and of the most that is needed beside them: while loading, or in a step.

        The engine is the smallest that answers a longest prompt.
        """
        weights = estimate_weight_bytes(self.tensors, choice.dtype, choice.quantization, self.stored)
        return weights + max(self._estimate_loading(choice), self._estimate_engine(choice))

    def _estimate_loading(self, choice: Choice) -> int:
        """Return what is needed only while weights are quantised or, in float32 on a CPU, packed one by one.

        Files are mapped into memory, so what was read of them is no second copy that would have to fit.
        """
        if self.is_gpu:
            return 0 if choice.quantization == "none" else 4 * self._num_quantized(choice)
        is_packed = choice.dtype == "float32"
        head = self.config.vocab_size * self.config.hidden_size * ITEM_BYTES["float32"]
        return max(QUANTIZING_BYTES * self._num_quantized(choice), head if is_packed else 0)

    def _num_quantized(self, choice: Choice) -> int:
        if choice.quantization == "none":
            return 0
        return count_largest_quantizable(self.tensors) or self.config.hidden_size * self.config.intermediate_size

    def _estimate_engine(self, choice: Choice) -> int:
        sizes = read_model_sizes(self.config, ITEM_BYTES[choice.dtype])
        sizes = replace(sizes, dequantized_bytes=self._num_quantized(choice) * sizes.item_bytes)
        smallest = GPU_STEPS[-1] if self.is_gpu else CPU_STEPS[-1]
        steps = StepSizes(self.options.max_num_batched_tokens or smallest, 1)
        step_bytes = estimate_step_bytes(sizes, steps, self.options.max_num_seqs)
        cache_bytes = self.options.kv_cache_bytes or sizes.prompt_bytes
        return step_bytes + cache_bytes + (GPU_LIBRARY_BYTES if self.is_gpu else 0)


def list_smaller(asked: Choice, stored: str) -> Iterator[Choice]:
    """Yield what needs less than `asked`, the smallest change first. What is `stored` quantised stays so."""
    if asked.dtype == "float32":
        yield Choice("bfloat16", asked.quantization)
    if stored == "none":
        if asked.quantization == "none":
            yield Choice("bfloat16", "int8")
        if asked.quantization != "int4":
            yield Choice("bfloat16", "int4")


def check_memory(source: str, needs: MemoryNeeds, dtype: str, quantization: str, device: torch.device | str) -> None:
    """Raise `LoadError` where `source` cannot fit into what is free, with the smallest change that would.

    A checkpoint that nearly fits is tried, with a warning in the log.
    """
    asked = Choice(dtype, quantization)
    needed, free = needs.estimate(asked), read_free_memory(device)
    if needed <= free:
        return
    sentence = f"{source} needs about {_gb(needed)} in {asked.name}, and {_gb(free)} of {_describe_memory(device)}"
    if needed * (1 - TOLERANCE) <= free:
        logger.warning("%s: trying all the same", sentence)
        return
    raise LoadError(f"{sentence}: {_suggest(asked, needs, free)}")


def _suggest(asked: Choice, needs: MemoryNeeds, free: int) -> str:
    smaller = [(choice, needs.estimate(choice)) for choice in list_smaller(asked, needs.stored)]
    for choice, needed in smaller:
        if needed <= free:
            return f"{choice.describe(asked)} {_gb(needed)}"
    if not smaller:
        return "nothing smaller can be chosen, so more memory has to be free"
    choice, needed = smaller[-1]
    return f"nothing smaller fits either: {choice.describe(asked)} {_gb(needed)}"


def _describe_memory(device: torch.device | str) -> str:
    """Say whose memory is free, and of a GPU what others hold."""
    memory = read_device_memory(str(device))
    if memory is None:
        return "memory are free"
    held = memory.used - memory.reserved
    others = f" (other processes hold {_gb(held)} of its {_gb(memory.total)})" if held >= NOTABLE_BYTES else ""
    return f"the memory of {device} are free{others}"


def _gb(num_bytes: int) -> str:
    return f"{num_bytes / 1e9:.1f} GB"
