"""The sentences of refusals are there in both languages."""

from typing import get_args

import pytest

from server.errors.base import Language
from server.pipeline.moderation.refusals import ANSWER_REFUSED, QUESTION_REFUSED


@pytest.mark.parametrize("texts", [ANSWER_REFUSED, QUESTION_REFUSED])
def test_refusals_are_in_both_languages(texts: dict[str, str]) -> None:
    assert set(texts) == set(get_args(Language))
    assert texts["en"].isascii()
    assert not texts["zh"].isascii()


def test_the_two_refusals_differ() -> None:
    assert set(QUESTION_REFUSED.values()).isdisjoint(ANSWER_REFUSED.values())
