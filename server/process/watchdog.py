"""Notices that the engine cannot go on: its thread has ended, or a step does not return."""

import asyncio
import logging
import sys
import threading
import traceback

from server.engine.async_engine import AsyncEngine

LOOK_EVERY_S = 0.2

logger = logging.getLogger("server")


async def wait_for_engine_error(engine: AsyncEngine) -> str:
    """Waits for it, and says what it is. A step that is stuck has as long again to return before it is one."""
    has_told = False
    while engine.problem != "engine stopped":
        is_stuck = engine.problem == "engine stuck"
        if is_stuck and not has_told:
            logger.error("a step has not returned for %.1f s; all threads:\n%s", engine.step_s, stacks())
        if engine.is_lost:
            return f"a step has not returned for {engine.step_s:.1f} s"
        has_told = is_stuck
        await asyncio.sleep(LOOK_EVERY_S)
    return "the device thread has ended"


def stacks() -> str:
    """Where every thread is now."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "\n".join(
        f"{names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
    )
