"""How sessions ended is stored when they end, and when they are deleted, and stays when they are gone."""

import asyncio
from collections.abc import Callable

import pytest

from server.store.errors import DatabaseFull
from server.store.outcome_facts import fold_question
from server.store.outcome_records import Outcome, OutcomeRange
from server.store.records import Session, StoredUsage
from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.handover_rows import add_customer, add_event, put_handover, set_author
from tests.helpers.store_turns import RED, ask, count_rows, user_message

pytestmark = pytest.mark.anyio

UNUSED_S = 1800.0
ALWAYS = OutcomeRange(0.0, float("inf"))
Use = Callable[[Store, Session], object]


async def record(store: Store) -> list[Outcome]:
    return await store.outcomes.record_ended(UNUSED_S)


async def read(store: Store, within: OutcomeRange = ALWAYS) -> list[Outcome]:
    return [outcome async for page in store.outcomes.read(within) for outcome in page]


async def test_a_session_has_ended_when_nobody_uses_it_for_half_an_hour(store: Store, clock: Clock) -> None:
    session = await store.create_session("shop", options={"profile": "ecommerce"})
    began_s = clock.now_s
    await ask(store, session, RED, "Where is  my ORDER 12345678?", answer="On its way.")
    await ask(store, session, "thanks")
    await store.give_feedback("shop", session.id, "up")
    assert await record(store) == []
    clock.advance(UNUSED_S)
    (new,) = await record(store)
    assert new.session_id == session.id
    assert (new.shop, new.profile, new.reason, new.has_person) == ("shop", "ecommerce", None, False)
    assert (new.num_turns, new.num_up, new.num_down) == (2, 1, 0)
    assert new.question == "where is my order ***"
    assert began_s < new.began_s < new.ended_s < began_s + 60
    assert new.first_answer_s is not None
    assert 0 < new.first_answer_s < new.ended_s - new.began_s
    assert await read(store) == [new]
    assert await record(store) == []


