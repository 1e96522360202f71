"""Parameters checked once, and the choice of a token against transformers' own processors."""

from collections import Counter
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from model.errors import InputError
from model.sampling import Generation, SamplingParams, penalize, sample

END_IDS = (3, 4)
NUM_DRAWS = 4000


def random_logits(seed: int, size: int = 50) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed)) * 3


def generation(token_ids: list[int] | None = None, **given: Any) -> Generation:
    return Generation(SamplingParams(**given), 100, token_ids or [])


def draws(logits: Tensor, count: int, **given: Any) -> list[int]:
    one = generation(**given)
    return [sample(logits[None], [one], END_IDS)[0] for _ in range(count)]


def expected(logits: Tensor, generated: list[int], params: SamplingParams) -> Tensor:
    """transformers' probabilities for the next token."""
    processors = LogitsProcessorList([RepetitionPenaltyLogitsProcessor(params.repetition_penalty)])
    processors.append(TemperatureLogitsWarper(params.temperature))
    if params.top_k:
        processors.append(TopKLogitsWarper(params.top_k))
    processors.append(TopPLogitsWarper(params.top_p))
    return torch.as_tensor(processors(torch.tensor([generated], dtype=torch.long), logits[None].clone())[0]).softmax(-1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"temperature": 1.5, "top_k": 0, "top_p": 0.95},
        {"temperature": 0.3, "top_k": 5, "top_p": 1.0},
        {"temperature": 1.0, "top_k": 20, "top_p": 0.5, "repetition_penalty": 1.6},
        {"temperature": 2.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 0.7},
    ],
)
def test_draws_follow_transformers_processors(seed: int, given: dict[str, Any]) -> None:
    logits = random_logits(seed)
    generated = [int(logits.argmax()), 7, 7, int(logits.argmin())]
    one = generation(generated, seed=seed, **given)
    counts = Counter(sample(logits[None], [one], END_IDS)[0] for _ in range(NUM_DRAWS))
    wanted = expected(logits, generated, one.params)
    assert set(counts) <= set(wanted.nonzero().flatten().tolist())
    for token_id, probability in enumerate(wanted.tolist()):
        sigma = (probability * (1 - probability) / NUM_DRAWS) ** 0.5
        assert abs(counts[token_id] / NUM_DRAWS - probability) < 5 * sigma + 1e-3


@pytest.mark.parametrize("penalty", [1.0, 1.2, 0.5])
def test_the_penalty_is_transformers(penalty: float) -> None:
    logits = random_logits(0)
    wanted = RepetitionPenaltyLogitsProcessor(penalty)(torch.tensor([[1, 1, 2, 9]]), logits[None].clone())[0]
    torch.testing.assert_close(penalize(logits, [1, 1, 2, 9], penalty), wanted)
    torch.testing.assert_close(penalize(logits, [], penalty), logits)


def test_greedy_is_the_best_after_the_penalty() -> None:
    logits = torch.tensor([[1.0, 2.0, 2.2, -1.0, 0.0]])
    assert sample(logits, [generation(temperature=0, repetition_penalty=1.0)], ()) == [2]
    assert sample(logits, [generation([2], temperature=0, repetition_penalty=1.5)], ()) == [1]


def test_the_logits_given_are_not_changed() -> None:
    logits = random_logits(0)[None]
    before = logits.clone()
    sample(logits, [generation([1, 2], min_new_tokens=5, seed=0)], END_IDS)
    assert torch.equal(logits, before)


def test_a_seed_repeats_and_another_differs() -> None:
    logits = random_logits(1)
    first = draws(logits, 50, seed=5, temperature=2.0)
    assert draws(logits, 50, seed=5, temperature=2.0) == first
    assert draws(logits, 50, seed=6, temperature=2.0) != first


def test_rows_do_not_disturb_each_other() -> None:
    rows = torch.stack([random_logits(seed) for seed in range(4)])
    params: list[dict[str, Any]] = [{"seed": 1}, {"temperature": 0}, {"seed": 2, "top_k": 3}, {"seed": 1, "top_p": 0.3}]
    together = [generation(**given) for given in params]
    alone = [generation(**given) for given in params]
    for _ in range(20):
        batch = sample(rows, together, END_IDS)
        assert batch == [sample(row[None], [one], END_IDS)[0] for row, one in zip(rows, alone, strict=True)]


