"""Log-probabilities of an answer's tokens, as OpenAI and Ollama both write them."""

from collections.abc import Sequence
from typing import Any

from model.engine.sequence import TokenLogprob
from model.tokenizer import Tokenizer


def token_logprobs(tokenizer: Tokenizer, logprobs: Sequence[TokenLogprob]) -> list[dict[str, Any]]:
    """Of the tokens that are part of the answer: end tokens are not."""
    return [
        {
            **_token(tokenizer, item.token_id, item.logprob),
            "top_logprobs": [_token(tokenizer, token_id, logprob) for token_id, logprob in item.top],
        }
        for item in logprobs
        if item.token_id not in tokenizer.end_ids
    ]


def _token(tokenizer: Tokenizer, token_id: int, logprob: float) -> dict[str, Any]:
    """A token may be a part of a character, which `bytes` still tells."""
    data = tokenizer.token_bytes(token_id)
    return {"token": data.decode(errors="replace"), "logprob": logprob, "bytes": list(data)}
