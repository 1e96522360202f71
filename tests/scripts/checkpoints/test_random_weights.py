"""Random weights depend on the name and the seed alone, and are of a good scale."""

import pytest
import torch

from scripts.checkpoints import random_weights
from scripts.checkpoints.layout import Parameter
from scripts.checkpoints.random_weights import draw

MATRIX = Parameter("llm.model.layers.0.mlp.up_proj.weight", (300, 256))


def test_the_same_name_and_seed_give_the_same_numbers() -> None:
    assert torch.equal(draw(MATRIX, torch.float32, 3), draw(MATRIX, torch.float32, 3))


@pytest.mark.parametrize(
    ("other", "seed"),
    [(MATRIX, 4), (Parameter("llm.model.layers.1.mlp.up_proj.weight", MATRIX.shape), 3)],
    ids=["another seed", "another name"],
)
def test_another_seed_or_name_gives_others(other: Parameter, seed: int) -> None:
    assert not torch.equal(draw(MATRIX, torch.float32, 3), draw(other, torch.float32, seed))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_stored_dtype_only_rounds_them(dtype: torch.dtype) -> None:
    assert torch.equal(draw(MATRIX, dtype, 0), draw(MATRIX, torch.float32, 0).to(dtype))


def test_a_longer_first_axis_keeps_what_is_before() -> None:
    longer = Parameter(MATRIX.name, (400, 256))
    assert torch.equal(draw(longer, torch.float32, 0)[:300], draw(MATRIX, torch.float32, 0))


def test_nothing_is_repeated_from_chunk_to_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_weights, "CHUNK", 1000)
    drawn = draw(MATRIX, torch.float32, 0).flatten()
    assert len(set(drawn.tolist())) > 0.95 * len(drawn)
    assert drawn[:1000].std().item() == pytest.approx(drawn[-1000:].std().item(), rel=0.2)


@pytest.mark.parametrize(
    ("name", "shape", "mean", "std"),
    [
        ("llm.model.layers.0.self_attn.q_proj.weight", (64, 3584), 0, 0.02),
        ("vpm.embeddings.patch_embedding.weight", (192, 3, 14, 14), 0, 1.2 / 588**0.5),
        ("llm.model.embed_tokens.weight", (1218, 256), 0, 1),
        ("resampler.ln_q.weight", (4096,), 1, 0.02),
        ("resampler.ln_q.bias", (4096,), 0, 0.02),
    ],
)
def test_the_scale_follows_the_kind(name: str, shape: tuple[int, ...], mean: float, std: float) -> None:
    drawn = draw(Parameter(name, shape), torch.float32, 0)
    assert drawn.shape == shape
    assert drawn.mean() == pytest.approx(mean, abs=0.1 * std)
    assert drawn.std() == pytest.approx(std, rel=0.05)
