"""JSON is moderated as its reader sees it, however its characters are written and however it is cut."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pipeline.moderation.json_stream import JSONStreamFilter
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.stream import StreamFilter
from tests.helpers.word_lists import make_moderator

MODERATOR = make_moderator("darn", "坏词", "a/b", "𠀀𠀁", flag=("hmm",), block=("zap",))


def stream(moderator: Moderator, text: str, size: int = 1) -> tuple[str, JSONStreamFilter]:
    stream_filter = JSONStreamFilter(moderator)
    shown = [stream_filter.feed(text[start : start + size]) for start in range(0, len(text), size)]
    return "".join((*shown, stream_filter.finish())), stream_filter


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r'"d\u0061rn it"', r'"**** it"'),
        (r'"\u0064\u0061\u0072\u006E"', '"****"'),
        (r'"\u574f\u8bcd!"', '"**!"'),
        (r'"坏\n词"', '"***"'),
        (r'"坏\\词"', '"***"'),
        (r'"坏\"词"', '"***"'),
        (r'"d\/a\/r\/n"', '"*******"'),
        (r'"\nice darn"', r'"\nice ****"'),
        (r'"x\tdarn\u0020\u0041"', r'"x\t****\u0020\u0041"'),
        (r'"\ud840\udc00\uD840\uDC01\ud840\udc02"', r'"**\ud840\udc02"'),
        (r'"\ud835\udc1d\ud835\udc1arn \ud835\udc1a"', r'"**** \ud835\udc1a"'),
        (r'"\ud83d\ude00坏"', r'"\ud83d\ude00坏"'),
        (r'"d\ud800a\udc00r\ud800n"', '"*******"'),
        (r'"C:\\data\\u0064arn"', r'"C:\\data\\u0064arn"'),
        (r'{"d\u0061rn": ["\u0064arn", 1]}', '{"****": ["****", 1]}'),
        ('{"plain": "text, 文字"}', '{"plain": "text, 文字"}'),
        (r'"h\u006dm \u0068i"', r'"h\u006dm \u0068i"'),
    ],
)
def test_words_are_masked_in_what_the_text_means(written: str, shown: str, size: int) -> None:
    assert stream(MODERATOR, written, size)[0] == shown


@pytest.mark.parametrize("size", [1, 4, 100])
@pytest.mark.parametrize("written", [r'{"a": "so z\u0061p!"}', r'{"a": "so \u007aap"}', r'{"a": "so za\u0070"'])
def test_nothing_is_shown_from_a_word_to_block_on(written: str, size: int) -> None:
    shown, stream_filter = stream(MODERATOR, written, size)
    assert (shown, stream_filter.is_blocked) == ('{"a": "so ', True)
    assert [hit.word for hit in stream_filter.verdict.hits] == ["zap"]


def test_a_flagged_word_is_noted_once() -> None:
    shown, stream_filter = stream(MODERATOR, r'"h\u006dm"')
    assert shown == r'"h\u006dm"'
    assert [hit.word for hit in stream_filter.verdict.hits] == ["hmm"]


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (['"x', "\\", "u00", "78", " y"], ['"x', "", "", r"\u0078", " y", ""]),
        (["\\ud83d", "\\ude00!"], ["", r"\ud83d\ude00!", ""]),
        (["\\ud83d", "\\u0061!"], ["", r"\ud83d\u0061!", ""]),
        (["\\ud83d", "x"], ["", r"\ud83dx", ""]),
        (["x\\u00"], ["x", r"\u00"]),
        (["x\\"], ["x", "\\"]),
        (["\\\\", "n"], [r"\\", "n", ""]),
        (["d\\u0061", "\\u0072", "k"], ["", "", r"d\u0061\u0072k", ""]),
    ],
)
def test_no_more_is_held_back_than_an_escape_and_a_word_need(pieces: list[str], shown: list[str]) -> None:
    stream_filter = JSONStreamFilter(MODERATOR)
    assert [*map(stream_filter.feed, pieces), stream_filter.finish()] == shown


def write(text: str, choices: list[int]) -> str:
    """Write a text as a JSON string, each character plainly or as one of its escapes."""
    plain = (json.dumps(character, ensure_ascii=False)[1:-1] for character in text)
    escaped = ["".join(f"\\u{unit:04x}" for unit in to_units(character)) for character in text]
    return "".join((p, e, e.upper().replace("\\U", "\\u"))[c] for p, e, c in zip(plain, escaped, choices, strict=True))


def to_units(character: str) -> list[int]:
    units = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(units[i : i + 2]) for i in range(0, len(units), 2)]


CHARACTERS = st.lists(st.tuples(st.sampled_from('darnz p坏词😀𝐝\\"/\n-。h'), st.integers(0, 2)), max_size=30)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(CHARACTERS, st.integers(1, 9))
def test_a_reader_sees_what_moderated_text_would_be(characters: list[tuple[str, int]], size: int) -> None:
    text = "".join(character for character, _ in characters)
    shown, stream_filter = stream(MODERATOR, write(text, [choice for _, choice in characters]), size)
    plain_filter = StreamFilter(MODERATOR)
    expected = plain_filter.feed(text) + plain_filter.finish()
    assert json.loads(f'"{shown}"') == expected
    assert stream_filter.verdict == plain_filter.verdict
    assert stream_filter.is_blocked == plain_filter.is_blocked


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text('ab\\u0061d8"/{ 坏', max_size=30), st.integers(1, 9))
def test_text_without_words_is_shown_as_it_is_written(text: str, size: int) -> None:
    assert stream(make_moderator("qqq"), text, size)[0] == text
