"""Tokens and their log-probabilities in four lists."""

from model.engine.sequence import TokenLogprob
from server.api.completions.logprobs import TokenLister, name_token
from tests.helpers.fakes import byte_tokenizer

TOKENIZER = byte_tokenizer()


def test_offsets_count_characters_over_parts() -> None:
    lister = TokenLister(TOKENIZER)
    ids = TOKENIZER.encode("a你b")
    first = lister.list_tokens([(ids[0], None), *((i, TokenLogprob(i, -1.0)) for i in ids[1:3])])
    second = lister.list_tokens((i, TokenLogprob(i, -2.0)) for i in ids[3:])
    assert first["tokens"] == ["a", "bytes:\\xe4", "bytes:\\xbd"]
    assert second["tokens"] == ["bytes:\\xa0", "b"]
    assert first["text_offset"] + second["text_offset"] == [0, 1, 1, 1, 2]
    assert first["token_logprobs"] == [None, -1.0, -1.0]
    assert first["top_logprobs"] == [None, {"bytes:\\xe4": -1.0}, {"bytes:\\xbd": -1.0}]


def test_the_token_itself_is_among_the_likeliest() -> None:
    a, b, c = TOKENIZER.encode("abc")
    tokens = [(c, TokenLogprob(c, -3.0, ((a, -0.5), (b, -1.0)))), (a, TokenLogprob(a, -0.5, ((a, -0.5), (b, -1.0))))]
    lists = TokenLister(TOKENIZER).list_tokens(tokens)
    assert lists["top_logprobs"] == [{"a": -0.5, "b": -1.0, "c": -3.0}, {"a": -0.5, "b": -1.0}]


def test_tokens_by_their_ids() -> None:
    (a,) = TOKENIZER.encode("a")
    lists = TokenLister(TOKENIZER, are_ids=True).list_tokens([(a, TokenLogprob(a, -1.0))])
    assert lists["tokens"] == [f"token_id:{a}"]
    assert lists["top_logprobs"] == [{f"token_id:{a}": -1.0}]


def test_control_tokens_have_their_names() -> None:
    assert name_token(TOKENIZER, TOKENIZER.control_id("<|im_end|>")) == "<|im_end|>"
