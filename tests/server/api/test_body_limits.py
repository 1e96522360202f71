"""What bodies may cost: counted while they come, and in what is made of them."""

from typing import Any

import pytest
from msgspec import Struct

from server.api import body_limits
from server.api.body_limits import MAX_ESCAPES, MIN_MAX_VALUES, BodyLimits, JSONSize, Pace, check_parts, count_parts
from server.errors import BodyTooComplex, BodyTooLarge, TooManyParts
from server.settings.settings import Settings


def test_the_limits_are_those_of_the_settings() -> None:
    limits = BodyLimits.of(Settings(max_body_bytes=2000, body_memory_bytes=9000, max_body_s=7, max_parts=10))
    assert (limits.max_bytes, limits.memory_bytes, limits.max_body_s, limits.max_parts) == (2000, 9000, 7, 10)
    assert limits.max_values == MIN_MAX_VALUES
    assert BodyLimits.of(Settings(max_body_bytes=9000, body_memory_bytes=2000)).max_bytes == 2000
    assert BodyLimits.of(Settings(max_parts=100_000)).max_values == 1_600_000


def size_of(*pieces: bytes) -> JSONSize:
    size = JSONSize()
    for piece in pieces:
        size.add(piece)
    return size


def test_values_are_counted_by_what_separates_them() -> None:
    size = size_of(b'{"a": [1, 2, {}], ', rb'"b": "c\\d"}')
    assert (size.num_bytes, size.num_values, size.num_escapes) == (30, 6, 2)
    size.check(max_bytes=30, max_values=6)


def test_too_much_is_refused_with_the_numbers() -> None:
    with pytest.raises(BodyTooLarge, match="limit of 2 bytes"):
        size_of(b"[", b"1]").check(max_bytes=2, max_values=9)
    with pytest.raises(BodyTooComplex, match="at least 3 values, the limit is 2") as refused:
        size_of(b"[[],1]").check(max_bytes=9, max_values=2)
    assert "至少 3 个值，上限 2 个" in refused.value.texts["zh"]
    with pytest.raises(BodyTooComplex):
        size_of(b"\\" * (MAX_ESCAPES + 1)).check(max_bytes=2**30, max_values=9)


class Clock:
    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(body_limits, "time", clock)
    return clock


def test_a_body_has_so_much_time(clock: Clock) -> None:
    pace = Pace(30, 1000, clock.now_s)
    clock.now_s += 29
    pace.add(1000)
    assert pace.left_s == 1, "it was slower than the rate"


def test_a_body_that_keeps_to_the_rate_has_longer(clock: Clock) -> None:
    pace = Pace(30, 1000, clock.now_s)
    for _ in range(300):
        clock.now_s += 1
        pace.add(1000)
        assert pace.left_s >= 0
    clock.now_s += 0.5
    assert pace.left_s < 0, "it has to go on at the rate"


def test_a_fast_body_may_not_rest_for_longer_than_others(clock: Clock) -> None:
    pace = Pace(30, 1000, clock.now_s)
    pace.add(10_000_000)
    assert pace.left_s == 30
    clock.now_s += 29
    pace.add(1)
    assert pace.left_s == pytest.approx(1.001)


def test_a_wait_that_is_not_its_fault_is_left_out(clock: Clock) -> None:
    pace = Pace(30, 1000, clock.now_s)
    clock.now_s += 50
    pace.excuse(50)
    assert pace.left_s == 30


class Part(Struct):
    text: str


class Message(Struct):
    content: str | list[Part]
    images: list[str] | None = None


class Body(Struct):
    messages: list[Message]
    anything: Any = None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (Body([]), 0),
        (Body([Message("a")]), 1),
        (Body([Message([Part("a"), Part("b")]), Message("c", ["d"])]), 5),
        (Body([Message("a")], anything={"a": ["b"] * 3}), 1),
        (Body([Message("a")], anything=[1, [2], {}]), 1),
    ],
)
def test_messages_and_their_parts_are_counted(body: Body, expected: int) -> None:
    assert count_parts(body) == expected


def test_too_many_parts_are_refused_with_both_numbers() -> None:
    body = Body([Message([Part("")] * 3)])
    check_parts(body, 4)
    with pytest.raises(TooManyParts, match="4 messages and parts of messages, the limit is 3") as refused:
        check_parts(body, 3)
    assert "共 4 项，上限 3 项" in refused.value.texts["zh"]
