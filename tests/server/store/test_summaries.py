"""Summaries are stored with the hand-over, and told by messages that nobody has tried to send."""

import pytest
from sqlalchemy import select

from server.store.delivery_records import NewDelivery
from server.store.service_records import SessionRef
from server.store.service_tables import handovers
from server.store.store import Store
from tests.helpers.clock import Clock
from tests.helpers.handover_rows import put_handover

pytestmark = pytest.mark.anyio


def tell(session_id: str, delivery_id: str = "m1") -> NewDelivery:
    return NewDelivery(delivery_id, "session.waiting", {"type": "session.waiting", "data": {"session": session_id}}, 90)


async def test_a_summary_is_stored_and_told(store: Store) -> None:
    session = await store.create_session("ann")
    await put_handover(store, session.id, "waiting")
    await store.deliveries.add(tell(session.id))
    assert await store.deliveries.claim(60, 10) == ()  # it is held until there is a summary
    assert await store.deliveries.set_summary(session.id, "Wants 'a' refund.\0")
    rows = await store.database.read(lambda c: c.execute(select(handovers.c.summary, handovers.c.version)))
    assert rows.one() == ("Wants 'a' refund.\ufffd", 2)
    (claimed,) = await store.deliveries.claim(60, 10)
    assert claimed.payload["data"] == {"session": session.id, "summary": "Wants 'a' refund.\ufffd"}


async def test_what_was_tried_or_is_about_others_stays_as_it_is(store: Store, clock: Clock) -> None:
    one, other = await store.create_session("ann"), await store.create_session("ann")
    await put_handover(store, one.id, "waiting")
    await store.deliveries.add(tell(one.id))
    clock.advance(90)
    (tried,) = await store.deliveries.claim(60, 10)
    await store.deliveries.add(tell(other.id, "m2"))
    await store.deliveries.set_summary(one.id, "Too late.")
    clock.advance(90)
    again = await store.deliveries.claim(60, 10)
    assert [claimed.payload for claimed in again] == [tried.payload, tell(other.id).payload]


async def test_a_session_without_a_hand_over_has_none(store: Store) -> None:
    session = await store.create_session("ann")
    await store.deliveries.add(tell(session.id))
    assert not await store.deliveries.set_summary(session.id, "Nobody is asked for.")
    assert not await store.deliveries.set_summary("nothing", "Nobody is asked for.")
    assert await store.deliveries.claim(60, 10) == ()


async def test_those_that_wait_without_a_summary_are_found(store: Store, clock: Clock) -> None:
    sessions = [await store.create_session("ann") for _ in range(5)]
    now_s = clock.now_s
    for session, state, changed_s, summary in zip(
        sessions,
        ("waiting", "waiting", "person", "waiting", "waiting"),
        (now_s - 100, now_s - 200, now_s - 100, now_s - 100, now_s),
        (None, None, None, "There is one.", None),
        strict=True,
    ):
        await put_handover(store, session.id, state, changed_s=changed_s, summary=summary)
    found = await store.deliveries.find_unsummarized(60, 10)
    assert [one.id for one in found] == [sessions[1].id, sessions[0].id]
    assert found[0] == SessionRef(sessions[1].id, "ann", "shop", "ecommerce", "en")
    assert len(await store.deliveries.find_unsummarized(60, 1)) == 1
