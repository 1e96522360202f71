"""Hand-overs as they are stored: one winner of two, lists in order, and turns that no model answers."""

import asyncio

import pytest

from server.store.audit import AuditFilter
from server.store.errors import (
    BadCursor,
    CannedAnswerNotFound,
    CannedTitleTaken,
    DeskFull,
    HandoverLost,
    SessionNotFound,
    TooManyCannedAnswers,
)
from server.store.handover_turns import PersonWords
from server.store.records import HANDOVER, Message, NewPart, StoredUsage
from server.store.service_records import Handover, HandoverChange, HandoverState, SessionRef, StoredCustomer
from server.store.service_tables import customers
from server.store.store import Store, open_store
from tests.helpers.actions import propose
from tests.helpers.clock import Clock
from tests.helpers.handovers import ANN, BOB, as_session, give_to, make_session, wait_for_person
from tests.helpers.store_turns import RED, ask, count_rows, user_message

pytestmark = pytest.mark.anyio
BOT: tuple[HandoverState, ...] = ("bot",)
TAKE: tuple[HandoverState, ...] = ("waiting",)
PERSON: tuple[HandoverState, ...] = ("person",)


def taking(agent: str) -> HandoverChange:
    return HandoverChange("person", "person", agent, agent, agent.upper())


async def test_a_session_without_a_hand_over_is_answered_by_the_model(store: Store) -> None:
    ref = await make_session(store)
    assert await store.handovers.find(ref.id) is None
    assert await store.handovers.find_some([ref.id, "x"]) == {}
    assert await store.handovers.list_events(ref.id) == []


async def test_every_change_is_stored_with_its_event(store: Store, clock: Clock) -> None:
    ref = await make_session(store)
    asked = await wait_for_person(store, ref)
    assert asked == Handover(ref.id, "shop", "shop", "plain", "en", "waiting", "customer", clock.now_s, clock.now_s)
    clock.now_s += 5
    taken = await store.handovers.change(ref, TAKE, taking("ann"))
    assert (taken.state, taken.agent, taken.agent_name, taken.version) == ("person", "ann", "ANN", 2)
    assert (taken.asked_s, taken.changed_s) == (asked.asked_s, clock.now_s)
    back = await store.handovers.change(ref, PERSON, HandoverChange("bot", "person", "ann", holder="ann"))
    assert (back.state, back.agent, back.asked_s, back.version) == ("bot", None, asked.asked_s, 3)
    clock.now_s += 5
    again = await wait_for_person(store, ref)
    assert again.asked_s == clock.now_s
    assert await store.handovers.find(ref.id) == again
    events = await store.handovers.list_events(ref.id)
    assert [(each.state, each.reason, each.by) for each in events] == [
        ("waiting", "customer", "shop"),
        ("person", "person", "ann"),
        ("bot", "person", "ann"),
        ("waiting", "customer", "shop"),
    ]


async def test_of_two_who_take_a_session_one_wins(store: Store) -> None:
    ref = await make_session(store)
    await wait_for_person(store, ref)
    agents = [f"agent{number}" for number in range(8)]
    taken = [store.handovers.change(ref, TAKE, taking(agent)) for agent in agents]
    results = await asyncio.gather(*taken, return_exceptions=True)
    (winner,) = [result for result in results if isinstance(result, Handover)]
    lost = [result for result in results if isinstance(result, HandoverLost)]
    assert len(lost) == 7
    assert {(error.state, error.agent_name) for error in lost} == {("person", winner.agent_name)}
    assert await store.handovers.find(ref.id) == winner
    assert len(await store.handovers.list_events(ref.id)) == 2


async def test_servers_of_one_database_have_one_winner_too(postgres_url: str) -> None:
    async with open_store(postgres_url) as one, open_store(postgres_url) as other:
        for number in range(5):
            ref = await make_session(one, str(number))
            await wait_for_person(other, ref)
            both = [store.handovers.change(ref, TAKE, taking(name)) for store, name in ((one, "ann"), (other, "bob"))]
            results = await asyncio.gather(*both, return_exceptions=True)
            assert sorted(type(result).__name__ for result in results) == ["Handover", "HandoverLost"]


