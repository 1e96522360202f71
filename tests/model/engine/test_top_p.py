"""Drawing from the top tokens of a row gives the same token as drawing from all of it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.engine import top_p
from model.engine.top_p import TokenDrawer, TopTokens
from model.sampling import SamplingParams

VOCAB_SIZE = 60


def row(seed: int, spread: float) -> Tensor:
    return torch.randn(1, VOCAB_SIZE, generator=torch.Generator().manual_seed(seed)) * spread


def list_kept(logits: Tensor, params: SamplingParams) -> list[tuple[int, float]]:
    """Return (id, probability), most likely first, after temperature, top_k, top_p and min_p, computed in float64."""
    ids = np.argsort(-logits[0].numpy(), kind="stable")[: params.top_k or VOCAB_SIZE]
    scaled = logits[0].double().numpy()[ids] / params.temperature
    probs = np.exp(scaled - scaled.max()) / np.exp(scaled - scaled.max()).sum()
    is_kept = (np.cumsum(probs) - probs < params.top_p) & (probs >= params.min_p * probs[0])
    return list(zip(ids[is_kept].tolist(), (probs[is_kept] / probs[is_kept].sum()).tolist(), strict=True))


@given(
    st.integers(0, 1000),
    st.sampled_from([0.01, 1.0, 4.0]),
    st.builds(
        SamplingParams,
        temperature=st.sampled_from([0.3, 1.0, 2.0]),
        top_k=st.sampled_from([0, 1, 7, 30, VOCAB_SIZE, 500]),
        top_p=st.sampled_from([0.1, 0.8, 0.999, 1.0]),
        min_p=st.sampled_from([0.0, 0.2, 1.0]),
    ),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([1, 5, 20, 200]),
)
def test_the_token_is_the_one_drawn_from_the_whole_row(
    seed: int, spread: float, params: SamplingParams, uniform: float, num_top: int
) -> None:
    logits = row(seed, spread)
    kept = list_kept(logits, params)
    borders = np.cumsum([probability for _, probability in kept])
    if np.abs(borders - uniform).min() < 1e-5:
        return  # too near to a border for float32
    wanted = kept[int(np.searchsorted(borders, uniform, side="right"))][0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(top_p, "NUM_TOP", num_top)
        found = TokenDrawer(logits, [params]).draw(0, uniform)
    # near a border of top_p or min_p float32 may keep one token more or less, which moves every other border a little
    near = [i for i, _ in list_kept(logits, params)]
    assert found == wanted or (found in near and abs(near.index(found) - near.index(wanted)) <= 1)


def test_only_a_draw_beyond_the_top_sorts_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_rows: list[int] = []
    sort = TokenDrawer._sort_row

    def watched(drawer: TokenDrawer, index: int) -> TopTokens:
        sorted_rows.append(index)
        return sort(drawer, index)

    monkeypatch.setattr(top_p, "NUM_TOP", 4)
    monkeypatch.setattr(TokenDrawer, "_sort_row", watched)
    params = SamplingParams(temperature=1.0, top_k=0, top_p=1.0)
    drawer = TokenDrawer(torch.cat([row(0, 1.0), row(1, 1.0)]), [params] * 2)
    first = drawer.draw(0, 0.01)
    assert first == int(row(0, 1.0).argmax())
    assert sorted_rows == []
    drawer.draw(1, 0.97)
    assert sorted_rows == [1]


def test_masked_tokens_are_never_drawn() -> None:
    logits = torch.full((1, VOCAB_SIZE), -torch.inf)
    logits[0, 5] = logits[0, 40] = 0.0
    for top_k in (0, 30):
        drawer = TokenDrawer(logits, [SamplingParams(temperature=1.0, top_k=top_k, top_p=1.0)])
        assert {drawer.draw(0, uniform) for uniform in (0.0, 0.3, 0.7, 0.999999, 1 - 2**-53)} == {5, 40}


def test_rows_with_different_parameters_do_not_depend_on_each_other() -> None:
    logits = torch.cat([row(seed, 2.0) for seed in range(4)])
    params = [SamplingParams(temperature=t, top_k=k) for t, k in ((0.5, 3), (1.0, 0), (1.5, 50), (2.0, 1))]
    together = TokenDrawer(logits, params)
    for index, one in enumerate(params):
        alone = TokenDrawer(logits[index : index + 1], [one])
        for uniform in (0.0, 0.2, 0.5, 0.9, 0.999):
            assert together.draw(index, uniform) == alone.draw(0, uniform)


@pytest.mark.parametrize("top_k", [0, 30])
@pytest.mark.parametrize("shift", [50.0, -50.0])
def test_the_smallest_temperature_takes_the_best_token(top_k: int, shift: float) -> None:
    logits = row(0, 2.0) + shift
    drawer = TokenDrawer(logits, [SamplingParams(temperature=5e-324, top_k=top_k)])
    assert drawer.draw(0, 0.9) == int(logits.argmax())
