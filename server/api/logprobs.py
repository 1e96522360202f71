"""Log-probabilities of an answer's tokens, in the form that OpenAI and Ollama share."""

from collections.abc import Sequence
from typing import Any

from model.engine.sequence import TokenLogprob
from model.tokenizer import Tokenizer


def write_logprobs(tokenizer: Tokenizer, logprobs: Sequence[TokenLogprob]) -> list[dict[str, Any]]:
    """Return an entry for each token of the answer. End tokens are not part of it, so they have none."""
    return [
        {
            **_write_token(tokenizer, item.token_id, item.logprob),
            "top_logprobs": [_write_token(tokenizer, token_id, logprob) for token_id, logprob in item.top],
        }
        for item in logprobs
        if item.token_id not in tokenizer.end_ids
    ]


def _write_token(tokenizer: Tokenizer, token_id: int, logprob: float) -> dict[str, Any]:
    """Return a token's entry. A token may be part of a character: `token` then holds U+FFFD, `bytes` are exact."""
    data = tokenizer.id_to_bytes(token_id)
    return {"token": data.decode(errors="replace"), "logprob": logprob, "bytes": list(data)}
