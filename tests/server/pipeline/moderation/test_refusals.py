"""What is said of a refusal is there in both languages."""

from typing import get_args

import pytest

from server.errors.base import Language
from server.pipeline.moderation.refusals import ANSWER_REFUSED, QUESTION_REFUSED


@pytest.mark.parametrize("texts", [ANSWER_REFUSED, QUESTION_REFUSED])
def test_both_languages(texts: dict[str, str]) -> None:
    assert set(texts) == set(get_args(Language))
    assert texts["en"].isascii()
    assert not texts["zh"].isascii()


def test_the_two_are_told_apart() -> None:
    assert set(QUESTION_REFUSED.values()).isdisjoint(ANSWER_REFUSED.values())
