"""The largest step that an engine may take, computed once at the start to measure its memory."""

import torch

from model.engine.batch import Batch, Row
from model.engine.prefix import PrefixKeys, count_blocks
from model.engine.region import Region
from model.engine.runner import ModelRunner
from model.engine.sequence import Group, Sequence
from model.engine.sizing import StepSizes
from model.images import View
from model.minicpmv import MiniCPMV
from model.sampling import SamplingParams

PARAMS = SamplingParams(seed=0, max_new_tokens=1, top_k=0, top_p=0.9, logprobs=20)
"""What takes the most memory after the head: a whole row is scaled, summed up and sorted, and its logarithms are kept.

The log-probabilities of prompts are left out: they are computed in parts that take no more, and a step that runs out of
memory is tried again in parts as well.
"""

LEAST_BLOCKS = 8


def count_largest_step_blocks(steps: StepSizes, max_num_seqs: int) -> int:
    """Return how many blocks of the KV cache the largest step needs: a prompt, and one block for each other row.

    They are no fewer than what the check of captured graphs writes into.
    """
    return max(count_blocks(steps.max_num_batched_tokens) + max_num_seqs, LEAST_BLOCKS)


def run_largest_step(runner: ModelRunner, steps: StepSizes, max_num_seqs: int) -> None:
    """Compute a step of that many tokens and sampled rows, and encode as many views as go through the tower at once.

    The runner's pool needs `count_largest_step_blocks`; what is in it is overwritten.
    """
    batch = Batch(rows=make_largest_rows(steps.max_num_batched_tokens, max_num_seqs))
    views = [make_view(runner.model, key=bytes([i // 256, i % 256])) for i in range(steps.vision_batch_size)]
    batch.view_keys = [view.key for view in views]
    runner.images.add(views)
    try:
        runner.run(batch)
    finally:
        runner.images.discard(views)
        runner.images.clear()


def make_largest_rows(num_tokens: int, max_num_seqs: int) -> list[Row]:
    """Return rows of one token each, and last a prompt with the rest of `num_tokens`, each in its own region."""
    num_single = min(max_num_seqs, num_tokens) - 1
    lengths = [1] * num_single + [num_tokens - num_single]
    return [_make_row(block, length) for block, length in enumerate(lengths)]


def _make_row(block: int, length: int) -> Row:
    region = Region(block, count_blocks(length))
    sequence = Sequence([0] * length, length, 1, PrefixKeys(), region)
    return Row(Group([sequence], PARAMS), sequence, 0, length)


def make_view(model: MiniCPMV, key: bytes = b"") -> View:
    """Return an empty view of the largest area."""
    patch = model.config.vision_config.patch_size
    side = model.config.image_size // patch
    return View(torch.zeros(side * side, 3, patch, patch, dtype=torch.uint8), side, side, key)
