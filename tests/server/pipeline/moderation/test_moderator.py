"""The moderator: the hits in the original text, what is hidden, and what is blocked."""

import time
from pathlib import Path

import pytest

from server.pipeline.moderation.matching import Hit
from server.pipeline.moderation.moderator import Moderator, hide
from server.pipeline.moderation.word_lists import EXAMPLE, Action, WordListError
from tests.helpers.word_lists import make_category, make_moderator


def test_a_hit_says_the_lists_word_and_its_place_in_the_original() -> None:
    verdict = make_moderator("坏词").check("这是 壞·詞 吗")
    assert verdict.hits == (Hit("坏词", make_category(Action.MASK), 3, 6),)
    assert verdict.text == "这是 *** 吗"


@pytest.mark.parametrize(
    ("text", "shown", "is_blocked"),
    [
        ("all is well", "all is well", False),
        ("a hidden word", "a ****** word", False),
        ("a noted word", "a noted word", False),
        ("a banned word", "a ****** word", True),
        ("hidden, noted, banned", "******, noted, ******", True),
        ("", "", False),
    ],
)
def test_each_action_shows_hides_or_blocks(text: str, shown: str, is_blocked: bool) -> None:
    verdict = make_moderator("hidden", block=("banned",), flag=("noted",)).check(text)
    assert (verdict.text, verdict.is_blocked) == (shown, is_blocked)


def test_all_hits_are_returned_in_order() -> None:
    verdict = make_moderator("坏词", "坏词乙", flag=("词乙", "坏词")).check("坏词乙")
    assert [(hit.word, hit.category.name, hit.start, hit.end) for hit in verdict.hits] == [
        ("坏词", "flag", 0, 2),
        ("坏词", "mask", 0, 2),
        ("坏词乙", "mask", 0, 3),
        ("词乙", "flag", 1, 3),
    ]
    assert verdict.text == "***"


def test_masked_text_is_as_long_as_the_original() -> None:
    text = "x ﬁg\u0301 𝐟𝐢𝐠 f i g 😀"
    shown = make_moderator("fig").check(text).text
    assert shown == "x **\u0301 *** ***** 😀"
    assert len(shown) == len(text)


def test_hide_accepts_hits_that_reach_out_of_the_text() -> None:
    hits = [Hit("w", make_category(Action.MASK), start, start + 3) for start in (8, 14)]
    assert hide("abcde", hits, offset=10) == "*bcd*"
    assert hide("abcde", hits, offset=20) == "abcde"
    assert hide("abcde", hits, offset=0) == "abcde"


def test_lists_are_loaded_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("banned", encoding="utf-8")
    loaded = Moderator.load(tmp_path)
    assert loaded.check("banned").is_blocked
    assert loaded.lists.digest
    (tmp_path / "a.txt").write_text("fine\n***", encoding="utf-8")
    with pytest.raises(WordListError, match=r"a.txt, line 2: '\*\*\*' has fewer than two letters"):
        Moderator.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("say blorptastic", "say ***********"), ("fizz-wobble", "***********"), ("这是示例标记词", "这是示例标记词")],
)
def test_the_example_works(text: str, shown: str) -> None:
    verdict = Moderator.load(EXAMPLE).check(text)
    assert verdict.text == shown
    assert len(verdict.hits) == 1


def test_a_long_text_full_of_doubtful_places_is_read_at_once() -> None:
    moderator = make_moderator("大麻", "色情", "毒品")
    text = "太大麻烦颜色情况，无毒品质 我要大*麻。" * 5_000  # 100,000 characters
    started = time.perf_counter()
    assert len(moderator.check(text).hits) == 5_000
    assert time.perf_counter() - started < 5  # about 1 s on an idle core
