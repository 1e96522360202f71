"""Log-probabilities in the form of OpenAI's completions: four lists with an entry for each token."""

import codecs
from collections.abc import Iterable

from model.engine.sequence import TokenLogprob
from model.tokenizer import Tokenizer
from server.api.completions.response import TokenLists


def name_token(tokenizer: Tokenizer, token_id: int) -> str:
    r"""Return a token's text. One that is no whole text, as parts of characters are not, is `bytes:\xe4\xb8`."""
    data = tokenizer.id_to_bytes(token_id)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in data)


class TokenLister:
    """Lists the tokens of one choice, part by part.

    With `are_ids` tokens are named by their ids, as in `token_id:42`.
    """

    def __init__(self, tokenizer: Tokenizer, are_ids: bool = False) -> None:
        self._tokenizer = tokenizer
        self._are_ids = are_ids
        self._names: dict[int, str] = {}
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._num_chars = 0

    def list_tokens(self, tokens: Iterable[tuple[int, TokenLogprob | None]]) -> TokenLists:
        """Return the lists of the next tokens, given by their ids; the first token of a prompt has no logprob.

        `text_offset` is where a token begins in the text of the choice. `top_logprobs` has the token itself too.
        """
        lists: TokenLists = {"tokens": [], "token_logprobs": [], "top_logprobs": [], "text_offset": []}
        for token_id, scored in tokens:
            lists["tokens"].append(self._name(token_id))
            lists["token_logprobs"].append(None if scored is None else scored.logprob)
            lists["top_logprobs"].append(None if scored is None else self._list_top(scored))
            lists["text_offset"].append(self._num_chars)
            self._num_chars += len(self._decoder.decode(self._tokenizer.id_to_bytes(token_id)))
        return lists

    def _list_top(self, scored: TokenLogprob) -> dict[str, float]:
        top = {self._name(token_id): logprob for token_id, logprob in scored.top}
        return {**top, self._name(scored.token_id): scored.logprob}

    def _name(self, token_id: int) -> str:
        if token_id not in self._names:
            text = f"token_id:{token_id}" if self._are_ids else name_token(self._tokenizer, token_id)
            self._names[token_id] = text
        return self._names[token_id]
