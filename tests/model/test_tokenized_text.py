"""Text that knows the ids that it was given as."""

from model.tokenized_text import TokenizedText
from tests.helpers.fakes import byte_tokenizer

TOKENIZER = byte_tokenizer()


def test_it_is_the_text_of_its_ids_with_control_tokens() -> None:
    ids = [TOKENIZER.control_id("<|im_start|>"), *TOKENIZER.encode("你"), TOKENIZER.control_id("<|im_end|>")]
    text = TokenizedText.decode(ids, TOKENIZER)
    assert text == "<|im_start|>你<|im_end|>"
    assert text.ids == tuple(ids)


def test_half_a_character_is_replaced_in_the_text_alone() -> None:
    ids = TOKENIZER.encode("a你")[:-1]
    text = TokenizedText.decode(ids, TOKENIZER)
    assert text == "a\ufffd"
    assert text.ids == tuple(ids)


def test_what_is_made_of_it_is_plain_text() -> None:
    text = TokenizedText("a b", (1, 2))
    assert not isinstance(text.upper(), TokenizedText)
    assert not isinstance(text[:], TokenizedText)
