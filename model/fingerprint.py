"""Which weights a model has, in few characters: answers that are kept belong to them."""

import hashlib

import torch
from torch import Tensor

from model.minicpmv import MiniCPMV

NUM_SAMPLES = 64
"""Values of each tensor that are looked at: any training changes nearly all of them."""


def fingerprint(model: MiniCPMV) -> str:
    """64 hexadecimal digits of the configuration and of a sample of every weight, as it is stored on the device."""
    digest = hashlib.sha256(model.config.to_json_string(use_diff=False).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(_sample(tensor))
    return digest.hexdigest()


def _sample(tensor: Tensor) -> bytes:
    """Evenly spaced; not all formats of quantised weights can be indexed as numbers, but all as bytes."""
    flat = tensor.detach().contiguous().flatten().view(torch.uint8)
    step = max(len(flat) // NUM_SAMPLES, 1)
    return bytes(flat[::step].cpu().numpy().tobytes())
