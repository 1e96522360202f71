"""Tokens are sampled as by transformers' logits processors."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    SequenceBiasLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from model.engine.batch import Row
from model.engine.sampler import Sampler
from model.sampling import SamplingParams
from tests.helpers.engine_requests import make_group

END_IDS = (3, 4)
NUM_DRAWS = 3000
PROMPT = [11, 12]
"""Tokens that are never penalised."""


def random_logits(seed: int, size: int = 50) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed)) * 3


def make_row(generated: list[int] | None = None, **given: Any) -> Row:
    group = make_group([*PROMPT, *(generated or [])], **given)
    (sequence,) = group.sequences
    sequence.num_prompt_tokens = len(PROMPT)
    sequence.num_computed = len(sequence.token_ids) - 1
    return Row(group, sequence, sequence.num_computed, 1)


def sample(logits: Tensor, rows: list[Row]) -> list[int]:
    """Return a token for each row of `logits` `[R, vocab_size]`."""
    choices = Sampler(END_IDS).sample(logits, rows)
    return [choices[row.group][0].token_id for row in rows]


def compute_expected(logits: Tensor, generated: list[int], params: SamplingParams) -> Tensor:
    """Return transformers' probabilities of the next token, `[vocab_size]`."""
    processors = LogitsProcessorList()
    if params.logit_bias:
        processors.append(SequenceBiasLogitsProcessor([[[t], b] for t, b in params.logit_bias.items()]))
    processors.append(RepetitionPenaltyLogitsProcessor(params.repetition_penalty))
    processors.append(TemperatureLogitsWarper(params.temperature))
    if params.top_k:
        processors.append(TopKLogitsWarper(params.top_k))
    processors.append(TopPLogitsWarper(params.top_p))
    if params.min_p:
        processors.append(MinPLogitsWarper(params.min_p))
    return torch.as_tensor(processors(torch.tensor([generated], dtype=torch.long), logits[None].clone())[0]).softmax(-1)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"temperature": 1.5, "top_k": 0, "top_p": 0.95},
        {"temperature": 0.3, "top_k": 5, "top_p": 1.0},
        {"temperature": 1.0, "top_k": 20, "top_p": 0.5, "repetition_penalty": 1.6},
        {"temperature": 2.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 0.7},
        {"temperature": 1.2, "top_k": 0, "top_p": 1.0, "min_p": 0.1},
        {"temperature": 1.2, "logit_bias": {7: 2.5, 20: -4.0}},
    ],
)
def test_tokens_have_the_probabilities_of_transformers(seed: int, given: dict[str, Any]) -> None:
    logits = random_logits(seed)
    generated = [int(logits.argmax()), 7, 7, int(logits.argmin())]
    row = make_row(generated, seed=seed, **given)
    counts = Counter(sample(logits[None], [row])[0] for _ in range(NUM_DRAWS))
    wanted = compute_expected(logits, generated, row.group.params)
    assert set(counts) <= set(wanted.nonzero().flatten().tolist())
    for token_id, probability in enumerate(wanted.tolist()):
        sigma = (probability * (1 - probability) / NUM_DRAWS) ** 0.5
        assert abs(counts[token_id] / NUM_DRAWS - probability) < 5 * sigma + 1e-3


def process(logits: Tensor, row: Row) -> Tensor:
    return Sampler(END_IDS)._process(logits[None].clone(), [row])[0]


@pytest.mark.parametrize("penalty", [1.0, 1.2, 0.5])
def test_the_repetition_penalty_is_that_of_transformers(penalty: float) -> None:
    logits = random_logits(0)
    wanted = RepetitionPenaltyLogitsProcessor(penalty)(torch.tensor([[1, 1, 2, 9]]), logits[None].clone())[0]
    torch.testing.assert_close(process(logits, make_row([1, 1, 2, 9], repetition_penalty=penalty)), wanted)
    torch.testing.assert_close(process(logits, make_row(repetition_penalty=penalty)), logits)


def test_presence_and_frequency_penalties_are_those_of_openai() -> None:
    logits = random_logits(0)
    row = make_row([1, 1, 2, 9, 1], repetition_penalty=1.0, presence_penalty=0.5, frequency_penalty=0.25)
    wanted = logits.clone()
    wanted[1] -= 0.5 + 3 * 0.25
    wanted[[2, 9]] -= 0.5 + 0.25
    torch.testing.assert_close(process(logits, row), wanted)


def test_greedy_takes_the_best_token_after_the_penalty() -> None:
    logits = torch.tensor([[1.0, 2.0, 2.2, -1.0, 0.0]])
    assert sample(logits, [make_row(temperature=0, repetition_penalty=1.0)]) == [2]
    assert sample(logits, [make_row([2], temperature=0, repetition_penalty=1.5)]) == [1]