def test_end_tokens_are_held_off_until_the_minimum() -> None:
    logits = torch.zeros(1, 6)
    logits[0, 3] = 50.0
    assert sample(logits, [generation(temperature=0, min_new_tokens=1)], END_IDS) == [0]
    assert sample(logits, [generation([0], temperature=0, min_new_tokens=1)], END_IDS) == [3]


def test_a_tiny_top_p_keeps_the_best() -> None:
    logits = random_logits(2)
    assert set(draws(logits, 20, top_p=1e-6, seed=0)) == {int(logits.argmax())}


def test_bfloat16_logits_are_sampled_in_float32() -> None:
    assert sample(random_logits(0)[None].bfloat16(), [generation(seed=1)], END_IDS)[0] < 50


@pytest.mark.parametrize(
    ("token_ids", "reason"), [([1, 2], None), ([1, 3], "stop"), ([1, 2, 5], "length"), ([1, 2, 4], "stop")]
)
def test_why_a_generation_ends(token_ids: list[int], reason: str | None) -> None:
    one = Generation(SamplingParams(), 3)
    for token_id in token_ids:
        one.append(token_id, END_IDS)
    assert one.finish_reason == reason


def test_defaults_of_both_modes_are_the_references() -> None:
    sampled = SamplingParams.for_mode(True)
    assert (sampled.top_p, sampled.top_k, sampled.temperature, sampled.repetition_penalty) == (0.8, 100, 0.7, 1.05)
    assert (sampled.num_beams, sampled.max_new_tokens, sampled.min_new_tokens) == (1, 2048, 0)
    searched = SamplingParams.for_mode(False)
    assert (searched.num_beams, searched.repetition_penalty, searched.temperature) == (3, 1.2, 0)
    greedy = SamplingParams.for_mode(False, num_beams=1, repetition_penalty=1.0)
    assert (greedy.num_beams, greedy.repetition_penalty, greedy.temperature) == (1, 1.0, 0)


def test_none_stands_for_the_default() -> None:
    assert SamplingParams.for_mode(True, top_k=None, seed=None) == SamplingParams()


def test_one_stop_string_may_be_given_alone() -> None:
    assert SamplingParams.for_mode(True, stop="END").stop == ("END",)
    assert SamplingParams.for_mode(True, stop=["a", "b"]).stop == ("a", "b")


@pytest.mark.parametrize(
    ("sampling", "given", "cause"),
    [
        (False, {"temperature": 0.5}, "temperature has no effect with sampling=False"),
        (False, {"top_p": 0.5}, "top_p has no effect"),
        (False, {"top_k": 5}, "top_k has no effect"),
        (False, {"seed": 1}, "seed has no effect"),
        (True, {"num_beams": 3}, "num_beams has no effect with sampling=True"),
        (True, {"temperature": 0, "seed": 3}, "seed has no effect with temperature=0"),
        (True, {"temperature": 0, "top_k": 3}, "top_k has no effect with temperature=0"),
        (True, {"temperature": 2.5}, "temperature"),
        (True, {"temperature": -0.1}, "temperature"),
        (True, {"temperature": "hot"}, "temperature"),
        (True, {"top_p": 0}, "top_p"),
        (True, {"top_p": 1.1}, "top_p"),
        (True, {"top_k": -1}, "top_k"),
        (True, {"repetition_penalty": 0}, "repetition_penalty"),
        (True, {"max_new_tokens": 0}, "max_new_tokens"),
        (True, {"min_new_tokens": 5, "max_new_tokens": 4}, "min_new_tokens 5 is over max_new_tokens 4"),
        (True, {"stop": [""]}, "stop"),
        (True, {"stop": ["x"] * 17}, "stop"),
        (False, {"num_beams": 0}, "num_beams"),
        (False, {"num_beams": 17}, "num_beams"),
        (True, {"beam_width": 3}, "unknown field `beam_width`"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(sampling: bool, given: dict[str, Any], cause: str) -> None:
    with pytest.raises(InputError, match=cause):
        SamplingParams.for_mode(sampling, **given)


def test_parameters_are_frozen() -> None:
    with pytest.raises((AttributeError, msgspec.ValidationError)):
        SamplingParams().top_k = 3  # type: ignore[misc]
