"""The turns that a request for completions asks for: one for each prompt."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from model.tokenized_text import TokenizedText
from model.tokenizer import Tokenizer
from server.api.completions.request import CompletionRequest, Prompt
from server.api.turn_options import read_options
from server.errors import FieldRefused
from server.turn.turn import Turn, TurnMessage, build_options

RENAMED = {"max_tokens": "max_new_tokens", "min_tokens": "min_new_tokens"}
"""Parameters that the model has under another name."""

DEFAULT_MAX_TOKENS = 16
"""OpenAI's, also where the field is null."""


def build_turns(request: CompletionRequest, tokenizer: Tokenizer) -> list[Turn]:
    """Return a turn for each prompt. Raises `FieldRefused`. Many ids take a while, so call it in a thread."""
    options = _read_options(request)
    return [Turn((TurnMessage("user", (text,)),), options) for text in read_prompts(request.prompt, tokenizer)]


def count_logprobs(request: CompletionRequest) -> int | None:
    """Return how many tokens are shown beside each, or None where no log-probabilities are. As a number, true is 1."""
    return None if request.logprobs is None or request.logprobs is False else int(request.logprobs)


def _read_options(request: CompletionRequest) -> dict[str, Any]:
    if request.best_of not in (None, request.n or 1):
        raise FieldRefused("best_of", "it must be n: all answers are returned", "必须等于 n：所有回答都会返回")
    if request.max_tokens == 0 and not request.echo:
        raise FieldRefused("max_tokens", "0 needs echo: nothing would be returned", "为 0 时需要 echo，否则没有输出")
    max_tokens = DEFAULT_MAX_TOKENS if request.max_tokens is None else request.max_tokens
    options = read_options(structs.replace(request, max_tokens=max_tokens or None), RENAMED)
    count = count_logprobs(request)
    return build_options(
        **options
        | {"raw": True, "prompt_only": max_tokens == 0 or None}
        | {"logprobs": count if max_tokens else None, "prompt_logprobs": count if request.echo else None}
    )


def read_prompts(prompt: Prompt, tokenizer: Tokenizer) -> list[str]:
    """Return the texts of the prompts, those given as ids as `TokenizedText`. Raises `FieldRefused`."""
    if isinstance(prompt, str):
        return [_check_text(prompt)]
    kinds = {type(item) for item in prompt}
    if kinds == {int}:
        return [_read_ids([item for item in prompt if isinstance(item, int)], tokenizer)]
    if len(kinds) != 1:
        cause = "it must be a text, token ids, or a list of one of these"
        raise FieldRefused("prompt", cause, "必须是一段文字、一组 token id，或由其中一种组成的列表")
    return [_check_text(item) if isinstance(item, str) else _read_ids(item, tokenizer) for item in prompt]


def _check_text(text: str) -> str:
    if not text:
        raise FieldRefused("prompt", "it must not be empty", "不能为空")
    return text


def _read_ids(ids: Any, tokenizer: Tokenizer) -> TokenizedText:
    if not ids:
        raise FieldRefused("prompt", "it must not be empty", "不能为空")
    check_ids("prompt", ids, tokenizer)
    return TokenizedText.decode(ids, tokenizer)


def check_ids(name: str, ids: Sequence[int], tokenizer: Tokenizer) -> None:
    """Raise `FieldRefused` for ids that are no tokens."""
    last = tokenizer.num_ids - 1
    if any(not 0 <= token_id <= last for token_id in ids):
        raise FieldRefused(name, f"token ids go from 0 to {last}", f"token id 的范围是 0 到 {last}")
