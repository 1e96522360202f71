"""The model reads scanned pages behind everybody else, at the expense of the owner's key."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from model.engine.sequence import Priority
from model.pictures.layout import lay_out
from server.engine.async_engine import AsyncEngine, RequestLimits
from server.errors import EngineStopped, QueueFull
from server.keys.account import Accounts, Ledger
from server.keys.key import Key
from server.keys.keyring import KeyRing
from server.keys.limiter import KeyLimiter
from server.library import transcription
from server.library.transcription import NUM_SLICES, PAGE_SIDE, PROMPTS, ModelTranscriber, Transcript
from server.store.store import Store
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key
from tests.helpers.pictures import png
from tests.helpers.turns import make_turns

pytestmark = pytest.mark.anyio


class Desk:
    """A transcriber over a fake model, and the accounts of keys."""

    def __init__(self, store: Store, *keys: Key, max_requests: int = 8) -> None:
        self.store, self.fake = store, FakeChatModel()
        self.engine = AsyncEngine(self.fake, {}, RequestLimits(max_requests))
        self.priorities: list[Priority] = []
        ring = KeyRing(keys) if keys else None
        self.turns = make_turns(self.engine)
        self.transcriber = ModelTranscriber(self.turns, Accounts(ring, Ledger(store), KeyLimiter(8)))

    async def ask(self, owner: str = "ann") -> Transcript | None:
        return await self.transcriber.transcribe(png(), owner, "en")


@pytest.fixture(autouse=True)
def wait_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcription, "MAX_PAUSE_S", 0.01)
    monkeypatch.setattr(transcription, "MAX_WAIT_S", 0.05)


@pytest.fixture
async def desks(store: Store) -> AsyncIterator[Any]:
    made: list[Desk] = []

    def make(*keys: Key, **given: int) -> Desk:
        made.append(Desk(store, *keys, **given))
        return made[-1]

    yield make
    for desk in made:
        await desk.engine.close()


def test_a_page_of_a4_is_cut_into_all_slices_as_it_is() -> None:
    page = (round(PAGE_SIDE * 210 / 297), PAGE_SIDE)
    layout = lay_out(page, NUM_SLICES, 448, 14)
    assert layout.grid == (2, 4)
    assert layout.sliced_size is not None
    assert all(abs(sliced / drawn - 1) < 0.01 for sliced, drawn in zip(layout.sliced_size, page, strict=True))


async def test_the_model_is_asked_for_the_text_of_the_picture(desks: Any) -> None:
    desk = desks()
    assert await desk.ask() == Transcript(f"1/1: {PROMPTS['en']}", is_whole=True)
    assert desk.fake.options["temperature"] == 0
    assert desk.fake.options["max_new_tokens"] <= transcription.MAX_TOKENS


async def test_requests_of_people_go_first(desks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, seen = desks(), []
    submit = desk.engine.submit

    def watch(dialogue: Any, priority: Priority, *given: Any) -> Any:
        seen.append(priority)
        return submit(dialogue, priority, *given)

    monkeypatch.setattr(desk.engine, "submit", watch)
    await desk.ask()
    assert seen == [Priority.BACKGROUND]


async def test_tokens_are_charged_to_the_owner_s_key(desks: Any, store: Store) -> None:
    desk = desks(make_key("ann", tokens_per_day=100), make_key("bob"))
    assert await desk.ask() is not None
    (key, _) = desk.transcriber._accounts._keys.keys
    (account,) = await desk.transcriber._accounts.list_of("ann")
    assert account.key == key
    spent = await store.list_spent_tokens(int(account.ledger._clock() // 86400))
    assert set(spent) <= {"ann"}
    assert await desk.ask() is None  # the quota is spent
    assert len(desk.fake.calls) == 1


async def test_another_key_of_the_owner_goes_on(desks: Any) -> None:
    keys = make_key("ann", tokens_per_day=1), make_key("cat", owner="ann")
    desk = desks(*keys)
    assert await desk.ask() is not None
    assert await desk.ask() is not None


async def test_without_a_key_nobody_pays(desks: Any) -> None:
    desk = desks(make_key("bob"))
    assert await desk.ask() is None
    assert desk.fake.calls == []


async def test_a_full_server_is_waited_for(desks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, num_tries = desks(), 0
    begin = desk.turns.begin

    async def refuse_twice(turn: Any) -> Any:
        nonlocal num_tries
        num_tries += 1
        if num_tries < 3:
            raise QueueFull(8)
        return await begin(turn)

    monkeypatch.setattr(desk.turns, "begin", refuse_twice)
    assert await desk.ask() is not None
    monkeypatch.setattr(desk.turns, "begin", refuse_always)
    assert await desk.ask() is None


async def refuse_always(_: Any) -> Any:
    raise QueueFull(8)


async def test_an_engine_that_stops_is_told(desks: Any) -> None:
    desk = desks()
    await desk.engine.close()
    with pytest.raises(EngineStopped):
        await desk.ask()


async def test_what_is_no_picture_is_not_read(desks: Any) -> None:
    assert await desks().transcriber.transcribe(b"no picture", "ann", "zh") is None


async def test_a_text_that_is_cut_off_is_told(desks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcription, "MAX_TOKENS", 5)
    transcript = await desks().ask()
    assert transcript == Transcript("1/1:", is_whole=False)
