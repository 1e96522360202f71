"""Small checkpoints in the layout of the published ones, for tests that load or damage one."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from scripts.checkpoints.recipe import Recipe
from scripts.checkpoints.writing import write_checkpoint


def make_small_checkpoint(folder: Path, like: str, stored_dtype: str = "bfloat16") -> Path:
    """Write a checkpoint of two layers into a new folder, which takes a tenth of a second, and return the folder.

    `like` is bf16, int4 or int8; `stored_dtype` is the dtype of what is not quantised: float16, bfloat16 or float32.
    """
    write_checkpoint(folder, Recipe(like, "small", stored_dtype), is_quiet=True)
    return folder


def count_names(names: Iterable[str]) -> dict[str, int]:
    """Return how many tensors there are of each name, with `*` for the number of the layer."""
    return dict(Counter(re.sub(r"\.\d+\.", ".*.", name) for name in names))
