"""How many lines requests without a valid key leave in the log."""

import asyncio
from typing import Any

import pytest

from server.errors import KeyMissing, KeyWrong, RateExceeded, ServerError
from server.request_record import RequestRecord
from server.telemetry.refusal_log import MAX_ADDRESSES, RefusalLog

pytestmark = pytest.mark.anyio


def refused(client: str, error: ServerError | None = None) -> RequestRecord:
    record = RequestRecord("r1", "GET", "/secret", {"authorization": "Bearer sk-secret"}, client)
    record.response_error = error or KeyWrong()
    return record


def read_lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    assert "secret" not in str([vars(record) for record in caplog.records])
    lines: list[dict[str, Any]] = [vars(record) for record in caplog.records if record.name == "server.access"]
    return [(line["client"], line["requests"]) for line in lines]


async def test_the_first_is_logged_at_once_and_the_others_when_the_minute_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = RefusalLog(period_s=0.05)
    for error in (KeyWrong(), KeyMissing(), KeyWrong()):
        assert log.take(refused("10.0.0.1", error))
    assert read_lines(caplog) == [("10.0.0.1", 1)]
    await asyncio.sleep(0.1)
    assert read_lines(caplog) == [("10.0.0.1", 1), ("10.0.0.1", 2)]


async def test_an_address_that_goes_on_has_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog(period_s=0.2)
    log.take(refused("10.0.0.1"))
    log.take(refused("10.0.0.1"))
    await asyncio.sleep(0.3)
    log.take(refused("10.0.0.1"))
    assert read_lines(caplog) == [("10.0.0.1", 1), ("10.0.0.1", 1)]
    await asyncio.sleep(0.2)
    assert read_lines(caplog) == [("10.0.0.1", 1)] * 3


async def test_an_address_that_has_stopped_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog(period_s=0.05)
    log.take(refused("10.0.0.1"))
    await asyncio.sleep(0.1)
    log.take(refused("10.0.0.1"))
    assert read_lines(caplog) == [("10.0.0.1", 1), ("10.0.0.1", 1)]


async def test_many_addresses_share_a_line(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog(period_s=0.05)
    for number in range(1000):
        log.take(refused(f"10.0.{number // 250}.{number % 250}"))
    assert len(read_lines(caplog)) == MAX_ADDRESSES + 1
    await asyncio.sleep(0.1)
    lines = read_lines(caplog)
    assert lines[MAX_ADDRESSES:] == [("others", 1), ("others", 1000 - MAX_ADDRESSES - 1)]
    assert sum(num_requests for _, num_requests in lines) == 1000


async def test_other_requests_are_left_to_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    log = RefusalLog()
    assert not log.take(RequestRecord("r1", "GET", "/", client="10.0.0.1"))
    assert not log.take(refused("10.0.0.1", RateExceeded(1, 1)))
    assert read_lines(caplog) == []
