"""What is taken back of a text, and which tokens may be written in its place."""

from collections.abc import Sequence

import numpy as np
import pytest

from model.chat import ChatModel
from model.token_healing import TokenHealing, TokenIndex
from model.tokenizer import CONTROL_TOKENS, Tokenizer
from tests.helpers.fakes import byte_tokenizer


@pytest.fixture(scope="module")
def tokenizer(chat_model: ChatModel) -> Tokenizer:
    return chat_model.builder.tokenizer


@pytest.fixture(scope="module")
def index(tokenizer: Tokenizer) -> TokenIndex:
    return TokenIndex(tokenizer)


def heal(index: TokenIndex, tokenizer: Tokenizer, text: str) -> TokenHealing | None:
    return TokenHealing.find(index, tokenizer.encode(text))


def texts(index: TokenIndex, token_ids: Sequence[int]) -> set[bytes]:
    return {index.get_bytes(token_id) for token_id in token_ids}


def test_tokens_are_found_by_their_bytes(index: TokenIndex, tokenizer: Tokenizer) -> None:
    longer = texts(index, index.find_extensions(b" th"))
    assert {b" th", b" the"} <= longer
    assert all(text.startswith(b" th") for text in longer)
    assert texts(index, index.find_beginnings(b" the")) >= {b" ", b" t", b" th"}
    assert b" the" not in texts(index, index.find_beginnings(b" the"))
    assert index.has_longer(b" th")
    assert not index.has_longer("龘".encode() * 9)
    assert index.find_extensions(b"<|im_end|>") == []
    for token in CONTROL_TOKENS:
        assert index.get_bytes(tokenizer.control_id(token)) == b""
    assert index.get_bytes(10**6) == b""


@pytest.mark.parametrize("text", ["one ", "the", "a line\n", "  ", "价", "x 29", "tab\t", "the end."])
def test_what_is_taken_back_is_the_end_of_the_text(index: TokenIndex, tokenizer: Tokenizer, text: str) -> None:
    healing = heal(index, tokenizer, text)
    if healing is None:
        assert not index.has_longer(text[-1:].encode())
        return
    ids = tokenizer.encode(text)
    kept = ids[: len(ids) - healing.num_tokens]
    assert tokenizer.decode(kept).encode() + healing.text == text.encode()
    assert healing.num_characters == len(healing.text.decode())
    assert index.has_longer(healing.text)


def test_nothing_is_taken_back_where_no_token_is_longer() -> None:
    tokenizer = byte_tokenizer()
    index = TokenIndex(tokenizer)
    assert TokenHealing.find(index, tokenizer.encode("hello ")) is None
    assert TokenHealing.find(index, []) is None


def test_a_part_that_is_taken_back_begins_with_a_character(index: TokenIndex, tokenizer: Tokenizer) -> None:
    for text in ("🙂", "龘", "é", "a🙂龘 ", "中文🙂"):
        healing = heal(index, tokenizer, text)
        if healing is not None:
            assert text.encode().endswith(healing.text)
            assert healing.text.decode()


def test_only_what_keeps_to_the_text_may_be_written(index: TokenIndex) -> None:
    healing = TokenHealing(index, b" the", 1)
    allowed = healing([])
    assert allowed is not None
    found = texts(index, np.nonzero(allowed)[0].tolist())
    assert {b" ", b" t", b" the"} <= found
    assert all(text.startswith(b" the") or b" the".startswith(text) for text in found)


def test_after_the_text_any_token_may_come(index: TokenIndex, tokenizer: Tokenizer) -> None:
    healing = TokenHealing(index, b" the", 1)
    (whole,), (half,) = tokenizer.encode(" the"), tokenizer.encode(" t")
    assert healing([whole]) is healing([whole, half]) is None
    rest = healing([half])
    assert rest is not None
    assert b"he" in texts(index, np.nonzero(rest)[0].tolist())


def test_tokens_that_hold_nothing_new_are_counted(index: TokenIndex, tokenizer: Tokenizer) -> None:
    healing = TokenHealing(index, b" the", 2)
    (whole,), (half,), (rest,) = (tokenizer.encode(text) for text in (" the", " t", "he"))
    counts = {(): 0, (half,): 1, (half, rest): 2, (whole,): 1, (whole, half, rest): 1}
    for ids, count in counts.items():
        assert healing.count_rewritten(ids) == count
        assert healing.count_spare(ids) == 2 - count
    longer = next(i for i in index.find_extensions(b" the") if len(index.get_bytes(i)) > 4)
    assert healing.count_rewritten([longer]) == 0
