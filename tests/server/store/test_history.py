"""Turns read back, and the JSON of a session."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import true

from server.store import turns
from server.store.history import to_json
from server.store.records import Findings, Message, NewPart, StoredPicture, StoredUsage
from server.store.store import Store
from tests.helpers.store_turns import BLUE, RED, ask, save_and_wait, user_message

pytestmark = pytest.mark.anyio


async def test_messages_and_parts_keep_their_order(store: Store) -> None:
    session = await store.create_session("ann")
    parts: list[NewPart] = ["a", RED, "b", BLUE, RED, *(f"part {number}" for number in range(12))]
    asked = (
        Message("system", ("be brief",)),
        user_message(*parts),
        Message("assistant", ("call",)),
        Message("tool", ("42",)),
    )
    async with store.open_turn("ann", session.id, *asked) as turn:
        await turn.finish("yes", "stop", StoredUsage(9, 8, 7))
    (stored,) = await store.list_turns("ann", session.id)
    assert [message.role for message in stored.messages] == ["system", "user", "assistant", "tool"]
    expected = tuple(part.ref if isinstance(part, StoredPicture) else part for part in parts)
    assert stored.messages[1].parts == expected


async def test_frames_keep_their_times_and_slices(store: Store) -> None:
    session = await store.create_session("ann")
    frames = [replace(RED, time_s=0.0, max_slice_nums=2), replace(RED, time_s=1.5, max_slice_nums=2)]
    await ask(store, session, BLUE, *frames, "what?")
    history = await store.list_turns("ann", session.id)
    assert history[0].messages[0].parts == (BLUE.ref, *(frame.ref for frame in frames), "what?")
    content = to_json(session, history)["turns"][0]["messages"][0]["content"]
    assert [(part.get("time_s"), part.get("max_slice_nums")) for part in content[:3]] == [
        (None, None),
        (0, 2),
        (1.5, 2),
    ]
    assert "time_s" not in content[0]


async def test_empty_texts_and_messages_are_kept(store: Store) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message(), user_message(""), user_message("a")) as turn:
        await turn.finish("", "stop", StoredUsage())
    await ask(store, session)
    first, second = await store.list_turns("ann", session.id)
    assert [message.parts for message in first.messages] == [(), ("",), ("a",)]
    assert [message.parts for message in second.messages] == [()]


async def test_many_turns_come_in_order(store: Store) -> None:
    session = await store.create_session("ann")
    for number in range(12):
        await ask(store, session, f"question {number}", answer=f"answer {number}")
    assert [turn.answer for turn in await store.list_turns("ann", session.id)] == [f"answer {n}" for n in range(12)]
    assert (await store.get_session("ann", session.id)).num_turns == 12


async def test_an_export_is_json_and_names_pictures_by_hash(store: Store) -> None:
    session = await store.create_session("ann", "desk", {"system": "短"})
    await ask(store, session, RED, "what is it", BLUE)
    turn_id = await ask(store, session, RED, answer="红色")
    await store.give_feedback("ann", session.id, "up", "fine")
    exported = json.loads(json.dumps(await store.export_session("ann", session.id)))
    assert (exported["name"], exported["options"], exported["num_turns"]) == ("desk", {"system": "短"}, 2)
    last = exported["turns"][1]
    picture = {"type": "picture", "sha256": RED.sha256, "mime": "image/png", "num_bytes": len(RED.data)}
    assert last["messages"] == [
        {"role": "user", "content": [picture]},
        {"role": "assistant", "content": [{"type": "text", "text": "红色"}]},
    ]
    assert (last["id"], last["finish_reason"]) == (turn_id, "stop")
    assert last["tokens"] == {"num_prompt": 10, "num_cached": 4, "num_generated": 2}
    assert (last["feedback"]["thumb"], last["feedback"]["text"]) == ("up", "fine")
    assert exported["turns"][0]["feedback"] is None


async def test_findings_are_stored_with_their_turn_and_shown_where_there_are_any(store: Store) -> None:
    session = await store.create_session("ann")
    findings = Findings([{"from": "价各", "to": "价格"}], [{"where": "answer", "category": "rude", "action": "mask"}])
    async with store.open_turn("ann", session.id, user_message("价各")) as turn:
        turn.save("*", StoredUsage())
        await turn.finish("**", "stop", StoredUsage(), findings)
    async with store.open_turn("ann", session.id, user_message("waht")) as turn:
        turn.save("wh", StoredUsage(), Findings(corrections=[{"from": "waht", "to": "what"}]))
    await ask(store, session, "fine")
    assert [turn.findings for turn in await store.list_turns("ann", session.id)] == [
        findings,
        Findings([{"from": "waht", "to": "what"}], ()),
        Findings((), ()),
    ]
    exported = (await store.export_session("ann", session.id))["turns"]
    assert exported[0]["corrections"] == findings.corrections
    assert exported[0]["moderation"] == findings.moderation
    assert [turn.keys() & {"corrections", "moderation"} for turn in exported[1:]] == [{"corrections"}, set()]


async def test_findings_outlive_a_server_that_is_gone(store: Store) -> None:
    """What was saved of a turn is kept when its server dies."""
    session = await store.create_session("ann")
    found = Findings(corrections=[{"from": "waht", "to": "what"}])
    turn = await store.open_turn("ann", session.id, user_message("waht")).enter()
    await save_and_wait(store, turn, "wh", found)
    await store.database.write(lambda c: turns.abort_expired(c, float("inf"), true()))
    assert [(stored.answer, stored.findings) for stored in await store.list_turns("ann", session.id)] == [("wh", found)]
    turn.leave()