async def test_only_who_has_a_session_changes_it(store: Store) -> None:
    ref = await make_session(store)
    await give_to(store, ref, ANN)
    with pytest.raises(HandoverLost, match="with Ann"):
        await store.handovers.change(ref, PERSON, HandoverChange("bot", "person", "bob", holder="bob"))
    with pytest.raises(SessionNotFound):
        await wait_for_person(store, SessionRef("x" * 32, "shop", "shop", "plain", "en"))
    with pytest.raises(SessionNotFound):
        await wait_for_person(store, SessionRef(ref.id, "another", "shop", "plain", "en"))


async def test_a_person_sees_to_what_waited_for_a_yes(store: Store) -> None:
    for bring in (wait_for_person, give_to):
        ref = await make_session(store, bring.__name__)
        action = await propose(store, ref)
        await bring(store, ref)
        assert (await store.actions.get(ref.owner, action.id)).state == "declined"
        declined = (await store.actions.list_audit(AuditFilter(session_id=ref.id), 1)).entries[0].entry
        assert (declined.event, declined.by) == ("declined", "shop" if bring is wait_for_person else ANN.agent)


async def test_the_last_turns_are_read_alone(store: Store) -> None:
    ref = await make_session(store)
    for text in ("second", "third"):
        await ask(store, as_session(ref), text)
    turns = await store.handovers.list_last_turns(ref.id, 2)
    assert [message.parts for turn in turns for message in turn.messages if message.role == "user"] == [
        ("second",),
        ("third",),
    ]
    assert len(await store.handovers.list_last_turns(ref.id, 9)) == 3


async def test_no_more_wait_than_may(store: Store) -> None:
    refs = [await make_session(store, str(number), owner=f"o{number % 2}") for number in range(4)]
    full = HandoverChange("waiting", "customer", "x", max_waiting=3, max_own=1)
    await store.handovers.change(refs[0], BOT, full)
    with pytest.raises(DeskFull):
        await store.handovers.change(refs[2], BOT, full)
    await store.handovers.change(refs[1], BOT, full)
    await wait_for_person(store, refs[2])
    with pytest.raises(DeskFull) as caught:
        await store.handovers.change(refs[3], BOT, HandoverChange("waiting", "tool", "x", max_waiting=3))
    assert caught.value.limit == 3
    assert await store.handovers.find(refs[3].id) is None
    assert (await store.handovers.count_waiting("shop"), await store.handovers.count_waiting("other")) == (3, 0)
    elsewhere = await make_session(store, "e", owner="else", shop="else")
    assert (await store.handovers.change(elsewhere, BOT, full)).state == "waiting"
    assert await store.handovers.count_waiting(None) == 4


async def test_who_waits_longest_comes_first(store: Store, clock: Clock) -> None:
    refs = [await make_session(store, str(number)) for number in range(5)]
    waiting = []
    for ref in refs:
        waiting.append(await wait_for_person(store, ref))
        clock.now_s += 1
    assert [await store.handovers.count_before(each) for each in waiting] == [0, 1, 2, 3, 4]
    first = await store.handovers.list_sessions("shop", "waiting", limit=3)
    rest = await store.handovers.list_sessions("shop", "waiting", limit=3, cursor=first.next_cursor)
    found = [*first.sessions, *rest.sessions]
    assert [each.handover.session_id for each in found] == [ref.id for ref in refs]
    assert rest.next_cursor is None
    assert (await store.handovers.list_sessions("other", "waiting")).sessions == ()
    assert len((await store.handovers.list_sessions(None, "waiting")).sessions) == 5
    with pytest.raises(BadCursor):
        await store.handovers.list_sessions("shop", "waiting", cursor="x")


async def test_those_of_a_person_come_the_last_changed_first(store: Store, clock: Clock) -> None:
    refs = [await make_session(store, str(number)) for number in range(3)]
    for ref, person in zip(refs, (ANN, BOB, ANN), strict=True):
        clock.now_s += 1
        await give_to(store, ref, person)
    mine = await store.handovers.list_sessions("shop", "person", ANN.agent, limit=1)
    rest = await store.handovers.list_sessions("shop", "person", ANN.agent, limit=1, cursor=mine.next_cursor)
    assert [each.handover.session_id for each in (*mine.sessions, *rest.sessions)] == [refs[2].id, refs[0].id]
    assert rest.next_cursor is None