async def test_a_session_that_a_person_closed_has_ended_at_once(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    await ask(store, session, "help")
    closed_s = clock.now_s + 20
    await put_handover(store, session.id, "closed", changed_s=closed_s)
    for state, reason in (("waiting", "not_found"), ("person", "person"), ("closed", "person")):
        await add_event(store, session.id, state, reason)
    (new,) = await record(store)
    assert (new.shop, new.profile, new.reason, new.has_person) == ("shop", "ecommerce", "not_found", True)
    assert new.ended_s == closed_s
    assert await read(store) == [new]
    assert await record(store) == []


async def test_a_session_that_a_person_has_goes_on_while_it_is_used(store: Store) -> None:
    session = await store.create_session("ann")
    await ask(store, session, "help")
    await put_handover(store, session.id, "person")
    assert await record(store) == []


@pytest.mark.parametrize(
    ("reasons", "chosen"),
    [
        (["customer"], "customer"),
        (["not_found", "person"], "not_found"),
        (["not_found", "person", "anger", "person"], "anger"),
        (["person"], "person"),
        (["operator"], "operator"),
        ([], None),
    ],
)
async def test_the_reason_is_the_last_that_tells_more_than_who_took_it(
    store: Store, clock: Clock, reasons: list[str], chosen: str | None
) -> None:
    session = await store.create_session("ann")
    await ask(store, session, "help")
    for reason in reasons:
        await add_event(store, session.id, "person" if reason == "person" else "waiting", reason)
        await add_event(store, session.id, "bot", "person")
    clock.advance(UNUSED_S)
    assert [new.reason for new in await record(store)] == [chosen]


async def test_what_the_server_says_by_a_rule_is_no_answer(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    told = await ask(store, session, "a person please", answer="You are waiting.")
    await set_author(store, told, "service")
    async with store.open_turn("ann", session.id, user_message("still there?")) as turn:
        await turn.finish("", "handover", StoredUsage())
    clock.advance(100)
    answer = await ask(store, session, "hello?", answer="Bob here.")
    await set_author(store, answer, "person")
    clock.advance(UNUSED_S)
    (new,) = await record(store)
    assert new.first_answer_s is not None
    assert 100 < new.first_answer_s < 150
    assert new.num_turns == 3


async def test_without_any_answer_there_is_no_time(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    await set_author(store, await ask(store, session, "a person please"), "service")
    clock.advance(UNUSED_S)
    assert [new.first_answer_s for new in await record(store)] == [None]


async def test_a_customer_s_session_is_the_shop_s(store: Store, clock: Clock) -> None:
    await add_customer(store, "customer:1", "books")
    session = await store.create_session("customer:1")
    await ask(store, session, "help")
    clock.advance(UNUSED_S)
    assert [(new.shop, new.profile) for new in await record(store)] == [("books", "")]


async def test_a_session_that_is_used_again_ends_again_and_is_new_once(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    await ask(store, session, "help")
    clock.advance(UNUSED_S)
    (first,) = await record(store)
    await ask(store, session, "more")
    assert await record(store) == []
    clock.advance(UNUSED_S)
    assert await record(store) == []  # it is known
    (now,) = await read(store)
    assert (now.num_turns, first.num_turns) == (2, 1)
    assert now.ended_s > first.ended_s + UNUSED_S
    assert now.began_s == first.began_s


async def test_a_late_rating_counts_and_its_change_too(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    turn = await ask(store, session, "help")
    clock.advance(UNUSED_S)
    await record(store)
    await store.give_feedback("ann", session.id, "up", turn_id=turn)
    assert [(one.num_up, one.num_down) for one in await read(store)] == [(1, 0)]
    await store.give_feedback("ann", session.id, "down", turn_id=turn)
    assert [(one.num_up, one.num_down) for one in await read(store)] == [(0, 1)]


async def delete_one(store: Store, session: Session) -> None:
    await store.delete_session(session.owner, session.id)


async def delete_all(store: Store, session: Session) -> None:
    await store.delete_all_sessions(session.owner)


async def expire(store: Store, session: Session) -> None:  # noqa: ARG001
    await store.expire_sessions(0, 1000)


@pytest.mark.parametrize("remove", [delete_one, delete_all, expire])
async def test_nothing_is_lost_by_a_deletion(store: Store, remove: Callable[[Store, Session], object]) -> None:
    session = await store.create_session("ann", options={"profile": "shoes"})
    await ask(store, session, RED, "Do they fit?")
    await store.give_feedback("ann", session.id, "down")
    await remove(store, session)  # type: ignore[misc]
    assert await count_rows(store, "sessions") == 0
    (kept,) = await read(store)
    assert (kept.profile, kept.question, kept.num_down) == ("shoes", "do they fit", 1)
    assert await record(store) == []


async def test_what_is_stored_is_not_changed_by_a_deletion_later(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    await ask(store, session, "help")
    clock.advance(UNUSED_S)
    (new,) = await record(store)
    clock.advance(UNUSED_S)
    await store.delete_session("ann", session.id)
    assert await read(store) == [new]


async def test_a_deletion_in_pieces_keeps_what_all_of_them_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await store.create_session("ann")
    for number in range(50):
        await ask(store, session, f"question {number}")
    write, num_writes = store.database.write, 0

    async def write_but_first(work: object) -> object:
        nonlocal num_writes
        num_writes += 1
        if num_writes == 1:
            raise DatabaseFull("a file", "no room")
        return await write(work)  # type: ignore[arg-type]

    monkeypatch.setattr(store.database, "write", write_but_first)
    await store.delete_session("ann", session.id)
    assert num_writes > 3
    assert [(one.num_turns, one.question) for one in await read(store)] == [(50, "question 0")]


async def test_a_session_without_a_turn_had_no_end(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    clock.advance(UNUSED_S)
    assert await record(store) == []
    await store.delete_session("ann", session.id)
    assert await read(store) == []


async def test_a_session_that_is_being_answered_has_not_ended(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    await ask(store, session, "help")
    async with store.open_turn("ann", session.id, user_message("more")) as turn:
        clock.advance(UNUSED_S)
        assert await record(store) == []
        await turn.finish("yes", "stop", StoredUsage())
    assert await record(store) == []


async def test_a_blocked_question_is_not_the_one_that_was_asked(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann")
    async with store.open_turn("ann", session.id, user_message("darn")) as turn:
        await turn.finish("No.", "content_filter", StoredUsage())
    await ask(store, session, "May I ask?")
    clock.advance(UNUSED_S)
    assert [new.question for new in await record(store)] == ["may i ask"]


async def test_little_is_done_at_a_time(store: Store, clock: Clock) -> None:
    for _ in range(5):
        await ask(store, await store.create_session("ann"), "help")
    clock.advance(UNUSED_S)
    assert [len(await store.outcomes.record_ended(UNUSED_S, 2)) for _ in range(4)] == [2, 2, 1, 0]


async def test_pages_are_read_in_order_of_a_shop_and_a_time(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.outcome_store.PAGE", 2)
    for number in range(5):
        await ask(store, await store.create_session(f"shop{number % 2}"), "help")
    clock.advance(UNUSED_S)
    await record(store)
    found = await read(store)
    assert len(found) == 5
    assert [one.ended_s for one in found] == sorted(one.ended_s for one in found)
    assert [one.shop for one in await read(store, OutcomeRange(0, float("inf"), "shop0"))] == ["shop0"] * 3
    inner = OutcomeRange(found[1].ended_s, found[3].ended_s)
    assert await read(store, inner) == found[1:3]


async def test_what_is_asked_most_comes_first(store: Store, clock: Clock) -> None:
    for question in ("Is it red?", "is it  RED？", "有货吗？", "有货吗", "有货吗。", "Size?"):
        await ask(store, await store.create_session("shop"), question)
    await ask(store, await store.create_session("other"), "Size?")
    clock.advance(UNUSED_S)
    await record(store)
    asked = await store.outcomes.list_most_asked(ALWAYS, 2)
    assert [(one.question, one.count) for one in asked] == [("有货吗", 3), ("is it red", 2)]
    of_other = await store.outcomes.list_most_asked(OutcomeRange(0, float("inf"), "other"), 2)
    assert [(one.question, one.count) for one in of_other] == [("size", 1)]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Call me: ann@example.com!", "call me: ***"),
        ("ＡＢＣ　？", "abc"),
        ("???", ""),
        ("", ""),
        ("订单 1234567890 到哪了？？", "订单 *** 到哪了"),
    ],
)
def test_questions_are_folded(text: str, folded: str) -> None:
    assert fold_question(text) == folded


async def test_what_is_old_goes_once_its_session_is_gone(store: Store, clock: Clock) -> None:
    kept, gone = await store.create_session("ann"), await store.create_session("ann")
    for session in (kept, gone):
        await ask(store, session, "help")
        await add_event(store, session.id, "waiting", "customer", at_s=clock.now_s)
    clock.advance(UNUSED_S)
    await record(store)
    await store.delete_session("ann", gone.id)
    assert await store.outcomes.expire(10_000) == 0
    clock.advance(10_000)
    assert await store.outcomes.expire(10_000) == 1
    assert [one.session_id for one in await read(store)] == [kept.id]
    assert await count_rows(store, "handover_events") == 1


async def test_two_servers_do_not_both_call_one_new(postgres_url: str) -> None:
    clock = Clock()
    async with open_store(postgres_url, LEASE_S, clock) as one, open_store(postgres_url, LEASE_S, clock) as other:
        for _ in range(30):
            await ask(one, await one.create_session("ann"), "help")
        clock.advance(UNUSED_S)
        found = await asyncio.gather(*(record(store) for store in (one, other) * 4))
        assert len([new for some in found for new in some]) == 30
