"""The service of calls that change data: each runs with its owner's yes, once, and every end is stored."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.errors import ActionNotPending, TooManyStreams
from server.keys.account import Account
from server.store.audit import AuditFilter
from server.store.errors import ActionNotFound, DatabaseUnreachable, SessionNotFound
from server.store.service_records import Action
from server.store.store import Store, open_store
from server.tools.actions import ActionLimits, Actions, name_asker
from server.tools.no_tools import NoTools
from server.tools.result import ToolResult
from tests.helpers.actions import ARGUMENTS, TOOL, FakeDesk, FakeShop, make_customer, open_session, propose
from tests.helpers.clock import Clock
from tests.helpers.keys import make_key
from tests.helpers.migrated import place_migrated

pytestmark = pytest.mark.anyio

ANN, BOB = make_customer("ann"), make_customer("bob")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(place_migrated(tmp_path / "store.sqlite3"), clock=clock) as opened:
        yield opened


@pytest.fixture
def shop() -> FakeShop:
    return FakeShop()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def actions(store: Store, shop: FakeShop, desk: FakeDesk) -> Actions:
    return Actions(store.actions, shop, desk, ActionLimits(wait_s=600, run_s=5))


async def ask(store: Store, actions: Actions) -> Action:
    return await actions.propose(await open_session(store, ANN), TOOL, ARGUMENTS, "model")


async def list_events(store: Store) -> list[tuple[str, str]]:
    page = await store.actions.list_audit(AuditFilter(), 200)
    return [(each.entry.event, each.entry.by) for each in reversed(page.entries)]


async def test_a_yes_runs_it_with_all_that_was_shown(store: Store, shop: FakeShop, actions: Actions) -> None:
    action = await ask(store, actions)
    assert shop.calls == [], "nothing happens before the yes"
    ended = await actions.confirm(ANN, action.id)
    assert (ended.state, ended.result, ended.error) == ("done", {"ok": True}, None)
    assert shop.calls == [(TOOL, ARGUMENTS, ANN.customer, action.id)]
    assert await list_events(store) == [("asked", "model"), ("confirmed", ANN.owner), ("done", "server")]


async def test_a_double_confirm_runs_once_and_gives_the_same_end(
    store: Store, shop: FakeShop, actions: Actions
) -> None:
    action = await ask(store, actions)
    ended = await asyncio.gather(*(actions.confirm(ANN, action.id) for _ in range(20)))
    ended.append(await actions.confirm(ANN, action.id))
    assert shop.keys == [action.id]
    assert len({each.ended_s for each in ended}) == 1
    assert {each.state for each in ended} == {"done"}


async def test_two_servers_run_it_once(postgres_url: str) -> None:
    shop = FakeShop()
    async with open_store(postgres_url) as one, open_store(postgres_url) as other:
        servers = [Actions(each.actions, shop) for each in (one, other)]
        action = await ask(one, servers[0])
        ended = await asyncio.gather(*(server.confirm(ANN, action.id) for server in servers for _ in range(3)))
    assert shop.keys == [action.id]
    assert {each.state for each in ended} == {"done"}


async def test_nobody_confirms_for_another(store: Store, shop: FakeShop, actions: Actions) -> None:
    action = await ask(store, actions)
    agent = Account.from_key(make_key("desk", owner="shop", role="agent"), None)  # type: ignore[arg-type]
    operator = Account.from_key(make_key("boss", owner="shop", role="operator"), None)  # type: ignore[arg-type]
    for other in (BOB, agent, operator, Account(is_operator=True), make_customer("ann", "other shop")):
        for answer in (actions.confirm, actions.decline):
            with pytest.raises(ActionNotFound):
                await answer(other, action.id)
    assert (await actions.get(ANN, action.id)).state == "pending"
    assert shop.calls == []


async def test_somebody_else_does_not_disturb_a_confirm(store: Store, shop: FakeShop, actions: Actions) -> None:
    action = await ask(store, actions)
    tries = [actions.confirm(BOB, action.id), actions.confirm(ANN, action.id), actions.confirm(BOB, action.id)]
    first, own, last = await asyncio.gather(*tries, return_exceptions=True)
    assert isinstance(first, ActionNotFound)
    assert isinstance(last, ActionNotFound)
    assert isinstance(own, Action)
    assert shop.keys == [action.id]


async def test_after_a_no_there_is_no_yes(store: Store, shop: FakeShop, actions: Actions) -> None:
    action = await ask(store, actions)
    declined = await actions.decline(ANN, action.id)
    assert declined.state == (await actions.decline(ANN, action.id)).state == "declined"
    with pytest.raises(ActionNotPending) as refused:
        await actions.confirm(ANN, action.id)
    assert (refused.value.code, refused.value.status) == ("declined", 409)
    assert shop.calls == []


async def test_after_a_yes_there_is_no_no(store: Store, actions: Actions) -> None:
    action = await ask(store, actions)
    await actions.confirm(ANN, action.id)
    with pytest.raises(ActionNotPending) as refused:
        await actions.decline(ANN, action.id)
    assert refused.value.code == "done"


async def test_a_late_yes_runs_nothing(store: Store, clock: Clock, shop: FakeShop, actions: Actions) -> None:
    action = await ask(store, actions)
    clock.advance(601)
    with pytest.raises(ActionNotPending) as refused:
        await actions.confirm(ANN, action.id)
    assert refused.value.code == "expired"
    assert shop.calls == []


async def test_one_that_began_in_time_ends_after_it(
    store: Store, clock: Clock, shop: FakeShop, actions: Actions
) -> None:
    shop.gate = asyncio.Event()
    action = await ask(store, actions)
    confirming = asyncio.create_task(actions.confirm(ANN, action.id))
    await shop.began.wait()
    clock.advance(601)
    await actions.recover()
    shop.gate.set()
    assert (await confirming).state == "done"


@pytest.mark.parametrize(
    ("answer", "state", "is_asked"),
    [
        (ToolResult("failed", error="sold out"), "failed", False),
        (ToolResult("unknown", error="time-out"), "unknown", True),
        (RuntimeError("a mistake"), "unknown", True),
        (TimeoutError(), "unknown", True),
    ],
)
async def test_a_call_that_goes_wrong_is_never_tried_again(
    store: Store, shop: FakeShop, desk: FakeDesk, actions: Actions, answer: ToolResult | Exception, state: str,
    is_asked: bool,
) -> None:  # fmt: skip
    shop.answers[TOOL] = answer
    action = await ask(store, actions)
    ended = await actions.confirm(ANN, action.id)
    assert (ended.state, (await actions.confirm(ANN, action.id)).state) == (state, state)
    await actions.recover()
    assert shop.keys == [action.id]
    assert desk.asked == ([(action.session_id, "unknown_action", "server")] if is_asked else [])
    assert (await list_events(store))[2:] == [(state, "server")]


async def test_a_call_that_takes_too_long_is_unknown(store: Store, shop: FakeShop, desk: FakeDesk) -> None:
    shop.gate = asyncio.Event()
    actions = Actions(store.actions, shop, desk, ActionLimits(run_s=0.05))
    ended = await actions.confirm(ANN, (await ask(store, actions)).id)
    assert (ended.state, ended.error, len(desk.asked)) == ("unknown", "it took too long", 1)


@pytest.mark.parametrize("error", [SessionNotFound("s"), TooManyStreams(3), DatabaseUnreachable("x", "y")])
async def test_a_desk_that_takes_nobody_leaves_the_end_stored(store: Store, shop: FakeShop, error: Exception) -> None:
    shop.answers[TOOL] = ToolResult("unknown")
    for desk in (FakeDesk(error=error), None):
        actions = Actions(store.actions, shop, desk)
        assert (await actions.confirm(ANN, (await ask(store, actions)).id)).state == "unknown"


async def test_a_client_that_leaves_does_not_stop_it(store: Store, shop: FakeShop, actions: Actions) -> None:
    shop.gate = asyncio.Event()
    action = await ask(store, actions)
    confirming = asyncio.create_task(actions.confirm(ANN, action.id))
    await shop.began.wait()
    confirming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await confirming
    shop.gate.set()
    await actions.close(5)
    assert (await actions.get(ANN, action.id)).state == "done"
    assert shop.keys == [action.id]


async def test_one_that_was_lost_goes_to_a_person_and_is_not_run(
    store: Store, shop: FakeShop, desk: FakeDesk, actions: Actions
) -> None:
    """As after a kill: the call was begun, and nobody stored an end."""
    action = await ask(store, actions)
    await store.actions.begin(ANN.owner, action.id, ANN.owner, 30)
    await actions.recover()
    ended = await actions.confirm(ANN, action.id)
    assert (ended.state, ended.error) == ("unknown", "the server ended while it ran")
    assert shop.calls == []
    assert desk.asked == [(action.session_id, "unknown_action", "server")]
    assert (await list_events(store))[-1] == ("unknown", "server")
    await actions.recover()
    assert len(desk.asked) == 1


async def test_a_running_one_is_not_lost(store: Store, shop: FakeShop, desk: FakeDesk, actions: Actions) -> None:
    shop.gate = asyncio.Event()
    confirming = asyncio.create_task(actions.confirm(ANN, (await ask(store, actions)).id))
    await shop.began.wait()
    await actions.recover()
    shop.gate.set()
    assert (await confirming).state == "done"
    assert desk.asked == []


async def test_one_of_another_server_is_lost_when_its_lease_is_over(postgres_url: str, clock: Clock) -> None:
    desk = FakeDesk()
    async with open_store(postgres_url, clock=clock) as store:
        actions = Actions(store.actions, FakeShop(), desk, ActionLimits(run_s=5))
        action = await propose(store, await open_session(store, ANN))
        await store.actions.begin(ANN.owner, action.id, ANN.owner, 30)
        await actions.recover()
        assert (await actions.get(ANN, action.id)).state == "running"
        waiting = asyncio.create_task(actions.confirm(ANN, action.id))
        clock.advance(31)
        async with asyncio.timeout(60):
            while not waiting.done():
                await actions.recover()
                await asyncio.sleep(0.05)
        assert (await waiting).state == "unknown"
        assert len(desk.asked) == 1


async def test_without_tools_a_call_fails(store: Store) -> None:
    actions = Actions(store.actions, NoTools())
    ended = await actions.confirm(ANN, (await ask(store, actions)).id)
    assert (ended.state, ended.error) == ("failed", f"there is no tool {TOOL}")


async def test_the_customer_is_told_in_the_words_of_the_declaration(
    store: Store, shop: FakeShop, actions: Actions
) -> None:
    shop.texts = {(TOOL, "confirm"): "Return order {order}", (TOOL, "done"): "Order {order} comes back: {number}."}
    shop.answers[TOOL] = ToolResult("done", {"number": 7})
    action = await ask(store, actions)
    assert "Return order AB123456" in actions.describe(action, "en")
    ended = await actions.confirm(ANN, action.id)
    assert actions.describe(ended, "en") == "Order AB123456 comes back: 7."


def test_who_asks_has_a_name() -> None:
    assert name_asker(ANN) == ANN.owner
    assert name_asker(Account.from_key(make_key("desk"), None)) == "desk"  # type: ignore[arg-type]
    assert name_asker(Account()) == "local"
