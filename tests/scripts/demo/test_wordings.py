"""Questions are worded in several ways, as people type them."""

import random

from scripts.demo.answers import ABOUT_ONE, ABOUT_TWO, SMALL_TALK
from scripts.demo.wordings import LANGUAGES, ORDINAL_WORDINGS, ORDINALS, as_typed, wordings


def plain(text: str) -> str:
    return text.rstrip("？?。.!！ ").lower()


def test_every_topic_has_several_wordings_in_both_languages() -> None:
    assert set(wordings()) == set(wordings("unseen")) == {*ABOUT_ONE, *ABOUT_TWO, *SMALL_TALK}
    assert set(ORDINAL_WORDINGS) == set(ABOUT_ONE)
    for topic in wordings().values():
        assert all(len(topic[language]) >= 12 for language in LANGUAGES)


def test_no_wording_asks_two_things_or_is_both_learned_and_unseen() -> None:
    """But for those that fit a colour and a kind alike, which are told apart by what is looked for."""
    asked = [
        plain(text)
        for topics in (wordings(), wordings("unseen"))
        for name, topic in topics.items()
        if name != "which kind"
        for texts in topic.values()
        for text in texts
    ]
    assert len(asked) == len(set(asked))


def test_wordings_are_of_their_language() -> None:
    for topic in (*wordings().values(), *wordings("unseen").values()):
        assert all(text.isascii() for text in topic["en"])
        assert not any(text.isascii() for text in topic["zh"])


def test_the_second_is_never_called_the_first() -> None:
    for first, second in ORDINALS.values():
        assert not set(first) & set(second)


def test_end_marks_and_capitals() -> None:
    rng = random.Random(0)
    chinese = {as_typed("这是什么颜色？", "zh", rng) for _ in range(200)}
    assert {"这是什么颜色？", "这是什么颜色?", "这是什么颜色"} <= chinese
    english = {as_typed("What color is it?", "en", rng) for _ in range(400)}
    assert {"What color is it?", "what color is it", "WHAT COLOR IS IT?"} <= english
    assert {plain(text) for text in english} == {"what color is it"}
