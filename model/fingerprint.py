"""A digest of a model's weights. Cached answers are valid only for the model that gave them."""

import hashlib
import json

import torch
from torch import Tensor

from model.minicpmv import MiniCPMV

NUM_SAMPLES = 64
"""How many bytes of each tensor are read: training changes nearly all values, so few are enough."""


def compute_fingerprint(model: MiniCPMV) -> str:
    """Return the SHA-256, in hex, of the configuration and of a sample of every tensor as it is stored."""
    config = model.config.to_dict()
    config.pop("_name_or_path", None)  # the folder, which may move
    digest = hashlib.sha256(json.dumps(config, sort_keys=True, default=str).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(_sample_bytes(tensor))
    return digest.hexdigest()


def _sample_bytes(tensor: Tensor) -> bytes:
    """Return evenly spaced bytes; some formats of quantised weights cannot be indexed as numbers."""
    flat = tensor.detach().contiguous().flatten().view(torch.uint8)
    step = max(len(flat) // NUM_SAMPLES, 1)
    return bytes(flat[::step].cpu().numpy().tobytes())
