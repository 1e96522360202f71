"""The matcher: which words are hits, by examples and compared with regular expressions."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pipeline.moderation.matching import Matcher
from server.pipeline.moderation.place import MAX_GAP
from server.pipeline.moderation.word_lists import WordListError
from tests.helpers.word_lists import make_words

MATCHER = Matcher(make_words("bad", "ass", "坏词", "法轮功", "free gift", "sb", "A片", "カ", "가"))


def found(text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in MATCHER.find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "bad",
        "BAD",
        "ｂａｄ",
        "B̶a̶d",
        "bád",
        "b\u200ba\u00add",
        "b-a-d",
        "b.a.d",
        "b a d",
        "b  a\nd",
        "b * a * d",
        "ba-d",
        "ⓑⓐⓓ",
        "a s s",
        "坏词",
        "壞詞",
        "坏 词",
        "坏*词",
        "坏，\n词",
        "坏\u200b词",
        "法·轮·功",
        "法輪-功",
        "free gift",
        "freegift",
        "FREE   GIFT",
        "free-gift",
        "f r e e g i f t",
        "A 片",
        "ａ片",
        "坏" + "*" * MAX_GAP + "词",
        "坏" + "\u200b" * 100 + "词",
    ],
)
def test_disguises_are_seen_through(text: str) -> None:
    assert found(text) == [text]
    assert found(f"很{text}啊 ") == [text]
    assert found(f"so {text}, so") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "class",
        "badge",
        "assets and passes",
        "embassy",
        "bad1",
        "xbad",
        "pass as soon",
        "as sad as so",
        "ba d",
        "b ad",
        "it is b. Add it",
        "was back",
        "fre egift",
        "坏。词",
        "坏！词",
        "坏? 词",
        "bad\u0301ly",
        "visa片",
        "坏" + "*" * (MAX_GAP + 1) + "词",
        "ガ",
        "カ\u3099",
        "각",
    ],
)
def test_other_words_are_not_hits(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("你真是sb啊", ["sb"]),
        ("bad, BAD & b-a-d", ["bad", "BAD", "b-a-d"]),
        ("not bad\u200b!", ["bad"]),
        ("half-ass", ["ass"]),
        ("カメラ", ["カ"]),
        ("가나", ["가"]),
        ("c l a s s", ["a s s"]),  # as the page on moderation says
    ],
)
def test_hits_among_other_text(text: str, hits: list[str]) -> None:
    assert found(text) == hits


def test_a_text_that_goes_on_has_no_hit_at_its_end() -> None:
    unfinished = [MATCHER.search(text, is_whole=False) for text in ("bad", "坏词", "bad\u200b")]
    assert [search.hits for search in unfinished] == [(), (), ()]
    assert [hit.end for hit in MATCHER.search("bad ", is_whole=False).hits] == [3]


@pytest.mark.parametrize(
    ("text", "undecided"),
    [
        ("bad", 3),  # the reader holds it
        ("so bad ", 7),
        ("坏词", 2),  # so it does here
        ("很坏词很好的", 1),
        ("很坏词很好的一天", 8),
        ("坏词，", 3),
        ("坏-词很", 0),
        ("坏-词-", 0),
        ("坏-词 ", 4),
        ("s b", 3),
        ("s b ", 0),
        ("s b y", 0),
        ("s b y ", 6),
        ("s b you", 7),
    ],
)
def test_a_word_waits_for_what_says_whether_it_is_one(text: str, undecided: int) -> None:
    assert MATCHER.search(text, is_whole=False).undecided == undecided


def test_hits_that_begin_before_the_start_are_left_out() -> None:
    assert [hit.start for hit in MATCHER.search("bad bad", start=1).hits] == [4]
    assert MATCHER.search("xass", start=1).hits == ()


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        ("x", "'x' has fewer than two letters"),
        ("C++", r"'C\+\+' has fewer than two letters"),
        ("***", "has fewer than two letters"),
        ("!?", "has fewer than two letters"),
        ("what? no", "is more than one sentence"),
    ],
)
def test_words_that_cannot_be_looked_for_are_refused_with_their_place(word: str, cause: str) -> None:
    with pytest.raises(WordListError, match=f"mask.txt, line 2: .*{cause}"):
        Matcher(make_words("fine", word))


@pytest.mark.parametrize("text", ["屎", "Go away!", "¿qué?", "x1"])
def test_words_find_themselves(text: str) -> None:
    assert [hit.word for hit in Matcher(make_words(text)).find(text)] == [text]


def test_a_word_in_two_lists_is_two_hits() -> None:
    assert [hit.word for hit in Matcher(make_words("free gift", "Freegift")).find("freegift")] == [
        "free gift",
        "Freegift",
    ]


def test_without_words_there_are_no_hits() -> None:
    assert list(Matcher([]).find("bad 坏词")) == []


UNSEEN = "\u200b*"
ANY_GAP = f"{UNSEEN}(?:[ -]{UNSEEN}){{0,{MAX_GAP}}}"
SOME_GAP = f"{UNSEEN}(?:[ -]{UNSEEN}){{1,{MAX_GAP}}}"
NO_SPACE = f"{UNSEEN}(?:-{UNSEEN}){{0,{MAX_GAP}}}"
LETTERS = "ab坏词"


def build_pattern(word: str, latin_gap: str) -> str:
    """Return a pattern of a word's letters with gaps between them."""
    pattern = word[0]
    for before, letter in itertools.pairwise(word):
        pattern += (latin_gap if (before + letter).isascii() else ANY_GAP) + letter
    return pattern


def find_with_patterns(text: str, word: str) -> set[tuple[int, int]]:
    """Find the places of a word with a regular expression at each start, and a look at the neighbours."""
    places = set()
    for start in range(len(text)):
        for gap in (SOME_GAP, NO_SPACE):
            match = re.compile(build_pattern(word, gap)).match(text, start)
            if match:
                before, after = text[:start].rstrip("\u200b")[-1:], text[match.end() :].lstrip("\u200b")[:1]
                is_part = (before in {"a", "b"} and word[0].isascii()) or (after in {"a", "b"} and word[-1].isascii())
                places |= set() if is_part else {(start, match.end())}
    return places


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.text(f"{LETTERS} -。\u200b", max_size=30),
    st.lists(st.text(LETTERS, min_size=2, max_size=4), min_size=1, max_size=5, unique=True),
)
def test_hits_are_those_of_regular_expressions(text: str, lists: list[str]) -> None:
    hits = [(hit.word, hit.start, hit.end) for hit in Matcher(make_words(*lists)).find(text)]
    assert len(hits) == len(set(hits))
    assert set(hits) == {(word, *place) for word in lists for place in find_with_patterns(text, word)}
