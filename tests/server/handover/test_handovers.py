"""The states of a hand-over: who may change them, and what every order of acts leaves."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.handover.handovers import MAX_OWN_WAITING, SILENT
from server.store.errors import DeskFull, HandoverLost
from server.store.handover_turns import PersonWords
from server.store.service_records import Handover, SessionRef
from server.store.store import Store, open_store
from tests.helpers.handover_rows import add_customer
from tests.helpers.handovers import ANN, BOB, CHIEF, make_handovers, make_session
from tests.helpers.migrated import place_migrated

pytestmark = pytest.mark.anyio
PERSONS = {"ann": ANN, "bob": BOB, "chief": CHIEF}
ACTS = ("request", "take", "give_back", "close", "interrupt", "reopen", "answer")


async def test_a_session_that_waits_is_not_asked_for_twice(store: Store) -> None:
    ref, handovers = await make_session(store), make_handovers(store)
    first = await handovers.request(ref, "customer", ref.owner)
    assert await handovers.request(ref, "tool", "model") == first
    taken = await handovers.take(first, ANN)
    assert await handovers.request(ref, "not_found", "server") == taken
    assert await handovers.take(first, ANN) == taken
    assert len(await store.handovers.list_events(ref.id)) == 2


async def test_one_customer_does_not_fill_the_desk(store: Store) -> None:
    owner, handovers = "customer:" + "1" * 32, make_handovers(store)
    refs = [await make_session(store, str(number), owner) for number in range(MAX_OWN_WAITING + 1)]
    for ref in refs[:-1]:
        await handovers.request(ref, "customer", owner)
    with pytest.raises(DeskFull):
        await handovers.request(refs[-1], "customer", owner)
    another = await make_session(store, "another", "customer:" + "2" * 32)
    waiting = await handovers.request(another, "customer", another.owner)
    assert await handovers.find_position(waiting) == MAX_OWN_WAITING
    assert await handovers.find_position(await handovers.take(waiting, ANN)) is None


async def test_visitors_leave_places_to_known_customers(store: Store) -> None:
    handovers, names = make_handovers(store, max_waiting=4), [f"customer:{number}" for number in range(4)]
    for name in names[:3]:
        await add_customer(store, name, "shop", is_anonymous=True)
    refs = [await make_session(store, name, name) for name in names]
    for ref in refs[:2]:
        await handovers.request(ref, "customer", ref.owner)
    with pytest.raises(DeskFull) as full:
        await handovers.request(refs[2], "customer", names[2])
    assert full.value.limit == 2
    assert (await handovers.request(refs[3], "customer", names[3])).state == "waiting"
    assert (await handovers.request(refs[2], "unknown_action", "server")).state == "waiting"


async def test_of_many_persons_one_has_the_session(store: Store) -> None:
    ref, handovers = await make_session(store), make_handovers(store)
    waiting = await handovers.request(ref, "customer", ref.owner)
    results = await asyncio.gather(*(handovers.take(waiting, who) for who in (ANN, BOB)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Handover", "HandoverLost"]


async def test_watchers_are_told_of_every_act(store: Store) -> None:
    ref, handovers = await make_session(store), make_handovers(store)
    watch = handovers.watchers.watch_session(ref.id)
    waiting = await handovers.request(ref, "customer", ref.owner)
    assert (await watch.wait(0), watch.handover) == (True, waiting)
    taken = await handovers.take(waiting, ANN)
    after, _ = await handovers.answer(taken, PersonWords(ANN.agent, "hello"))
    assert (await watch.wait(0), watch.handover) == (True, after)
    await handovers.tell_turn(ref.id)
    assert watch.version == after.version + 1


class Model:
    """What the states are to be after each act."""

    def __init__(self) -> None:
        self.state, self.agent = "bot", ""
        self.num_answers = 0

    def allows(self, act: str, who: str) -> bool:
        """Whether an act succeeds; then it has happened."""
        is_own = self.state == "person" and (self.agent == PERSONS[who].agent or who == "chief")
        if act == "request":
            self.state = "waiting" if self.state in ("bot", "closed") else self.state
            return True
        if act == "interrupt":
            self.state, self.agent = "person", PERSONS[who].agent
            return True
        if act == "take" and self.state == "waiting":
            self.state, self.agent = "person", PERSONS[who].agent
            return True
        if act == "take":
            return self.state == "person" and self.agent == PERSONS[who].agent
        if act in ("give_back", "close") and (is_own or self.state == "waiting"):
            self.state, self.agent = ("bot" if act == "give_back" else "closed"), ""
            return True
        if act == "reopen" and self.state == "closed":
            self.state = "bot"
            return True
        is_answer = act == "answer" and self.state == "person" and self.agent == PERSONS[who].agent
        self.num_answers += is_answer
        return is_answer


async def act_on(store: Store, ref: SessionRef, act: str, who: str) -> bool:
    """Run one act, and return whether it succeeded."""
    handovers, person = make_handovers(store), PERSONS[who]
    current = await handovers.find(ref.id) or Handover(
        ref.id, ref.shop, ref.owner, ref.profile, ref.language, "bot", "customer", 0, 0
    )
    runs: dict[str, Any] = {
        "request": lambda: handovers.request(ref, "customer", ref.owner),
        "take": lambda: handovers.take(current, person),
        "give_back": lambda: handovers.give_back(current, person),
        "close": lambda: handovers.close(current, person),
        "interrupt": lambda: handovers.interrupt(ref, person),
        "reopen": lambda: handovers.reopen(ref),
        "answer": lambda: handovers.answer(current, PersonWords(person.agent, "hello")),
    }
    try:
        await runs[act]()
    except HandoverLost:
        return False
    return True


@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(sorted(PERSONS))), max_size=25))
def test_every_order_of_acts_leaves_what_the_rules_say(acts: list[tuple[str, str]]) -> None:
    async def play() -> None:
        model = Model()
        with TemporaryDirectory() as folder:
            place_migrated(Path(folder) / "s.db")
            async with open_store(Path(folder) / "s.db") as store:
                ref = await make_session(store)
                for act, who in acts:
                    assert await act_on(store, ref, act, who) == model.allows(act, who), (act, who)
                    found = await store.handovers.find(ref.id)
                    assert (found.state if found else "bot") == model.state
                    assert ((found.agent or "") if found else "") == model.agent
                    assert (found is not None and found.state in SILENT) == (model.state in SILENT)
                turns = await store.list_turns(ref.owner, ref.id)
                assert len([turn for turn in turns if turn.author == "person"]) == model.num_answers

    asyncio.run(play())
