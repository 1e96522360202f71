"""Calls that were cut off are left out, and what ended an answer has Anthropic's name."""

from typing import Any, get_args

import pytest

from model.tools import ToolCall
from server.api.anthropic.message import STOP_REASONS, Message, _write_call, _write_end
from server.api.anthropic.response import StopReason
from server.engine.token_stream import Usage
from server.pipeline.stage import StageOptions, Trace
from server.turn.reply import Ending, FixedReply, ReplyDelta
from server.turn.turn import Turn

pytestmark = pytest.mark.anyio


class Context:
    """A context of a request that asked for no trace."""

    stage_options = StageOptions()
    turn = Turn(())
    trace = Trace()


async def events_of(*deltas: ReplyDelta) -> list[dict[str, Any]]:
    unused: Any = None
    context: Any = Context()
    reply = FixedReply(deltas, Usage(1, 0, 2))
    return [event.data async for event in Message(unused, "m", context).write_events(reply)]


def test_every_ending_has_a_reason() -> None:
    assert set(STOP_REASONS) == set(get_args(Ending))
    assert {*STOP_REASONS.values(), "stop_sequence"} == set(get_args(StopReason))


def test_a_stop_string_is_only_told_where_it_ended_the_answer() -> None:
    ended = _write_end(ReplyDelta(0, finish_reason="stop", stop_string="x"))
    assert ended == {"stop_reason": "stop_sequence", "stop_sequence": "x"}
    called = _write_end(ReplyDelta(0, finish_reason="tool_calls", stop_string="x"))
    assert called == {"stop_reason": "tool_use", "stop_sequence": None}


def test_a_call_that_was_cut_off_is_left_out() -> None:
    for arguments in ('{"a": ', "", "[1]", '{"a": "'):
        assert _write_call(ToolCall("buy", arguments)) is None
    written = _write_call(ToolCall("buy", "{}"))
    assert written is not None
    assert written["input"] == {}


async def test_blocks_follow_each_other() -> None:
    call = ToolCall("buy", "{}")
    events = await events_of(
        ReplyDelta(0, "a"), ReplyDelta(0, "", (call,)), ReplyDelta(0, "b", (call,)), ReplyDelta(0, finish_reason="stop")
    )
    blocks = [(event["type"].removeprefix("content_block_"), event["index"]) for event in events if "index" in event]
    assert blocks == [(kind, index) for index in range(4) for kind in ("start", "delta", "stop")]
    assert [event["type"] for event in events][-2:] == ["message_delta", "message_stop"]


async def test_an_answer_without_text_has_no_block() -> None:
    events = await events_of(ReplyDelta(0, finish_reason="length"))
    assert [event["type"] for event in events] == ["message_start", "ping", "message_delta", "message_stop"]
