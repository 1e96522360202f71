"""The stage that lets the model call business tools."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from model.constraint import Constraint
from model.tools import Tool, ToolCall
from server.engine.token_stream import Usage
from server.errors import QueueFull, RequestTimedOut
from server.pipeline.tool_calls import takes_tools
from server.store.service_records import SessionRef
from server.tools.result import ToolResult
from server.turn.reply import FixedReply, ReplyDelta
from server.turn.turn import Turn
from tests.helpers.tool_stages import ToolStages, make_context
from tests.helpers.tools import ANN, CallingModel, FakeDesk, KeptCall, make_account, make_tool

pytestmark = pytest.mark.anyio

CALL = ToolCall("get_order", '{"order": "AB123456"}')
OTHER = ToolCall("get_order", '{"order": "CD123456"}')
RETURN = ToolCall("start_return", '{"order": "AB123456"}')
SHIPPED = "Your order was shipped."


def make_return(**given: Any) -> Any:
    return make_tool("start_return", **{"call": KeptCall(), "changes": True, **given})


async def test_the_model_calls_a_tool_and_answers_with_its_result() -> None:
    kept, model, context = KeptCall(), CallingModel([CALL], SHIPPED), make_context("Where is AB123456?")
    stages = ToolStages(make_tool(call=kept, identity={"customer": "sub"}))
    assert await stages.ask(context, model) == SHIPPED
    assert kept.calls == [({"order": "AB123456", "customer": "ann"}, None)]
    first, second = (asked.turn for asked in model.contexts)
    assert [tool.name for tool in first.tools] == ["get_order"]
    assert [message.role for message in second.messages] == ["user", "assistant", "tool"]
    assert second.messages[1].tool_calls == (CALL,)
    result = json.loads(second.messages[2].text)
    assert (result["state"], result["data"]["state"]) == ("done", "shipped")
    (note,) = context.trace.notes
    assert note["stage"] == "tools"
    (called,) = note["calls"]
    assert (called["tool"], called["state"], called["by"]) == ("get_order", "done", "model")
    assert set(called) == {"tool", "state", "by", "time_s"}
    assert context.trace.author is None


async def test_the_demo_model_is_told_of_no_tools() -> None:
    model = CallingModel("This is a red hat.")
    stages = ToolStages(make_tool(call=KeptCall()), is_demo=True)
    assert await stages.ask(make_context("What is this?"), model) == "This is a red hat."
    assert [asked.turn.tools for asked in model.contexts] == [()]


async def test_calls_are_held_to_the_schema_and_text_is_free() -> None:
    model = CallingModel("Hello!")
    await ToolStages(make_tool()).ask(make_context("Hi"), model)
    constraint = model.contexts[0].turn.constraint
    assert constraint is not None
    assert constraint.is_text_allowed
    assert constraint.is_parallel_allowed
    constraint.check()
    assert constraint == Constraint(tools=model.contexts[0].turn.tools, is_text_allowed=True)


async def test_text_streams_as_it_comes_and_all_rounds_are_counted() -> None:
    model = CallingModel([CALL], [OTHER], SHIPPED)
    reply = await ToolStages(make_tool(call=KeptCall())).begin(make_context("Where?"), model)
    assert reply.usage == Usage(10, 1, 2, 3)
    deltas = [delta async for delta in reply]
    assert [delta.text for delta in deltas] == [SHIPPED[:11], SHIPPED[11:]]
    assert [delta.finish_reason for delta in deltas] == [None, "stop"]
    assert reply.usage == Usage(30, 3, 6, 9)
    reply.close()
    assert all(each.is_closed for each in model.replies)


async def test_after_the_last_round_the_model_has_no_tools() -> None:
    model, kept = CallingModel([CALL], [CALL], "Done."), KeptCall()
    assert await ToolStages(make_tool(call=kept), max_rounds=2).ask(make_context("Where?"), model) == "Done."
    assert [len(asked.turn.tools) for asked in model.contexts] == [1, 1, 0]
    assert len(kept.calls) == 2
    assert [message.role for message in model.contexts[2].turn.messages] == ["user", *["assistant", "tool"] * 2]


async def test_calls_of_one_round_run_at_once() -> None:
    kept = KeptCall(gate=asyncio.Event())
    task = asyncio.create_task(
        ToolStages(make_tool(call=kept)).ask(make_context("Both?"), model := CallingModel([CALL, OTHER], SHIPPED))
    )
    for _ in range(100):
        await asyncio.sleep(0)
    assert kept.num_running == 2
    assert kept.gate is not None
    kept.gate.set()
    assert await task == SHIPPED
    assert [message.role for message in model.contexts[1].turn.messages] == ["user", "assistant", "tool", "tool"]


async def test_a_round_has_only_so_many_calls() -> None:
    kept, model = KeptCall(), CallingModel([CALL] * 50, SHIPPED)
    await ToolStages(make_tool(call=kept)).ask(make_context("All?"), model)
    assert len(kept.calls) == 8
    assert len(model.contexts[1].turn.messages) == 10


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (ToolCall("get_order", '{"order": "x"}'), "do not fit at order"),
        (ToolCall("get_order", "{}"), "do not fit"),
        (ToolCall("drop_table", "{}"), "there is no such tool"),
        (ToolCall("start_return", '{"order": 1}'), "do not fit"),
    ],
)
async def test_a_wrong_call_becomes_a_result_that_says_so(call: ToolCall, error: str) -> None:
    kept, model, desk = KeptCall(), CallingModel([call], "Sorry."), FakeDesk()
    context = make_context("Where?", session_id="s1")
    stages = ToolStages(make_tool(call=kept), make_return(), desk=desk)
    assert await stages.ask(context, model) == "Sorry."
    result = json.loads(model.contexts[1].turn.messages[-1].text)
    assert result["state"] == "failed"
    assert error in result["error"]
    assert (kept.calls, desk.proposed) == ([], [])
    assert context.trace.get("tools")["calls"][0]["state"] == "failed"


async def test_a_failed_run_is_told_to_the_model() -> None:
    kept = KeptCall(ToolResult("failed", error="no answer came within 5 seconds"))
    model = CallingModel([CALL], "It cannot be looked up.")
    await ToolStages(make_tool(call=kept)).ask(make_context("Where?"), model)
    assert json.loads(model.contexts[1].turn.messages[-1].text)["error"] == "no answer came within 5 seconds"


async def test_long_results_leave_room_for_the_dialogue() -> None:
    kept, model = KeptCall(ToolResult("done", "long " * 20_000)), CallingModel([CALL, OTHER], SHIPPED)
    await ToolStages(make_tool(call=kept), max_inp_length=6000).ask(make_context("Where?"), model)
    results = [message.text for message in model.contexts[1].turn.messages if message.role == "tool"]
    assert [500 < len(text) < 1000 for text in results] == [True, True]


async def test_a_change_waits_for_the_customer() -> None:
    kept, desk = KeptCall(), FakeDesk()
    model, context = CallingModel([CALL, RETURN]), make_context("Return it", session_id="s1")
    stages = ToolStages(make_tool(call=kept), make_return(call=kept), desk=desk)
    assert await stages.ask(context, model) == "start_return {'order': 'AB123456'} [1] yes or no?"
    assert kept.calls == []
    session = SessionRef("s1", ANN.id, "shop", "shop", "en")
    assert desk.proposed == [(session, "start_return", {"order": "AB123456"}, "model")]
    assert context.trace.get("tools")["calls"] == [{"tool": "start_return", "state": "pending", "by": "model"}]
    assert context.trace.get("actions") == {
        "stage": "actions",
        "id": "action1",
        "tool": "start_return",
        "state": "pending",
    }
    assert (context.trace.author, context.trace.action and context.trace.action.arguments) == (
        "service",
        {"order": "AB123456"},
    )


async def test_what_is_asked_of_the_customer_is_fixed_text() -> None:
    reply = await ToolStages(make_return(), desk=FakeDesk()).begin(
        make_context("退货", session_id="s1"), CallingModel([RETURN])
    )
    deltas = [delta async for delta in reply]
    assert [(delta.is_fixed, delta.finish_reason) for delta in deltas] == [(True, "stop")]
    assert deltas[0].text.endswith("是或否？")


@pytest.mark.parametrize(("session_id", "desk"), [(None, FakeDesk()), ("s1", None)])
async def test_changes_are_not_offered_without_a_session_and_a_desk(session_id: str | None, desk: Any) -> None:
    model = CallingModel("Hello!")
    stages = ToolStages(make_tool(), make_return(), desk=desk)
    await stages.ask(make_context("Return it", session_id=session_id), model)
    assert [tool.name for tool in model.contexts[0].turn.tools] == ["get_order"]


@pytest.mark.parametrize(
    "given",
    [
        {"tools": (Tool("get_weather"),)},
        {"tools": (Tool("get_order"),), "must_call": (Tool("get_order"),)},
        {"schema": {"type": "object"}},
        {"options": {"n": 2}},
        {"options": {"num_beams": 3}},
        {"options": {"min_new_tokens": 3}},
        {"options": {"logprobs": 2}},
        {"options": {"raw": True}},
        {"is_bound_to_documents": True, "documents": ("d",)},
        {"is_background": True},
    ],
)
async def test_turns_that_have_none_of_the_tools_are_left_as_they_are(given: dict[str, Any]) -> None:
    kept, model, context = KeptCall(), CallingModel("Hello!"), make_context("Where?", **given)
    assert await ToolStages(make_tool(call=kept)).ask(context, model) == "Hello!"
    assert model.contexts[0].turn is context.turn
    assert context.trace.notes == []


async def test_calls_of_the_clients_own_tools_stay_the_clients() -> None:
    client = (Tool("get_order"),)
    reply = await ToolStages(make_tool(call=KeptCall())).begin(
        make_context("Where?", tools=client), CallingModel([CALL])
    )
    (answer,) = await reply.read_answers()
    assert (answer.finish_reason, answer.tool_calls) == ("tool_calls", (CALL,))


async def test_whoever_is_not_known_is_not_offered_what_needs_an_identity() -> None:
    model = CallingModel("Hello!")
    mine = make_tool("list_orders", identity={"customer": "sub"})
    await ToolStages(make_tool(), mine).ask(make_context("Hi", account=make_account(None)), model)
    assert [tool.name for tool in model.contexts[0].turn.tools] == ["get_order"]


async def test_answers_with_results_are_never_cached() -> None:
    model = CallingModel([CALL], SHIPPED)
    await ToolStages(make_tool(call=KeptCall())).ask(make_context("Where?"), model)
    assert [asked.cacheable for asked in model.contexts] == ["text", "none"]


async def test_longest_answers_count_over_all_rounds() -> None:
    model = CallingModel([CALL], [CALL], SHIPPED)
    stages = ToolStages(make_tool(call=KeptCall()))
    await stages.ask(make_context("Where?", options={"max_new_tokens": 5}), model)
    assert [asked.turn.options["max_new_tokens"] for asked in model.contexts] == [5, 3, 1]


async def test_a_full_server_is_waited_for_between_rounds() -> None:
    model = CallingModel([CALL], QueueFull(1), QueueFull(1), SHIPPED)
    assert await ToolStages(make_tool(call=KeptCall())).ask(make_context("Where?"), model) == SHIPPED
    assert len(model.contexts) == 4


async def test_a_full_server_refuses_the_first_round() -> None:
    with pytest.raises(QueueFull):
        await ToolStages(make_tool()).begin(make_context("Where?"), CallingModel(QueueFull(1)))


async def test_all_rounds_together_have_a_time() -> None:
    stages = ToolStages(make_tool(call=KeptCall()), max_request_s=0.0)
    with pytest.raises(RequestTimedOut):
        await stages.ask(make_context("Where?"), CallingModel([CALL], SHIPPED))


async def test_an_error_of_a_later_round_ends_the_turn() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        await ToolStages(make_tool(call=KeptCall())).ask(
            make_context("Where?"), CallingModel([CALL], RuntimeError("broken"))
        )


async def test_whoever_leaves_in_the_middle_stops_everything() -> None:
    kept, model = KeptCall(gate=asyncio.Event()), CallingModel([CALL], SHIPPED)
    reply = await ToolStages(make_tool(call=kept)).begin(make_context("Where?"), model)
    reading = asyncio.create_task(reply.read_answers())
    for _ in range(100):
        await asyncio.sleep(0)
    assert kept.num_running == 1
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert kept.was_cancelled
    assert len(model.contexts) == 1
    assert model.replies[0].is_closed


async def test_a_reply_that_is_closed_in_the_middle_ends() -> None:
    kept, model = KeptCall(gate=asyncio.Event()), CallingModel([CALL], SHIPPED)
    reply = await ToolStages(make_tool(call=kept)).begin(make_context("Where?"), model)
    reading = asyncio.create_task(reply.read_answers())
    for _ in range(100):
        await asyncio.sleep(0)
    reply.close()
    assert await reading == []
    assert kept.was_cancelled
    assert len(model.contexts) == 1


async def test_a_sentence_takes_the_place_of_what_the_model_makes_up() -> None:
    context = make_context("Do you sell boats?")
    for model, expected in (
        (CallingModel("We sell many boats!"), "Nothing was found."),
        (CallingModel([CALL], SHIPPED), SHIPPED),
    ):
        stages = ToolStages(make_tool(call=KeptCall()))
        assert await stages.ask(replace(context, not_found="Nothing was found."), model) == expected


async def test_an_answer_that_is_cut_off_within_a_call_runs_nothing() -> None:
    kept = KeptCall()
    cut = ToolCall("get_order", '{"order": "AB')
    reply = await ToolStages(make_tool(call=kept)).begin(make_context("Where?"), CutModel(cut))
    (answer,) = await reply.read_answers()
    assert (answer.finish_reason, answer.tool_calls) == ("length", ())
    assert kept.calls == []


class CutModel(CallingModel):
    """A model whose answer ends within a call."""

    def __init__(self, call: ToolCall) -> None:
        super().__init__()
        self.call = call

    async def __call__(self, context: Any) -> Any:
        self.contexts.append(context)
        return FixedReply((ReplyDelta(0, tool_calls=(self.call,), finish_reason="length"),), Usage(1, 0, 1))


def test_a_turn_of_the_client_ends_with_its_question() -> None:
    turn = make_context("Where?", "There.").turn
    assert not takes_tools(turn)
    assert takes_tools(Turn(turn.messages[:1]))
    assert not takes_tools(Turn(()))