async def test_the_desk_is_shown_the_customer_and_the_title(store: Store) -> None:
    owner = "customer:" + "0" * 32
    ref = await make_session(store, "chat-1", owner=owner)
    customer = StoredCustomer(owner, "shop", "ann@shop", True, {}, 0, 0)
    values = {**vars(customer), "claims": dict(customer.claims)}
    await store.database.write(lambda c: c.execute(customers.insert().values(values)))
    await store.change_options(owner, ref.id, {"title": "a shirt"})
    await wait_for_person(store, ref)
    found = await store.handovers.get_session("shop", ref.id)
    assert (found.name, found.title, found.subject, found.is_anonymous) == ("chat-1", "a shirt", "ann@shop", True)
    with pytest.raises(SessionNotFound):
        await store.handovers.get_session("other", ref.id)
    session, shop = await store.handovers.find_any_session(ref.id)
    assert (session.owner, shop) == (owner, "shop")
    with pytest.raises(SessionNotFound):
        await store.handovers.find_any_session("x")


async def test_a_question_for_a_person_is_a_turn_without_an_answer(store: Store, clock: Clock) -> None:
    ref = await make_session(store)
    before = await wait_for_person(store, ref)
    clock.now_s += 1
    async with store.open_turn(ref.owner, ref.id, user_message(RED, "are you there?")) as turn:
        kept = await turn.leave_to_person()
        assert turn.is_ended
    assert kept is not None
    assert (kept.version, kept.changed_s) == (before.version + 1, clock.now_s)
    last = (await store.list_turns(ref.owner, ref.id))[-1]
    assert (last.answer, last.finish_reason, last.messages[0].parts) == ("", HANDOVER, (RED.ref, "are you there?"))
    assert (await store.list_sessions(ref.owner, search="are you there")).sessions[0].id == ref.id
    exported = (await store.export_session(ref.owner, ref.id))["turns"][-1]
    assert [message["role"] for message in exported["messages"]] == ["user"]


async def test_a_question_goes_on_to_the_model_where_nobody_has_the_session(store: Store) -> None:
    ref = await make_session(store)
    async with store.open_turn(ref.owner, ref.id, user_message("well?")) as turn:
        assert await turn.leave_to_person() is None
        assert not turn.is_ended
        await turn.finish("yes", "stop", StoredUsage(1, 0, 1), author="service")
    last = (await store.list_turns(ref.owner, ref.id))[-1]
    assert (last.answer, last.author) == ("yes", "service")


async def test_a_persons_answer_is_a_turn_without_a_question(store: Store, clock: Clock) -> None:
    ref = await make_session(store)
    handover = await give_to(store, ref, ANN)
    clock.now_s += 1
    after, turn_id = await store.handovers.add_answer(handover, PersonWords(ANN.agent, "here it is", (RED,)))
    assert after.version == handover.version + 1
    last = (await store.list_turns(ref.owner, ref.id))[-1]
    assert (last.id, last.answer, last.author, last.author_name) == (turn_id, "here it is", "person", "Ann")
    assert last.messages == (Message("assistant", (RED.ref,)),)
    assert (await store.load_pictures(ref.owner, ref.id, [RED.sha256]))[RED.sha256].data == RED.data
    assert (await store.list_sessions(ref.owner, search="here it is")).sessions[0].id == ref.id
    exported = (await store.export_session(ref.owner, ref.id))["turns"][-1]
    assert (exported["author"], exported["author_name"]) == ("person", "Ann")
    assert await store.handovers.list_persons_turns(ref.id, 1) == {}
    assert list(await store.handovers.list_persons_turns(ref.id, 0)) == [1]
    assert [await store.handovers.find_position(ref.id, each) for each in (None, turn_id, "x")] == [1, 1, 1]


