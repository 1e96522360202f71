"""Clips in requests of any dialect: their frames, and what the response says of them."""

from collections.abc import Sequence
from dataclasses import replace

from litestar.datastructures import State

from server.api.account import find_account
from server.api.error_response import AnyRequest
from server.api.transport import run_while_connected
from server.library.video.clip import Clip
from server.library.video.clips import Clips
from server.pipeline.stage import Trace
from server.turn.turn import Turn


async def prepare_clips(request: AnyRequest, state: State, sources: Sequence[str], turn: Turn) -> list[Clip]:
    """Return the frames of the clips of a request, as many as fit beside `turn`, which has all but them.

    Stops where the client leaves. Raises as `Clips.prepare()` does, and for an account at its limits.
    """
    if not sources:
        return []
    account = find_account(request)
    account.check_rate()
    await account.check_quota()
    clips: Clips = state.clips
    return await run_while_connected(request, clips.prepare(sources, replace(turn, owner=account.owner)))


def write_video_header(trace: Trace) -> dict[str, str]:
    """Return the header that says how many frames of clips were shown: `frames=64; duration=300.0; reason=limit`."""
    if trace.video is None:
        return {}
    shown = {name: trace.video[name] for name in ("frames", "duration", "reason")}
    return {"X-Video": "; ".join(f"{name}={value}" for name, value in shown.items() if value is not None)}
