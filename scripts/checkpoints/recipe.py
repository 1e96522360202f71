"""What kind of checkpoint to write."""

from dataclasses import dataclass
from pathlib import Path

import torch

ROOT = Path(__file__).parents[2]
PUBLISHED_FOLDER = ROOT / "tests" / "published"
"""The small files of the published repositories, which its README names the sources of."""
SMALL_TOKENIZER_FOLDER = ROOT / "tests" / "golden" / "checkpoint"

LIKES = {"bf16": "bfloat16", "int4": "float16", "int8": "float16"}
"""The kinds, each with the dtype its makers store: OpenBMB's quantize/bnb_quantize.py loads in float16."""
SCALES = ("full", "small")
STORED_DTYPES = ("float16", "bfloat16", "float32")


class CheckpointError(Exception):
    """The checkpoint cannot be written. The message is a sentence for the person who can correct the cause."""


@dataclass(frozen=True)
class Recipe:
    """A kind of checkpoint, its scale, its tokenizer, and the seed of its weights.

    `stored_dtype` is the dtype of what is not quantised, by default the one in `LIKES`.
    """

    like: str = "bf16"
    scale: str = "full"
    stored_dtype: str | None = None
    tokenizer_folder: Path = SMALL_TOKENIZER_FOLDER
    seed: int = 0

    @property
    def dtype_name(self) -> str:
        return self.stored_dtype or LIKES[self.like]

    @property
    def dtype(self) -> torch.dtype:
        dtype: torch.dtype = getattr(torch, self.dtype_name)
        return dtype