async def test_only_who_has_a_session_answers_it(store: Store) -> None:
    ref = await make_session(store)
    handover = await give_to(store, ref, ANN)
    with pytest.raises(HandoverLost):
        await store.handovers.add_answer(handover, PersonWords(BOB.agent, "no"))
    await store.handovers.change(ref, PERSON, HandoverChange("bot", "person", ANN.agent))
    with pytest.raises(HandoverLost):
        await store.handovers.add_answer(handover, PersonWords(ANN.agent, "too late"))
    assert len(await store.list_turns(ref.owner, ref.id)) == 1


async def test_a_person_answers_while_a_turn_is_pending(store: Store) -> None:
    ref = await make_session(store)
    async with store.open_turn(ref.owner, ref.id, user_message("slow?")) as turn:
        handover = await give_to(store, ref)
        await store.handovers.add_answer(handover, PersonWords(ANN.agent, "I am here"))
        await turn.finish("a part", HANDOVER, StoredUsage(1, 0, 1))
    answers = [each.answer for each in await store.list_turns(ref.owner, ref.id)]
    assert answers == ["yes", "a part", "I am here"]
    await ask(store, as_session(ref), "and now?")
    assert len(await store.list_turns(ref.owner, ref.id)) == 4


async def test_the_history_has_what_was_for_a_person_and_of_one(store: Store) -> None:
    ref = await make_session(store)
    handover = await give_to(store, ref)
    async with store.open_turn(ref.owner, ref.id, user_message("for Ann")) as turn:
        await turn.leave_to_person()
    await store.handovers.add_answer(handover, PersonWords(ANN.agent, "", (RED,)))
    async with store.open_turn(ref.owner, ref.id, Message[NewPart]("user", ("next",))) as turn:
        assert [(each.answer, each.author) for each in turn.history] == [("yes", None), ("", None), ("", "person")]


async def test_changes_are_found_by_time(store: Store, clock: Clock) -> None:
    old, new = await make_session(store, "old"), await make_session(store, "new")
    await wait_for_person(store, old)
    clock.now_s += 10
    await wait_for_person(store, new)
    for shops in (["shop"], None):
        assert [each.session_id for each in await store.handovers.list_changed(shops, clock.now_s - 5)] == [new.id]
    assert await store.handovers.list_changed(["other"], 0) == []
    touched = await store.handovers.touch(old.id)
    assert touched is not None
    assert touched.version == 2
    assert len(await store.handovers.list_changed(["shop"], clock.now_s - 5)) == 2
    assert await store.handovers.touch("x") is None


async def test_a_hand_over_goes_with_its_session_and_the_events_stay(store: Store) -> None:
    ref = await make_session(store)
    handover = await give_to(store, ref)
    await store.handovers.add_answer(handover, PersonWords(ANN.agent, "a picture", (RED,)))
    await store.delete_session(ref.owner, ref.id)
    assert await store.handovers.find(ref.id) is None
    assert len(await store.handovers.list_events(ref.id)) == 1
    assert await count_rows(store, "pictures") == 0


async def test_canned_answers_belong_to_a_shop(store: Store) -> None:
    thanks = await store.handovers.add_canned("shop", "thanks", "Thank you!", 2)
    hello = await store.handovers.add_canned("shop", "hello", "Hello!", 2)
    assert await store.handovers.list_canned("shop") == [hello, thanks]
    assert await store.handovers.list_canned("other") == []
    with pytest.raises(TooManyCannedAnswers):
        await store.handovers.add_canned("shop", "bye", "Bye!", 2)
    with pytest.raises(CannedTitleTaken):
        await store.handovers.add_canned("shop", "hello", "again", 3)
    changed = await store.handovers.replace_canned("shop", hello.id, "hi", "Hi!")
    assert (changed.title, changed.text, changed.created_s) == ("hi", "Hi!", hello.created_s)
    with pytest.raises(CannedTitleTaken):
        await store.handovers.replace_canned("shop", hello.id, "thanks", "Hi!")
    for shop, answer_id in (("other", hello.id), ("shop", "x")):
        with pytest.raises(CannedAnswerNotFound):
            await store.handovers.replace_canned(shop, answer_id, "a", "b")
        with pytest.raises(CannedAnswerNotFound):
            await store.handovers.delete_canned(shop, answer_id)
    await store.handovers.delete_canned("shop", hello.id)
    assert await store.handovers.list_canned("shop") == [thanks]
