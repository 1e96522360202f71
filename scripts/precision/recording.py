"""Recording the logits that a model computes while it answers, freely or along a given answer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.chat import ChatModel, Dialogue
from model.engine.attention import NAME
from model.engine.batch import Row
from model.engine.build import set_attention
from model.engine.sampler import Choice, Sampler
from model.engine.sequence import Group
from scripts.precision.chats import Chat


@dataclass(frozen=True)
class Recording:
    """A greedy answer: its N ids, which include the end token, its text, and the logits `[N, vocab_size]`."""

    ids: list[int]
    text: str
    logits: Tensor


class RecordingSampler(Sampler):
    """A sampler for one sequence at a time that keeps the logits. It chooses the `given` ids, where there are any."""

    def __init__(self, end_ids: Sequence[int], given: Sequence[int] = ()) -> None:
        super().__init__(end_ids)
        self._given = given
        self.rows: list[Tensor] = []

    def sample(self, logits: Tensor, rows: Sequence[Row]) -> dict[Group, list[Choice]]:
        choices = super().sample(logits, rows)
        index = len(self.rows)
        self.rows.append(logits[0].float().cpu().clone())
        if not self._given:
            return choices
        return {group: [replace(choice, token_id=self._given[index])] for group, (choice,) in choices.items()}


def prepare(model: ChatModel, chat: Chat, **given: int) -> Dialogue:
    """Return a chat to be answered greedily, without a repetition penalty."""
    return model.prepare(chat.msgs, sampling=False, num_beams=1, repetition_penalty=1.0, **{**chat.options, **given})


def answer(model: ChatModel, chat: Chat) -> Recording:
    """Answer a chat greedily, alone: in int8 an answer depends on what it is computed with."""
    return _run(model, prepare(model, chat), RecordingSampler(model.engine.end_ids))


def follow(model: ChatModel, chat: Chat, ids: Sequence[int]) -> Tensor:
    """Return the engine's logits `[N, vocab_size]` before each of the N ids of a given answer."""
    dialogue = prepare(model, chat, max_new_tokens=len(ids))
    return _run(model, dialogue, RecordingSampler(model.engine.end_ids, ids)).logits


def _run(model: ChatModel, dialogue: Dialogue, sampler: RecordingSampler) -> Recording:
    model.engine.scheduler.pool.clear()  # so that no figure depends on what was answered before
    runner = model.engine.runner
    usual, runner.sampler = runner.sampler, sampler
    try:
        (request,) = model.run([dialogue])
    finally:
        runner.sampler = usual
    return Recording(request.group.sequences[0].generated, str(request.answer), torch.stack(sampler.rows))


@torch.inference_mode()
def follow_with_transformers(model: ChatModel, chat: Chat, ids: Sequence[int]) -> Tensor:
    """Return what `follow` does, computed by transformers' own forward over the whole sequence at once."""
    prompt = prepare(model, chat).prompt
    features = model.model.encode_views(prompt.views)
    tokens = torch.tensor([*prompt.input_ids, *ids[:-1]], device=model.model.device)
    embeds = model.model.embed(tokens, features, prompt.image_bounds)
    with _use_attention_of_transformers(model):
        logits: Tensor = model.model.llm(inputs_embeds=embeds[None], logits_to_keep=len(ids), use_cache=False).logits[0]
    return logits.float().cpu()


@contextmanager
def _use_attention_of_transformers(model: ChatModel) -> Iterator[None]:
    set_attention(model.model, "sdpa")
    try:
        yield
    finally:
        set_attention(model.model, NAME)


@torch.inference_mode()
def encode_images(model: ChatModel, chats: Sequence[Chat]) -> list[Tensor]:
    """Return the features `[views, num_queries, width]` of each chat that has pictures."""
    prompts = [prepare(model, chat).prompt for chat in chats]
    return [model.model.encode_views(prompt.views).float().cpu() for prompt in prompts if prompt.views]
