"""Steps of a padded batch, and the cache between them."""

import pytest
import torch

from model.chat import ChatModel, Dialogue
from model.generation import beam_search, embed, generate
from model.prompt import Prompt
from model.sampling import Generation, SamplingParams

TEXTS = ("hi", "a much longer question about nothing in particular", "这件衣服多少钱？")


def prompts(chat_model: ChatModel) -> list[Prompt]:
    return [chat_model.prepare([{"role": "user", "content": text}]).prompt for text in TEXTS]


def greedy(max_new_tokens: int = 12) -> Generation:
    return Generation(SamplingParams.for_mode(False, num_beams=1), max_new_tokens)


def run(chat_model: ChatModel, batch: list[Prompt], generations: list[Generation]) -> int:
    """How many steps it took."""
    return sum(1 for _ in generate(chat_model.model, batch, generations, chat_model.end_ids))


@torch.inference_mode()
def recomputed(chat_model: ChatModel, prompt: Prompt, generation: Generation) -> list[int]:
    """The same greedy answer without any cache: the whole sequence in every forward."""
    ids: list[int] = []
    embeds = embed(chat_model.model, prompt)
    for _ in range(generation.max_new_tokens):
        logits = chat_model.model(embeds[None]).logits[0, -1].clone()
        for token_id in set(ids):
            logits[token_id] *= 1.2 if logits[token_id] < 0 else 1 / 1.2
        ids.append(int(logits.argmax()))
        if ids[-1] in chat_model.end_ids:
            break
        embeds = torch.cat([embeds, chat_model.model.get_input_embeddings()(torch.tensor(ids[-1:]))])
    return ids


def test_a_padded_batch_equals_recomputing_each_alone(chat_model: ChatModel) -> None:
    batch = prompts(chat_model)
    generations = [greedy() for _ in batch]
    run(chat_model, batch, generations)
    for prompt, generation in zip(batch, generations, strict=True):
        assert generation.token_ids == recomputed(chat_model, prompt, generation)


def test_rows_end_at_their_own_lengths(chat_model: ChatModel) -> None:
    generations = [greedy(length) for length in (2, 9, 5)]
    num_steps = run(chat_model, prompts(chat_model), generations)
    assert num_steps == 9
    assert [len(generation.token_ids) for generation in generations] == [2, 9, 5]
    assert {generation.finish_reason for generation in generations} == {"length"}


def test_a_reader_may_end_a_row_between_steps(chat_model: ChatModel) -> None:
    generations = [greedy(50), greedy(50)]
    for step, _ in enumerate(generate(chat_model.model, prompts(chat_model)[:2], generations, chat_model.end_ids)):
        generations[0 if step < 3 else 1].finish_reason = "stop"
    assert [len(generation.token_ids) for generation in generations] == [1, 4]


def test_a_closed_generator_stops_at_once(chat_model: ChatModel) -> None:
    generation = greedy(50)
    steps = generate(chat_model.model, prompts(chat_model)[:1], [generation], chat_model.end_ids)
    next(steps)
    steps.close()
    assert len(generation.token_ids) == 1


@pytest.mark.parametrize("min_new_tokens", [0, 6])
def test_beam_search_fills_the_generation(chat_model: ChatModel, min_new_tokens: int) -> None:
    params = SamplingParams.for_mode(False, min_new_tokens=min_new_tokens)
    generation = Generation(params, 8)
    beam_search(chat_model.model, prompts(chat_model)[0], generation, chat_model.end_ids)
    assert min_new_tokens <= len(generation.token_ids) <= 8
    assert generation.finish_reason in ("stop", "length")


def test_more_beams_find_an_answer_at_least_as_likely(chat_model: ChatModel) -> None:
    scores = []
    for num_beams in (2, 8):
        generation = Generation(SamplingParams.for_mode(False, num_beams=num_beams, repetition_penalty=1.0), 4)
        beam_search(chat_model.model, prompts(chat_model)[0], generation, chat_model.end_ids)
        scores.append(log_probability(chat_model, Dialogue(prompts(chat_model)[0], generation)))
    assert scores[1] >= scores[0] - 1e-4


@torch.inference_mode()
def log_probability(chat_model: ChatModel, dialogue: Dialogue) -> float:
    ids = dialogue.generation.token_ids
    embeds = embed(chat_model.model, dialogue.prompt)
    answer = chat_model.model.get_input_embeddings()(torch.tensor(ids))
    logits = chat_model.model(torch.cat([embeds, answer])[None]).logits[0, -len(ids) - 1 : -1]
    return float(logits.log_softmax(-1)[range(len(ids)), ids].sum())
