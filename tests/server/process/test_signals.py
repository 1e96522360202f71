"""Signals that are only noted, and waiting that they interrupt."""

import asyncio
import os
import signal

import pytest

from server.process.signals import Interrupted, Signals

pytestmark = pytest.mark.anyio


async def test_the_first_signal_and_the_second() -> None:
    signals = Signals()
    before = signal.getsignal(signal.SIGTERM)
    with signals.catch():
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(signals.first.wait(), 30)
        assert not signals.second.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(signals.second.wait(), 30)
    assert signal.getsignal(signal.SIGTERM) == before


async def test_a_signal_interrupts_work() -> None:
    signals = Signals()
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append("cancelled")

    with signals.catch():
        asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted):
            await signals.interrupt(work())
    assert ended == ["cancelled"]


async def test_work_without_a_signal_returns_and_raises() -> None:
    async def work(value: int) -> int:
        if value < 0:
            raise KeyError(value)
        return value

    assert await Signals().interrupt(work(3)) == 3
    with pytest.raises(KeyError):
        await Signals().interrupt(work(-1))


async def test_a_hangup_is_noted_and_ends_nothing() -> None:
    signals = Signals()
    with signals.catch():
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.wait_for(signals.hangup.wait(), 30)
    assert not signals.first.is_set()
