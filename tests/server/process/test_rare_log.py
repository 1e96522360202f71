"""Lines that are written once in a while, however often they are caused."""

import logging

import pytest

from server.process.rare_log import RareLog


def test_a_message_is_written_once_and_then_counted(caplog: pytest.LogCaptureFixture) -> None:
    log = RareLog(logging.getLogger("server"), interval_s=3600)
    for _ in range(1000):
        log.write("a fault")
    log.write("another")
    assert caplog.messages == ["a fault", "another"]


def test_it_is_written_again_after_the_interval(caplog: pytest.LogCaptureFixture) -> None:
    log = RareLog(logging.getLogger("server"), interval_s=3600)
    for _ in range(4):
        log.write("a fault")
    log._written_s["a fault"] -= 3601
    log.write("a fault")
    log._written_s["a fault"] -= 3601
    log.write("a fault")
    assert caplog.messages == ["a fault", "a fault (3 more times before)", "a fault"]
