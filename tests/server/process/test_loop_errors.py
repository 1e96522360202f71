"""The event loop's errors: those of connections that cannot be taken are told rarely, others always."""

import asyncio
import errno
import os
from typing import Any

import pytest

from server.process.loop_errors import LoopErrors

pytestmark = pytest.mark.anyio


async def test_running_out_of_files_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    errors, loop = LoopErrors(), asyncio.get_running_loop()
    error = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    for _ in range(100):
        errors.handle(loop, {"message": "socket.accept() out of system resource", "exception": error})
    assert caplog.messages == ["connections cannot be taken at the moment: Too many open files"]
    assert caplog.records[0].exc_info is None


@pytest.mark.parametrize("error", [ValueError("a fault"), OSError("another"), None])
async def test_other_errors_are_told_as_ever(error: Any, caplog: pytest.LogCaptureFixture) -> None:
    errors, loop = LoopErrors(), asyncio.get_running_loop()
    for _ in range(2):
        errors.handle(loop, {"message": "Exception in callback", "exception": error})
    assert [message.splitlines()[0] for message in caplog.messages] == ["Exception in callback"] * 2
