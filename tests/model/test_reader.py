"""The reader returns text as soon as it is certain."""

from model.chat import ChatModel
from model.reader import AnswerReader


def read_pieces(chat_model: ChatModel, text: str, stop: tuple[str, ...] = ()) -> tuple[list[str], AnswerReader]:
    tokenizer = chat_model.builder.tokenizer
    reader = AnswerReader(tokenizer, stop)
    ids = tokenizer.encode(text)
    return [reader.read(ids[:end], end == len(ids)) for end in range(1, len(ids) + 1)], reader


def test_pieces_join_to_the_text(chat_model: ChatModel) -> None:
    found, reader = read_pieces(chat_model, "这件 costs 299 元 🙂!")
    assert "".join(found) == reader.text == "这件 costs 299 元 🙂!"
    assert len(found) > 5


def test_a_stop_string_may_span_tokens(chat_model: ChatModel) -> None:
    found, reader = read_pieces(chat_model, "one two three four", stop=("o three",))
    assert "".join(found) == "one tw"
    assert reader.is_stopped


def test_held_text_comes_at_the_end(chat_model: ChatModel) -> None:
    found, reader = read_pieces(chat_model, "one two thr", stop=("three",))
    assert "".join(found) == "one two thr"
    assert not reader.is_stopped


def test_half_a_character_becomes_a_replacement_character_at_the_end(chat_model: ChatModel) -> None:
    tokenizer = chat_model.builder.tokenizer
    ids = tokenizer.encode("🙂")[:-1]
    reader = AnswerReader(tokenizer, ())
    assert reader.read(ids, False) == ""
    assert set(reader.read(ids, True)) == {"�"}


def test_the_end_of_a_continued_text_is_left_out(chat_model: ChatModel) -> None:
    tokenizer = chat_model.builder.tokenizer
    ids = tokenizer.encode("这件 costs 299")
    for num_hidden in (0, 1, 4, 20):
        reader = AnswerReader(tokenizer, ("costs",), num_hidden=num_hidden)
        pieces = [reader.read(ids[:end], end == len(ids)) for end in range(1, len(ids) + 1)]
        assert "".join(pieces) == reader.text == ("这件 " if num_hidden < 3 else "这件 costs 299")[num_hidden:]


def test_nothing_is_read_after_the_end(chat_model: ChatModel) -> None:
    ids = chat_model.builder.tokenizer.encode("done")
    reader = AnswerReader(chat_model.builder.tokenizer, ())
    assert reader.read(ids, True) == "done"
    assert reader.read([*ids, *ids], True) == ""