def test_the_given_logits_are_not_changed() -> None:
    logits = random_logits(0)[None]
    before = logits.clone()
    sample(logits, [make_row([1, 2], min_new_tokens=5, seed=0, logit_bias={1: 2.0})])
    assert torch.equal(logits, before)


def draw(logits: Tensor, count: int, **given: Any) -> list[int]:
    row = make_row(**given)
    return [sample(logits[None], [row])[0] for _ in range(count)]


def test_the_same_seed_repeats_and_another_differs() -> None:
    logits = random_logits(1)
    first = draw(logits, 50, seed=5, temperature=2.0)
    assert draw(logits, 50, seed=5, temperature=2.0) == first
    assert draw(logits, 50, seed=6, temperature=2.0) != first
    assert draw(logits, 50, temperature=2.0) != draw(logits, 50, temperature=2.0)


def test_rows_do_not_depend_on_each_other() -> None:
    logits = torch.stack([random_logits(seed) for seed in range(5)])
    params: list[dict[str, Any]] = [
        {"seed": 1},
        {"temperature": 0},
        {"seed": 2, "top_k": 3},
        {"seed": 1, "top_p": 0.3, "presence_penalty": 1.0},
        {"seed": 9, "top_k": 0, "temperature": 1.7},
    ]
    together = [make_row([1, 2], **given) for given in params]
    alone = [make_row([1, 2], **given) for given in params]
    for _ in range(20):
        batch = sample(logits, together)
        assert batch == [sample(row[None], [one])[0] for row, one in zip(logits, alone, strict=True)]


def test_end_and_stop_tokens_are_suppressed_up_to_the_minimum() -> None:
    logits = torch.zeros(1, 6)
    logits[0, 3], logits[0, 5] = 50.0, 40.0
    given: dict[str, Any] = {"temperature": 0, "min_new_tokens": 1, "stop_token_ids": (5,), "repetition_penalty": 1.0}
    assert sample(logits, [make_row(**given)]) == [0]
    assert sample(logits, [make_row([0], **given)]) == [3]


def test_a_tiny_top_p_keeps_only_the_best_token() -> None:
    logits = random_logits(2)
    assert set(draw(logits, 20, top_p=1e-6, seed=0)) == {int(logits.argmax())}


def test_bfloat16_logits_are_sampled_in_float32() -> None:
    assert sample(random_logits(0)[None].bfloat16(), [make_row(seed=1)])[0] < 50


def test_log_probabilities_are_those_before_bias_and_penalties() -> None:
    logits = torch.stack([random_logits(3), random_logits(4)])
    rows = [make_row([1], temperature=0, logit_bias={9: 60.0}, logprobs=3), make_row([1], temperature=0)]
    choices = Sampler(END_IDS).sample(logits, rows)
    logprob = choices[rows[0].group][0].logprob
    assert logprob is not None
    assert logprob.token_id == 9
    wanted = logits[0].log_softmax(-1)
    assert logprob.logprob == pytest.approx(wanted[9].item())
    assert [token_id for token_id, _ in logprob.top] == wanted.topk(3).indices.tolist()
    assert choices[rows[1].group][0].logprob is None


def test_the_last_row_of_a_prompt_gives_all_samples() -> None:
    row = make_row(seed=1, n=4, temperature=2.0, top_k=0)
    choices = Sampler(END_IDS).sample(random_logits(1)[None], [row])[row.group]
    assert [choice.parent for choice in choices] == [0, 0, 0, 0]
    assert len({choice.token_id for choice in choices}) > 1


@pytest.mark.parametrize("temperature", [0, 2.0])
def test_only_allowed_tokens_are_sampled_and_none_of_a_padded_head(temperature: float) -> None:
    """The mask has 20 of the head's 50 ids, and the best logits are among the rest."""
    row = make_row(temperature=temperature, top_p=1.0, top_k=0)
    row.group.mask = lambda generated: np.arange(20) % 10 == len(generated)
    logits = torch.arange(50.0)
    assert {sample(logits[None], [row])[0] for _ in range(20)} <= ({10} if temperature == 0 else {0, 10})


@pytest.mark.parametrize("temperature", [5e-324, 1.0])
def test_the_smallest_repetition_penalty_repeats_a_token(temperature: float) -> None:
    logits = random_logits(1).abs()
    row = make_row([7, 20], temperature=temperature, repetition_penalty=5e-324, seed=1)
    assert sample(logits[None], [row])[0] == max(7, 20, key=lambda token: float(logits[token]))
