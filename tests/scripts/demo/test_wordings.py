"""The wordings of questions, and the variations in typing them."""

import random

from scripts.demo.answers import ABOUT_ONE, ABOUT_TWO, SMALL_TALK
from scripts.demo.wordings import LANGUAGES, ORDINAL_WORDINGS, ORDINALS, read_wordings, vary_typing


def strip_end(text: str) -> str:
    return text.rstrip("？?。.!！ ").lower()


def test_every_topic_has_several_wordings_in_both_languages() -> None:
    assert set(read_wordings()) == set(read_wordings("unseen")) == {*ABOUT_ONE, *ABOUT_TWO, *SMALL_TALK}
    assert set(ORDINAL_WORDINGS) == set(ABOUT_ONE)
    for topic in read_wordings().values():
        assert all(len(topic[language]) >= 12 for language in LANGUAGES)


def test_no_wording_has_two_topics_or_is_both_learned_and_unseen() -> None:
    """Wordings of "which" and "which kind" may be the same: what is looked for tells them apart."""
    asked = [
        strip_end(text)
        for topics in (read_wordings(), read_wordings("unseen"))
        for name, topic in topics.items()
        if name != "which kind"
        for texts in topic.values()
        for text in texts
    ]
    assert len(asked) == len(set(asked))


def test_wordings_are_in_their_language() -> None:
    for topic in (*read_wordings().values(), *read_wordings("unseen").values()):
        assert all(text.isascii() for text in topic["en"])
        assert not any(text.isascii() for text in topic["zh"])


def test_no_ordinal_means_both_the_first_and_the_second() -> None:
    for first, second in ORDINALS.values():
        assert not set(first) & set(second)


def test_end_marks_and_capitals_vary() -> None:
    rng = random.Random(0)
    chinese = {vary_typing("这是什么颜色？", "zh", rng) for _ in range(200)}
    assert {"这是什么颜色？", "这是什么颜色?", "这是什么颜色"} <= chinese
    english = {vary_typing("What color is it?", "en", rng) for _ in range(400)}
    assert {"What color is it?", "what color is it", "WHAT COLOR IS IT?"} <= english
    assert {strip_end(text) for text in english} == {"what color is it"}
