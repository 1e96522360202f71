"""The stream filter shows the same as the whole text, however it is cut, and nothing of a word to block."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.matching.folding import SEPARATOR, SPACE, Folding, join_letters
from server.pipeline.moderation.moderator import Moderator
from server.pipeline.moderation.place import MAX_GAP
from server.pipeline.moderation.segmentation import CONTEXT
from server.pipeline.moderation.stream import StreamFilter
from server.pipeline.moderation.word_lists import Action
from tests.helpers.word_lists import make_moderator

LONGEST = 5
MODERATOR = make_moderator("ab", "sb", "坏词", "a b坏", "kab", flag=("词坏", "ba"), block=("aab", "坏坏词", "词词ab词"))
ALPHABET = "ab坏词 -,。\u200b\u0301㎏"
PIECES = st.lists(st.text(ALPHABET, min_size=1, max_size=7), max_size=12)


def stream(moderator: Moderator, pieces: list[str]) -> tuple[str, StreamFilter]:
    stream_filter = StreamFilter(moderator)
    shown = [stream_filter.feed(piece) for piece in pieces]
    return "".join((*shown, stream_filter.finish())), stream_filter


@settings(deadline=None, derandomize=True, max_examples=300)
@given(PIECES)
def test_a_stream_shows_what_the_whole_text_shows(pieces: list[str]) -> None:
    shown, stream_filter = stream(MODERATOR, pieces)
    verdict = MODERATOR.check("".join(pieces))
    assert stream_filter.is_blocked == verdict.is_blocked == stream_filter.verdict.is_blocked
    if verdict.is_blocked:
        first = min(hit.start for hit in verdict.hits if hit.category.action is Action.BLOCK)
        assert verdict.text[:first].startswith(shown)
    else:
        assert shown == verdict.text
        assert stream_filter.verdict == verdict
    assert shown == stream_filter.verdict.text


TEMPTING = make_moderator("大麻", "色情", "sm", flag=("烦人",), block=("枪支",))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.text("太大麻烦人颜色情况枪支持sm ,，*", min_size=1, max_size=5), max_size=12))
def test_a_stream_cuts_words_as_the_whole_text_is_cut(pieces: list[str]) -> None:
    shown, stream_filter = stream(TEMPTING, pieces)
    verdict = TEMPTING.check("".join(pieces))
    assert stream_filter.is_blocked == verdict.is_blocked
    assert verdict.text.startswith(shown) if verdict.is_blocked else shown == verdict.text


@settings(deadline=None, derandomize=True, max_examples=300)
@given(PIECES)
def test_each_hit_is_reported_once_at_its_place(pieces: list[str]) -> None:
    _, stream_filter = stream(MODERATOR, pieces)
    hits = stream_filter.verdict.hits
    assert len(hits) == len(set(hits))
    assert set(hits) <= set(MODERATOR.check("".join(pieces)).hits)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(PIECES)
def test_no_more_is_held_back_than_the_longest_word(pieces: list[str]) -> None:
    stream_filter, folding, given_text, num_shown = StreamFilter(MODERATOR), Folding(), "", 0
    for piece in pieces:
        given_text += piece
        num_shown += len(stream_filter.feed(piece))
        if stream_filter.is_blocked:
            return
        held = given_text[num_shown:].translate(folding)
        # one character may be two letters, of which the first is not needed; the words wait one after the other
        assert len(join_letters(held)) <= LONGEST + CONTEXT + 1
        assert sum(each in (SPACE, SEPARATOR) for each in held) <= (LONGEST + CONTEXT) * MAX_GAP


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text("xyz好的 ,。1", max_size=30))
def test_text_without_beginnings_of_words_is_shown_at_once(text: str) -> None:
    stream_filter = StreamFilter(MODERATOR)
    assert [stream_filter.feed(character) for character in text] == list(text)


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["a", "b"], ["", "", "**"]),
        (["a", "b", "x"], ["", "", "abx", ""]),
        (["a", "b", "。", "no"], ["", "", "**。", "no", ""]),
        (["好坏", "好"], ["好", "坏好", ""]),
        (["很坏", "词", "很"], ["很", "", "", "**很"]),
        (["很坏", "词", "很", "很很很很"], ["很", "", "", "**很很很很很", ""]),
        (["很坏", "词", "，"], ["很", "", "*", "*，"]),
        (["s b", " ", "y", "ou"], ["", "", "", "*** you", ""]),
        (["坏", " " * 20, "词"], ["", "坏" + " " * 20, "", "词"]),
        (["坏词坏"], ["", "**坏"]),
        (["xa", "b"], ["x", "", "ab"]),
        (["x\u200b", "ab"], ["x\u200b", "", "ab"]),
        (["", "a", ""], ["", "", "", "a"]),
    ],
)
def test_text_is_held_back_until_it_can_be_shown(pieces: list[str], shown: list[str]) -> None:
    stream_filter = StreamFilter(MODERATOR)
    assert [*map(stream_filter.feed, pieces), stream_filter.finish()] == shown


def test_nothing_is_shown_from_a_word_to_block_on() -> None:
    stream_filter = StreamFilter(MODERATOR)
    assert [stream_filter.feed(piece) for piece in ("好 a", "-a-", "b", " 好", "好")] == ["好 ", "", "", "", ""]
    assert stream_filter.is_blocked
    assert stream_filter.finish() == ""
    assert [(hit.word, hit.start, hit.end) for hit in stream_filter.verdict.hits] == [("aab", 2, 7), ("ab", 4, 7)]
    assert stream_filter.verdict.text == "好 "


def test_a_word_to_block_at_the_very_end_is_found_at_the_end() -> None:
    stream_filter = StreamFilter(MODERATOR)
    assert stream_filter.feed("好aab") == "好"
    assert not stream_filter.is_blocked
    assert stream_filter.finish() == ""
    assert stream_filter.is_blocked


def test_overlapping_masked_words_are_both_hidden() -> None:
    masked = make_moderator("坏词", "词乙")
    stream_filter = StreamFilter(masked)
    assert [stream_filter.feed(character) for character in "坏词乙 "] == ["", "", "", "*** "]
    assert stream_filter.verdict == masked.check("坏词乙 ")


def test_a_masked_letter_still_keeps_a_word_from_beginning_after_it() -> None:
    stream_filter = StreamFilter(make_moderator("ab", flag=("ba",)))
    assert [stream_filter.feed(piece) for piece in ("ab-", "a。")] == ["*", "*-a。"]
    assert [hit.word for hit in stream_filter.verdict.hits] == ["ab"]
