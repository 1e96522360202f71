"""Typed control tokens stay plain text, and text survives encoding and decoding."""

import random
import sys
import threading
import unicodedata

import pytest
from tokenizers import Tokenizer as Backend

from model.chat import ChatModel
from model.errors import LoadError
from model.tokenizer import CONTROL_TOKENS, Tokenizer

TEXTS = ("", "!", "a!b !! c", "Hello world", "这件衣服多少钱？", "emoji 🙂🙃 ok", "\n\n  two\r\nlines\t", "ﬁ ½ é é")


@pytest.fixture(scope="module")
def tokenizer(chat_model: ChatModel) -> Tokenizer:
    return chat_model.builder.tokenizer


@pytest.mark.parametrize("token", [*CONTROL_TOKENS, "<box>", "</ref>"])
def test_typed_control_tokens_are_plain_text(tokenizer: Tokenizer, token: str) -> None:
    text = f"a{token}b {token}"
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert not set(ids) & set(tokenizer.encode_with_controls("".join(CONTROL_TOKENS) + "<box></ref>"))


def test_control_ids_are_those_of_the_checkpoint(tokenizer: Tokenizer) -> None:
    assert tokenizer.control_id("<image>") == 1204
    assert tokenizer.end_ids == (1202, 1200)
    with pytest.raises(KeyError):
        tokenizer.control_id("image")


def test_encode_with_controls_recognises_control_tokens(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode_with_controls("<|im_start|><image><unk></image><|im_end|>") == [
        1201,
        1204,
        1203,
        1205,
        1202,
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_decoding_gives_the_encoded_text(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == unicodedata.normalize("NFC", text)


def test_other_threads_run_while_a_long_text_is_encoded(tokenizer: Tokenizer) -> None:
    """The event loop is one of them. Encoding itself must release the GIL: the switch interval is set far too long."""
    gate, ran = threading.Event(), threading.Event()

    def run() -> None:
        gate.wait()
        ran.set()

    thread = threading.Thread(target=run)
    thread.start()
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        gate.set()
        tokenizer.encode("a long text " * 100_000)
        assert ran.is_set()
    finally:
        sys.setswitchinterval(usual_s)
        thread.join()


def test_the_exclamation_mark_is_an_ordinary_token(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("!") == [0]
    assert tokenizer.decode([0, 0]) == "!!"
    assert tokenizer.make_detokenizer().add(0) == "!"


def test_answers_lose_end_tokens_and_keep_other_control_tokens(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode_with_controls("<ref>shirt</ref><box>1 2 3 4</box><|im_end|>")
    assert tokenizer.decode(ids) == "<ref>shirt</ref><box>1 2 3 4</box>"


@pytest.mark.parametrize("seed", range(20))
def test_pieces_join_to_the_whole_and_hold_no_half_character(tokenizer: Tokenizer, seed: int) -> None:
    rng = random.Random(seed)
    text = "".join(rng.choice("ab !中文🙂é\n") for _ in range(40))
    ids = tokenizer.encode(text)
    detokenizer = tokenizer.make_detokenizer()
    pieces = [detokenizer.add(token_id) for token_id in ids]
    assert not any("\ufffd" in piece for piece in pieces)
    assert "".join(pieces) + detokenizer.finish() == tokenizer.decode(ids)


@pytest.mark.parametrize("seed", range(20))
def test_pieces_of_random_ids_join_to_the_whole(tokenizer: Tokenizer, seed: int) -> None:
    """Random ids often hold parts of characters that are never completed."""
    rng = random.Random(seed)
    ids = [rng.randrange(1200) for _ in range(60)]
    detokenizer = tokenizer.make_detokenizer()
    pieces = "".join(detokenizer.add(token_id) for token_id in ids) + detokenizer.finish()
    assert pieces == tokenizer.decode(ids)


def test_a_cut_off_character_comes_out_at_the_end(tokenizer: Tokenizer) -> None:
    detokenizer = tokenizer.make_detokenizer()
    assert [detokenizer.add(token_id) for token_id in tokenizer.encode("🙂")[:-1]] == ["", "", ""]
    assert detokenizer.finish() == "\ufffd"


def test_a_tokenizer_of_another_model_is_refused(tokenizer: Tokenizer) -> None:
    text = tokenizer._backend.to_str().replace("<slice>", "<slide>")
    with pytest.raises(LoadError, match="lacks the control token <slice>"):
        Tokenizer(Backend.from_str(text))


@pytest.mark.parametrize("text", TEXTS)
def test_the_bytes_of_tokens_join_to_those_of_the_text(tokenizer: Tokenizer, text: str) -> None:
    found = b"".join(map(tokenizer.id_to_bytes, tokenizer.encode(text)))
    assert found.decode() == unicodedata.normalize("NFC", text)


def test_the_bytes_of_control_tokens_are_their_names(tokenizer: Tokenizer) -> None:
    assert tokenizer.id_to_bytes(tokenizer.control_id("<|im_end|>")) == b"<|im_end|>"
    assert tokenizer.id_to_bytes(10**6) == b""


def test_the_tokenizer_survives_as_json(tokenizer: Tokenizer) -> None:
    again = Tokenizer(Backend.from_str(tokenizer.to_json()))
    assert again.encode("这件 shirt <|im_end|>") == tokenizer.encode("这件 shirt <|im_end|>")
