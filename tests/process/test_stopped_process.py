"""A process that was stopped within a step goes on; the time in which it stood is no time of the step."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.process.watchdog import wait_for_engine_error
from tests.helpers.fakes import FakeChatModel

async def main():
    engine = AsyncEngine(FakeChatModel(delay_s={delay_s}), {{}}, RequestLimits(step_timeout_s=0.5))
    watching = asyncio.create_task(wait_for_engine_error(engine))
    stream = engine.submit(await engine.prepare([{{"role": "user", "content": ["slow"]}}]))
    await anext(stream)
    print("answering", flush=True)
    reading = asyncio.create_task(read(stream))
    await asyncio.wait([watching, reading], return_when=asyncio.FIRST_COMPLETED)
    print(watching.result() if watching.done() else f"the answer has ended with {{reading.result()}}", flush=True)

async def read(stream):
    return [delta.finish_reason async for delta in stream][-1]

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system has no SIGSTOP")
@pytest.mark.slow
def test_a_process_that_was_stopped_goes_on() -> None:
    command = [sys.executable, "-c", PROGRAM.format(delay_s=0.2)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "answering\n"
        for _ in range(2):
            time.sleep(0.1)
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(1.5)  # three times as long as a step may take
            os.kill(process.pid, signal.SIGCONT)
        assert process.stdout.readline() == "the answer has ended with stop\n"


@pytest.mark.slow
def test_a_step_that_is_too_long_is_still_noticed() -> None:
    program = PROGRAM.format(delay_s=3).replace("await anext(stream)", "pass")
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert found.stdout.splitlines()[1].startswith("a step has not returned for ")
