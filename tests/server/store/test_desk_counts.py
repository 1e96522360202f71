"""What people at the desk see at a glance."""

import pytest
from sqlalchemy import update

from server.store.desk_counts import find_last_words
from server.store.desk_records import DeskCounts, LastWords
from server.store.handover_turns import PersonWords
from server.store.records import StoredPicture
from server.store.service_records import HandoverChange, HandoverState
from server.store.service_tables import customers
from server.store.store import Store
from tests.helpers.handover_rows import add_customer
from tests.helpers.handovers import ANN, BOB, give_to, make_session, wait_for_person
from tests.helpers.store_turns import RED

pytestmark = pytest.mark.anyio
WAITING: tuple[HandoverState, ...] = ("waiting",)


async def test_sessions_are_counted_by_state_and_shop(store: Store) -> None:
    assert await store.handovers.count_all(None, "ann") == DeskCounts()
    refs = [await make_session(store, name) for name in "abcd"]
    for ref in refs:
        asked = await wait_for_person(store, ref)
    await give_to(store, refs[0], ANN)
    await give_to(store, refs[1], BOB)
    await store.handovers.change(refs[2], WAITING, HandoverChange("closed", "person", "x"))
    await wait_for_person(store, await make_session(store, "e", "other", "other"))
    counts = DeskCounts(waiting=1, mine=1, person=2, closed=1, newest_s=asked.asked_s)
    assert await store.handovers.count_all("shop", ANN.agent) == counts
    assert (await store.handovers.count_all(None, "root")).waiting == 2
    assert (await store.handovers.count_all("other", ANN.agent)).mine == 0


async def test_the_last_words_are_the_customers_or_a_persons(store: Store) -> None:
    one, two = [await make_session(store, name) for name in "ab"]
    held = await give_to(store, two)
    await store.handovers.add_answer(held, PersonWords(ANN.agent, "", (StoredPicture(RED.sha256, RED.mime, RED.data),)))
    found = await store.database.read(lambda c: find_last_words(c, [one.id, two.id, "x"]))
    assert set(found) == {one.id, two.id}
    assert (found[one.id].by, found[one.id].text) == ("customer", "hello from a")
    assert found[two.id] == LastWords("person", "Ann", "", 1, found[two.id].at_s)
    assert await store.database.read(lambda c: find_last_words(c, [])) == {}


async def test_a_session_comes_with_the_customers_claims(store: Store) -> None:
    await add_customer(store, "customer:1", "shop")
    named = update(customers).values(claims={"name": "Li Lei"})
    await store.database.write(lambda c: c.execute(named))
    ref = await make_session(store, "a", "customer:1")
    await wait_for_person(store, ref)
    (listed,) = (await store.handovers.list_sessions("shop", "waiting")).sessions
    assert listed == await store.handovers.get_session("shop", ref.id)
    assert (listed.subject, listed.claims) == ("customer:1", {"name": "Li Lei"})
    assert listed.last is not None
    await wait_for_person(store, other := await make_session(store, "b"))
    assert (await store.handovers.get_session("shop", other.id)).claims == {}
