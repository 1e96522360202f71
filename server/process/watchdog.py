"""Notices that the engine cannot go on: its thread has ended, or a step does not return."""

import asyncio
import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.engine.async_engine import AsyncEngine

CHECK_INTERVAL_S = 0.2

logger = logging.getLogger("server")


async def wait_for_engine_error(engine: "AsyncEngine") -> str:
    """Wait until the engine cannot go on, and return why.

    A step over its time limit is logged, and has as long again to return before the engine is given up.
    """
    is_logged = False
    while engine.unready_reason != "engine stopped":
        is_stuck = engine.unready_reason == "engine stuck"
        if is_stuck and not is_logged:
            logger.error("a step has not returned for %.1f s; all threads:\n%s", engine.step_s, format_stacks())
        if engine.is_lost:
            return f"a step has not returned for {engine.step_s:.1f} s"
        is_logged = is_stuck
        await asyncio.sleep(CHECK_INTERVAL_S)
    return "the device thread has ended"


def format_stacks() -> str:
    """Return the stack of every thread."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return "\n".join(
        f"{names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
    )
