"""The random numbers of a weight: the same for a name and a seed, whatever else is in the checkpoint.

They give activations of about unit scale in every layer, so that answers depend on the question and nothing overflows.
"""

import hashlib

import torch
from torch import Tensor

from scripts.checkpoints.layout import Parameter

GAIN = 1.2
"""Of a matrix: at the width of 3584 it gives the standard deviation of 0.02, the published `initializer_range`."""
LOOKED_UP = {
    "llm.model.embed_tokens.weight": 1.0,
    "vpm.embeddings.position_embedding.weight": 0.3,
    "resampler.query": 1.0,
}
"""Tables of rows that nothing is multiplied with, and the standard deviations of their numbers."""
BIAS_STD = 0.02
CHUNK = 2**24
"""The most numbers drawn at once, so that float32 is needed for a part of a large matrix only."""


def draw(parameter: Parameter, dtype: torch.dtype, seed: int) -> Tensor:
    """Return random numbers of the parameter's shape: about 1 for the weights of norms, else about 0."""
    digest = hashlib.sha256(f"{seed} {parameter.name}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "little"))
    numbers = torch.empty(parameter.num_elements, dtype=dtype)
    mean, std = _distribution(parameter)
    for chunk in torch.split(numbers, CHUNK):
        chunk.copy_(torch.empty(len(chunk)).normal_(mean, std, generator=generator))
    return numbers.view(parameter.shape)


def _distribution(parameter: Parameter) -> tuple[float, float]:
    """Return the mean and the standard deviation."""
    name, shape = parameter.name, parameter.shape
    if len(shape) == 1:
        return (0.0, BIAS_STD) if name.endswith("bias") else (1.0, BIAS_STD)
    num_inputs = parameter.num_elements / shape[0]
    return 0.0, LOOKED_UP.get(name, GAIN * num_inputs**-0.5)
