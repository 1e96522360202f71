"""Sessions are found by any text in them, in both databases, in step with every change."""

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store import database, search
from server.store.errors import SearchTimedOut
from server.store.records import StoredUsage
from server.store.store import Store
from server.store.tokens import encode, tokenize, tokenize_owner
from tests.helpers.clock import LEASE_S, Clock
from tests.helpers.store_turns import RED, ask, count_rows, save_and_wait, user_message

pytestmark = pytest.mark.anyio


async def found(store: Store, text: str, owner: str = "ann") -> list[str]:
    return [session.name for session in (await store.list_sessions(owner, search=text)).sessions]


@given(st.text(), st.text(min_size=1), st.text())
def test_a_text_has_all_tokens_of_its_parts(before: str, part: str, after: str) -> None:
    if part.lower() in (before + part + after).lower():  # a final sigma depends on what follows
        assert tokenize(part) <= tokenize(before + part + after)


def test_tokens_are_pairs_and_single_characters_of_chinese() -> None:
    assert tokenize("Ab 裤子,") == {"ab", "裤", "子", "裤子", "子,"}
    assert tokenize("a \n") == set()
    assert encode(["裤"]) == "88e4"
    assert set(encode(["裤子", "ab", "子", tokenize_owner("ann")]).split()) == {
        tokenize_owner("ann"),
        "5b50",
        "88e45b50",
        "00610062",
    }


@pytest.mark.parametrize(
    "text",
    [
        "裤",
        "裤子",
        "条裤",
        "红色的裤子",
        "100%",
        "0% w",
        "_",
        "%",
        "wool_",
        "WOOL",
        "ool",
        "a",
        " ",
        "🙂",
        "👗🙂",
        "'",
        '"x"',
        "AND",
    ],
)
async def test_any_part_of_a_text_is_found_and_nothing_else(store: Store, text: str) -> None:
    session = await store.create_session("ann", "right")
    await ask(store, session, RED, '这条裤子 100% wool_ 👗🙂 it\'s "x" AND', answer="红色的裤子")
    other = await store.create_session("ann", "wrong")
    await ask(store, other, "子裤 红裤的色 10 0", answer="-")
    await ask(store, await store.create_session("bob", "bob's"), '这条裤子 100% wool_ 👗🙂 it\'s "x" AND 红色的裤子')
    expected = {"right", "wrong"} if text in ("裤", " ") else {"right", "wrong"} & {"right"}
    if text == "a":
        expected = {"right"}
    assert set(await found(store, text)) == expected


async def test_a_long_text_is_found(store: Store) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(150))
    await ask(store, await store.create_session("ann", "desk"), f"see {text}!")
    assert await found(store, text) == ["desk"]
    assert await found(store, text[:-1] + "?") == []


async def test_the_index_keeps_in_step_with_every_change(store: Store) -> None:
    session = await store.create_session("ann", "desk", {"title": "旧标题"})
    await ask(store, session, "蓝色衬衫")
    await store.change_options("ann", session.id, {"title": "新标题"})
    assert (await found(store, "旧标"), await found(store, "新标"), await found(store, "desk")) == (
        [],
        ["desk"],
        ["desk"],
    )
    await store.change_options("ann", session.id, {"title": None})
    assert await found(store, "新标题") == []
    with pytest.raises(KeyError):
        async with store.open_turn("ann", session.id, user_message("绿色裙子")):
            raise KeyError
    assert await found(store, "裙子") == []
    await store.delete_session("ann", session.id)
    assert await found(store, "衬衫") == []
    assert await count_rows(store, "documents") == 0


async def test_an_aborted_turn_is_found_and_found_by_its_whole_answer_later(store: Store, clock: Clock) -> None:
    session = await store.create_session("ann", "desk")
    async with store.open_turn("ann", session.id, user_message("问题")) as turn:
        await save_and_wait(store, turn, "红色")
        store._leases.release(turn.id)
        clock.advance(2 * LEASE_S)
        await store._leases.renew()
        assert await found(store, "红色") == await found(store, "问题") == ["desk"]
        await turn.finish("红色的裤子", "stop", StoredUsage())
    assert await found(store, "的裤子") == ["desk"]
    assert await count_rows(store, "documents") == 2


async def test_the_index_of_sqlite_forgets_what_is_deleted(store: Store, url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL deletes the tokens with their row")
    session = await store.create_session("ann", "desk")
    await ask(store, session, "秘密", answer="secret")
    await store.change_options("ann", session.id, {"title": "标题"})
    await store.delete_session("ann", session.id)
    with sqlite3.connect(Path(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        for text in ("秘密", "secret", "desk", "标题"):
            looked_up = connection.execute("SELECT rowid FROM search WHERE search MATCH ?", (encode(tokenize(text)),))
            assert looked_up.fetchall() == [], text
    connection.close()


async def test_of_many_candidates_pages_are_full(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAX_CANDIDATES", 2)
    for number in range(5):
        await ask(store, await store.create_session("ann", f"desk {number}"), "裤子")
    page = await store.list_sessions("ann", 2, search="裤子")
    assert [session.name for session in page.sessions] == ["desk 4", "desk 3"]
    rest = await store.list_sessions("ann", 5, page.next_cursor, "裤子")
    assert [session.name for session in rest.sessions] == ["desk 2", "desk 1", "desk 0"]


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


async def test_searches_that_take_long_end_and_hold_up_no_turn(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MAX_SEARCH_S", 0.5)

    async def search_long(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(ENDLESS[connection.dialect.name])

    searches = [asyncio.create_task(store.database.search(search_long)) for _ in range(12)]
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    await ask(store, await store.create_session("ann", "desk"), "hello")
    delay_s = time.monotonic() - begun
    ended = await asyncio.gather(*searches, return_exceptions=True)
    assert [type(error) for error in ended] == [SearchTimedOut] * 12
    assert delay_s < 0.5 or time.monotonic() - begun > delay_s, "the turn waited for the searches"
    monkeypatch.undo()
    assert await found(store, "hello") == ["desk"]
