"""Webhooks are sent until they are answered, each with one id, by one server at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.handover import webhook
from server.handover.webhook import MAX_WAIT_S, Webhooks, choose_wait
from server.handover.webhook_target import WebhookTarget
from server.store.delivery_records import DeliveryCounts
from server.store.service_records import SessionRef
from server.store.store import Store, open_store
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.receiver import DROP, FLOOD, HANG, receiving

pytestmark = pytest.mark.anyio

SECRET = b"k" * 24
SESSION = SessionRef("s1", "customer:1", "books", "ecommerce", "zh")
SINCE_S = 1_700_000_000.5


@pytest.fixture
async def opened() -> AsyncIterator[list[Webhooks]]:
    made: list[Webhooks] = []
    yield made
    for each in made:
        await each.close()


@pytest.fixture
def make(store: Store, opened: list[Webhooks]) -> Any:
    def make(url: str, max_tries: int = 5, **given: Any) -> Webhooks:
        opened.append(Webhooks(store.deliveries, WebhookTarget(url, SECRET), max_tries, **given))
        return opened[-1]

    return make


async def put(webhooks: Webhooks, since_s: float = SINCE_S) -> None:
    await webhooks.put(webhooks.make_waiting(SESSION, "customer", since_s))


async def test_a_waiting_session_is_told_signed_and_without_the_customer(make: Any, clock: Clock) -> None:
    with receiving() as receiver:
        webhooks = make(receiver.url)
        await put(webhooks)
        await webhooks.send_due()
        (received,) = receiver.received
    assert received.path == "/hook?token=secret"
    assert received.is_signed(SECRET)
    assert not received.is_signed(b"another secret that is long")
    assert abs(int(received.headers["webhook-timestamp"]) - clock.now_s) < 10
    assert received.headers["content-type"] == "application/json"
    assert received.told == {
        "type": "session.waiting",
        "timestamp": "2023-11-14T22:13:20.500Z",
        "data": {
            "session": "s1",
            "shop": "books",
            "profile": "ecommerce",
            "reason": "customer",
            "language": "zh",
            "waiting_since": "2023-11-14T22:13:20.500Z",
        },
    }
    assert webhooks.counts == DeliveryCounts(0, 0)
    assert (webhooks.num_delivered, webhooks.num_given_up) == (1, 0)


async def test_it_is_told_once_however_often_it_is_put(make: Any) -> None:
    with receiving() as receiver:
        webhooks = make(receiver.url)
        for since_s in (SINCE_S, SINCE_S, SINCE_S + 1):
            await put(webhooks, since_s)
        await webhooks.send_due()
        await webhooks.send_due()
        assert len({received.id for received in receiver.received}) == len(receiver.received) == 2


@pytest.mark.parametrize("answer", [500, 404, 302, 429, DROP])
async def test_what_is_not_taken_comes_again_with_the_same_id(make: Any, clock: Clock, answer: Any) -> None:
    with receiving(answer, answer) as receiver:
        webhooks = make(receiver.url)
        await put(webhooks)
        for count in (1, 2, 3):
            await webhooks.send_due()
            assert len(receiver.received) == count
            assert webhooks.counts == DeliveryCounts(int(count < 3), 0)
            await webhooks.send_due()  # it is too early
            assert len(receiver.received) == count
            clock.advance(30)
        first, *others = receiver.received
        assert all((one.id, one.body) == (first.id, first.body) for one in others)
        assert {one.path for one in receiver.received} == {"/hook?token=secret"}  # a redirect is not followed


async def test_a_receiver_that_is_gone_is_not_asked_again(make: Any, clock: Clock) -> None:
    with receiving(410) as receiver:
        webhooks = make(receiver.url)
        await put(webhooks)
        await webhooks.send_due()
        clock.advance(MAX_WAIT_S)
        await webhooks.send_due()
        assert len(receiver.received) == 1
    assert webhooks.counts == DeliveryCounts(0, 1)
    assert (webhooks.num_delivered, webhooks.num_given_up) == (0, 1)


async def test_it_is_given_up_after_the_last_try(make: Any, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    with receiving(*[500] * 10) as receiver, caplog.at_level(logging.INFO, "server"):
        webhooks = make(receiver.url, max_tries=3)
        await put(webhooks)
        for _ in range(6):
            await webhooks.send_due()
            clock.advance(MAX_WAIT_S)
        assert len(receiver.received) == 3
    assert webhooks.counts == DeliveryCounts(0, 1)
    levels = [record.levelname for record in caplog.records if record.name == "server"]
    assert levels == ["WARNING", "INFO", "WARNING"]
    assert "status 500" in caplog.text
    assert "token=secret" not in caplog.text


async def test_a_receiver_that_hangs_or_never_ends_holds_nothing_up(
    make: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "SEND_S", 3.0)
    with receiving(HANG, FLOOD) as receiver:
        webhooks = make(receiver.url)
        await put(webhooks)
        async with asyncio.timeout(30):
            await webhooks.send_due()
        assert webhooks.counts == DeliveryCounts(1, 0)
        clock.advance(30)
        async with asyncio.timeout(30):
            await webhooks.send_due()  # the status is enough
        assert webhooks.counts == DeliveryCounts(0, 0)
        assert len(receiver.received) == 2


async def test_nobody_who_listens_is_no_loss(make: Any, clock: Clock) -> None:
    with receiving() as receiver:
        url = receiver.url
    webhooks = make(url)
    await put(webhooks)
    await webhooks.send_due()
    assert webhooks.counts == DeliveryCounts(1, 0)
    clock.advance(30)
    with receiving() as receiver:
        await make(receiver.url).send_due()
        assert len(receiver.received) == 1


async def test_a_try_whose_server_died_is_made_again_and_counts(make: Any, store: Store, clock: Clock) -> None:
    with receiving() as receiver:
        webhooks = make(receiver.url, max_tries=2)
        await put(webhooks)
        await store.deliveries.claim(60, 10)  # by a server that dies now
        await webhooks.send_due()
        assert receiver.received == []
        clock.advance(60)
        await webhooks.send_due()
        assert len(receiver.received) == 1


async def test_when_servers_die_at_the_last_try_it_is_given_up(make: Any, store: Store, clock: Clock) -> None:
    with receiving() as receiver:
        webhooks = make(receiver.url, max_tries=2)
        await put(webhooks)
        for _ in range(2):
            await store.deliveries.claim(60, 10)
            clock.advance(60)
        await webhooks.send_due()
        assert receiver.received == []
    assert webhooks.counts == DeliveryCounts(0, 1)


async def test_a_message_waits_for_the_summary(make: Any, clock: Clock) -> None:
    with receiving() as receiver:
        webhooks = make(receiver.url, has_summaries=True)
        await put(webhooks)
        await webhooks.send_due()
        assert receiver.received == []
        clock.advance(webhook.SUMMARY_HOLD_S)
        await webhooks.send_due()  # there will be none
        assert len(receiver.received) == 1


async def test_without_a_url_nothing_is_stored(store: Store) -> None:
    webhooks = Webhooks(store.deliveries, None, 5)
    assert webhooks.make_waiting(SESSION, "customer", SINCE_S) is None
    await webhooks.put(None)
    await webhooks.send_due()
    await webhooks.close()
    assert webhooks.counts == DeliveryCounts(0, 0)


async def test_many_are_sent_a_few_at_a_time(make: Any) -> None:
    with receiving() as receiver:
        webhooks = make(receiver.url)
        for number in range(20):
            await put(webhooks, SINCE_S + number)
        await webhooks.send_due()
        assert len({received.id for received in receiver.received}) == 20


async def test_two_servers_send_each_message_once(postgres_url: str) -> None:
    clock = Clock()
    async with open_store(postgres_url, LEASE_S, clock) as one, open_store(postgres_url, LEASE_S, clock) as other:
        with receiving() as receiver:
            target = WebhookTarget(receiver.url, SECRET)
            servers = [Webhooks(store.deliveries, target, 5) for store in (one, other)]
            for number in range(20):
                await put(servers[0], SINCE_S + number)
            await asyncio.gather(*(server.send_due() for server in servers * 2))
            assert len(receiver.received) == len({received.id for received in receiver.received}) == 20
            for server in servers:
                await server.close()


def test_waits_grow_to_an_hour_and_vary() -> None:
    waits = [[choose_wait(num_tries) for _ in range(200)] for num_tries in (0, 1, 5, 9, 10, 1000)]
    assert [round(sum(some) / len(some), -1) for some in waits[1:4]] == [10.0, 160.0, pytest.approx(2560, rel=0.05)]
    assert all(4 <= wait_s <= 6 for wait_s in waits[0])
    assert max(map(max, waits)) == MAX_WAIT_S
    assert min(waits[-1]) >= MAX_WAIT_S * 0.8
    assert len(set(waits[0])) > 100
