"""What customers are told, in both languages."""

from typing import get_args

import pytest

from server.handover.texts import write_full, write_state, write_waiting
from server.store.service_records import HandoverState


@pytest.mark.parametrize(
    ("num_before", "en", "zh"),
    [
        (0, "You are next.", "您是下一位。"),
        (1, "There is one before you.", "您前面还有 1 位顾客。"),
        (7, "There are 7 before you.", "您前面还有 7 位顾客。"),
    ],
)
def test_the_place_in_the_queue(num_before: int, en: str, zh: str) -> None:
    assert en in write_waiting(num_before, "en")
    assert zh in write_waiting(num_before, "zh")


def test_every_state_has_a_text_of_its_own() -> None:
    for language in ("zh", "en"):
        assert len({write_state(state, None, language) for state in get_args(HandoverState)}) == 4
    assert write_state("person", "Ann", "en") == "Ann is here to help you."
    assert write_state("person", None, "en") == "A person is here to help you."
    assert write_state("person", "小安", "zh") == "人工客服（小安）正在为您服务。"
    assert "later" in write_full("en")
    assert "稍后" in write_full("zh")
