"""The prompts of one request in the pipeline, and their replies: all are admitted, or none."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from server.errors import FieldRefused
from server.pipeline.pipeline import Pipeline
from server.pipeline.stage import TurnContext, join_text
from server.turn.joined_reply import JoinedReply
from server.turn.reply import Reply, ScoredPrompt
from server.turn.turn import Turn

MAX_ANSWERS = 256
"""The most answers of one request, over all of its prompts."""

MAX_PROMPT_LOGPROBS = 1 << 18
"""The most log-probabilities of prompts in one answer: each takes about a hundred bytes on its way to the client."""


@dataclass(frozen=True)
class Batch:
    """The turns of a request with `num_answers` answers each, their replies, and the reply that joins these."""

    turns: Sequence[Turn]
    num_answers: int
    replies: Sequence[Reply]
    reply: Reply

    def get_prompt_text(self, index: int) -> str:
        """Return the prompt of answer number `index` as it was sent."""
        return join_text(self.turns[index // self.num_answers].messages[0])

    def get_prompt(self, index: int) -> ScoredPrompt:
        """Return the prompt of answer number `index` as the model was given it."""
        return self.replies[index // self.num_answers].prompt


async def begin_batch(pipeline: Pipeline, contexts: Sequence[TurnContext]) -> Batch:
    """Bring all turns of a request to the model. Raises `ServerError` and `InputError`, and then none is there."""
    turns = [context.turn for context in contexts]
    num_answers = turns[0].options.get("n", 1)
    replies: list[Reply] = []
    with ExitStack() as opened:
        places = opened.enter_context(ExitStack())
        places.enter_context(contexts[0].account.hold_streams(len(turns) - 1))
        for context in contexts:
            replies.append(await pipeline.begin(context))
            opened.callback(replies[-1].close)
        _check_logprobs(turns, replies)
        opened.pop_all()
    reply = JoinedReply(replies, num_answers, places) if len(replies) > 1 else replies[0]
    return Batch(turns, num_answers, replies, reply)


def check_size(turns: Sequence[Turn], max_prompts: float) -> None:
    """Raise `FieldRefused` for more prompts than may ever be answered at once, or too many answers in all."""
    if len(turns) > max_prompts:
        _refuse_size("prompts", "个提示词", len(turns), int(max_prompts))
    num_answers = len(turns) * turns[0].options.get("n", 1)
    if num_answers > MAX_ANSWERS:
        _refuse_size("answers", "个回答", num_answers, MAX_ANSWERS)


def _refuse_size(what: str, what_zh: str, count: int, limit: int) -> None:
    raise FieldRefused(
        "prompt", f"it asks for {count} {what}, the limit is {limit}", f"共 {count} {what_zh}，上限 {limit}"
    )


def _check_logprobs(turns: Sequence[Turn], replies: Sequence[Reply]) -> None:
    """Raise `FieldRefused` where the log-probabilities of the prompts are too many."""
    options = turns[0].options
    if "prompt_logprobs" not in options:
        return
    num_tokens = sum(reply.usage.num_prompt for reply in replies) * options.get("n", 1)
    count = num_tokens * (options["prompt_logprobs"] + 1)
    if count > MAX_PROMPT_LOGPROBS:
        raise FieldRefused(
            "logprobs",
            f"the prompts have {count:,} of them, the limit is {MAX_PROMPT_LOGPROBS:,}",
            f"提示词共有 {count:,} 个，上限 {MAX_PROMPT_LOGPROBS:,}",
        )
