"""The place of a word: what is around it and between its letters, and when enough of that is known."""

import pytest

from server.matching.folded import Folded
from server.matching.folding import Folding, join_letters
from server.pipeline.moderation.place import MAX_GAP, Place
from server.pipeline.moderation.segmentation import Found, Segmenter

FOLDING = Folding()


class Recorder(Segmenter):
    """Says yes, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__({})
        self.asked: list[Found] = []

    def _decide(self, found: Found) -> bool:
        self.asked.append(found)
        return True


def place(text: str, word: str, is_whole: bool = True) -> Place:
    """Return the first place of the word's letters."""
    folded = Folded(text, FOLDING)
    letters = join_letters(word.translate(FOLDING))
    first = folded.letters.index(letters)
    return Place(folded, first, first + len(letters), is_whole)


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("请问颜色情况如何", "色情", Found("请问颜", "色情", "况如何")),
        ("一二三四五六色情一二三四五六", "色情", Found("二三四五六", "色情", "一二三四五")),
        ("颜，色情 况", "色情", Found("", "色情", "")),
        ("颜 色 情 况，好", "色情", Found("颜", "色情", "况", has_pause=True)),
        ("颜 色，情 况", "色情", Found("", "色情", "", has_pause=True, has_comma=True)),
        ("颜色、情况", "色情", Found("颜", "色情", "况", has_pause=True)),
        ("明天，安门时", "天安门", Found("明", "天安门", "时", has_pause=True, has_comma=True, is_partly_joined=True)),
        ("天 安 门", "天安门", Found("", "天安门", "", has_pause=True)),
        ("再加V领的", "加v", Found("再", "加v", "领的")),
        ("再加VIP", "加v", Found("再", "加v", "")),
        ("再加V 领的", "加v", Found("再", "加v", "")),
        ("颜*色*情*况 好", "色情", Found("颜", "色情", "况", has_sign=True)),
        ("a色情b", "色情", Found("", "色情", "")),
        ("看A片区", "a片", Found("", "a片", "区")),
        ("颜。色情。况", "色情", Found("", "色情", "")),
        ("顏\u200b色\u200b情", "色情", Found("颜", "色情", "")),
        ("颜色" + " " * MAX_GAP + "情", "色情", Found("颜", "色情", "", has_pause=True)),
    ],
)
def test_the_characters_around_a_word(text: str, word: str, expected: Found) -> None:
    recorder = Recorder()
    assert place(text, word).is_own_word(recorder)
    assert recorder.asked == [expected]


@pytest.mark.parametrize("text", ["S、M、L", "S/M", "S M L", "S,M", "X S M", "s-m-l", "s·m·l 码"])
def test_two_letters_of_a_list_are_no_word(text: str) -> None:
    assert not place(text, "sm").is_own_word(Recorder())


@pytest.mark.parametrize(("text", "is_word"), [("S M码", False), ("s m吧", True), ("s m 码", True)])
def test_a_letter_that_makes_a_word_with_the_next_character_is_of_that(text: str, is_word: bool) -> None:
    assert place(text, "sm").is_own_word(Segmenter({"m码": 3.0})) == is_word


@pytest.mark.parametrize("text", ["s m", "s.m", "S-M", "a s m", "so s m, l", "s m 吧", "s m you", "s-m l"])
def test_two_letters_alone_are_a_word(text: str) -> None:
    recorder = Recorder()
    assert place(text, "sm").is_own_word(recorder)
    assert recorder.asked == []


@pytest.mark.parametrize(
    ("text", "word", "is_decided"),
    [
        ("色情", "色情", False),
        ("色情一二三四", "色情", False),
        ("色情一二三四五", "色情", True),
        ("色情一，", "色情", True),
        ("色情x", "色情", True),
        ("色 情 ", "色情", False),
        ("色 情，", "色情", True),
        ("sex", "sex", True),
        ("s m", "sm", False),
        ("s m y", "sm", False),
        ("s m y ", "sm", True),
        ("s m you", "sm", True),
        ("s m好", "sm", True),
        ("加v", "加v", False),
        ("加v领一二三四", "加v", True),
    ],
)
def test_a_text_that_goes_on_may_decide_nothing_yet(text: str, word: str, is_decided: bool) -> None:
    assert place(text, word, is_whole=False).is_decided() == is_decided
    assert place(text, word).is_decided()
