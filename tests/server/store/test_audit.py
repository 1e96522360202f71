"""The audit log: entries are added and read, deleted when they are old, and never changed."""

import math

import pytest
from sqlalchemy.exc import DBAPIError

from server.store.audit import AuditFilter
from server.store.errors import BadCursor, DatabaseUnreachable
from server.store.service_records import AuditEntry, NewAuditEntry
from server.store.store import Store
from tests.helpers.clock import Clock

pytestmark = pytest.mark.anyio

ALL = AuditFilter()


def make_entry(tool: str = "get_order", shop: str = "shop", session_id: str | None = "s") -> NewAuditEntry:
    return NewAuditEntry(shop, "customer:1", tool, "called", "model", session_id, None, {"order": 1}, {"ok": True})


async def list_all(store: Store, wanted: AuditFilter = ALL) -> list[AuditEntry]:
    return list((await store.actions.list_audit(wanted, 1000)).entries)


async def test_entries_are_kept_as_they_are(store: Store, clock: Clock) -> None:
    before_s = clock.now_s
    await store.actions.note(make_entry())
    (entry,) = await list_all(store)
    assert entry.entry == make_entry()
    assert before_s < entry.at_s <= clock.now_s


async def test_the_newest_come_first_and_pages_show_each_once(store: Store) -> None:
    for number in range(7):
        await store.actions.note(make_entry(f"tool_{number}"))
    shown: list[str] = []
    cursor = None
    while True:
        page = await store.actions.list_audit(ALL, 3, cursor)
        shown += [each.entry.tool for each in page.entries]
        if (cursor := page.next_cursor) is None:
            break
    assert shown == [f"tool_{number}" for number in reversed(range(7))]


async def test_entries_are_filtered(store: Store) -> None:
    await store.actions.note(make_entry("one", "a", "s"))
    await store.actions.note(make_entry("two", "a", None))
    await store.actions.note(make_entry("one", "b", "t"))
    for wanted, tools in (
        (AuditFilter(shop="a"), ["two", "one"]),
        (AuditFilter(shop="a", tool="one"), ["one"]),
        (AuditFilter(session_id="t"), ["one"]),
        (AuditFilter(shop="a", session_id="t"), []),
        (AuditFilter(shop=""), []),
    ):
        assert [each.entry.tool for each in await list_all(store, wanted)] == tools


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", "9" * 19, "１"])
async def test_strange_cursors_are_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await store.actions.list_audit(ALL, 3, cursor)


@pytest.mark.parametrize("change", ["event = 'declined'", "\"by\" = 'eve'", "at_s = 0", "result = NULL"])
async def test_the_database_refuses_changes(store: Store, change: str) -> None:
    await store.actions.note(make_entry())
    before = await list_all(store)
    with pytest.raises((DBAPIError, DatabaseUnreachable), match="never changed"):
        await store.database.write(lambda c: c.exec_driver_sql(f"UPDATE audit_entries SET {change}"))
    assert await list_all(store) == before


async def test_old_entries_are_deleted(store: Store, clock: Clock) -> None:
    await store.actions.note(make_entry("old"))
    clock.advance(100)
    await store.actions.note(make_entry("new"))
    assert await store.actions.expire_audit(math.inf) == 0
    assert await store.actions.expire_audit(50) == 1
    assert [each.entry.tool for each in await list_all(store)] == ["new"]
