"""A warning is written when it changes."""

import pytest

from server.knowledge.folder.once_log import OnceLog


def test_a_warning_is_written_once(caplog: pytest.LogCaptureFixture) -> None:
    log = OnceLog()
    for text in ("one", "one", "two", "two"):
        log.warn("a", text)
    log.warn("b", "one")
    assert caplog.messages == ["one", "two", "one"]
    assert log.clear("a")
    assert not log.clear("a")
    log.warn("a", "two")
    assert caplog.messages[-1] == "two"
    assert len(caplog.messages) == 4
