"""Log-probabilities as clients get them."""

from model.engine.sequence import TokenLogprob
from server.api.logprobs import write_logprobs
from tests.helpers.fakes import byte_tokenizer

TOKENIZER = byte_tokenizer()


def test_half_a_character_has_its_bytes() -> None:
    first, second = TOKENIZER.encode("é")
    (entry,) = write_logprobs(TOKENIZER, [TokenLogprob(first, -1.0, ((first, -1.0), (second, -2.0)))])
    assert entry["bytes"] == [0xC3]
    assert entry["token"] == "\ufffd"
    assert [item["bytes"] for item in entry["top_logprobs"]] == [[0xC3], [0xA9]]


def test_end_tokens_are_no_part_of_the_answer() -> None:
    letter = TOKENIZER.encode("a")[0]
    end = TOKENIZER.end_ids[0]
    entries = write_logprobs(TOKENIZER, [TokenLogprob(letter, -1.0, ((end, -0.1),)), TokenLogprob(end, -0.2)])
    assert [item["token"] for item in entries] == ["a"]
    assert entries[0]["top_logprobs"][0]["token"] == "<|im_end|>"
