"""`/audit`: operators see what all shops did, agents what their own did, and nobody else anything."""

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.service_records import NewAuditEntry
from server.store.store import open_store
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.migrated import place_migrated

ENTRIES = (
    NewAuditEntry("tea", "customer:1", "return_order", "asked", "model", "s1", "a1", {"order": "=1+1"}),
    NewAuditEntry("tea", "customer:1", "=cmd()", "done", "server", "s1", "a1", {"order": 7}, "+49"),
    NewAuditEntry("pots", "customer:2", "get_order", "called", "@eve", "s2", None, None, {"a": ["茶", None]}),
)
KEYS = (
    make_key("boss", role="operator", owner="us"),
    make_key("desk", role="agent", owner="tea"),
    make_key("other", role="agent", owner="cups"),
    make_key("site", role="user", owner="tea"),
)


async def fill(path: Path) -> None:
    async with open_store(place_migrated(path)) as store:
        for entry in ENTRIES:
            await store.actions.note(entry)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    where = tmp_path_factory.mktemp("audit") / "sessions.db"
    asyncio.run(fill(where))
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), where, KeyRing(KEYS))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def read(client: TestClient[Any], name: str, query: str = "") -> Any:
    return client.get(f"/audit{query}", headers={"Authorization": f"Bearer {make_secret(name)}"})


def list_tools(client: TestClient[Any], name: str, query: str = "") -> list[str]:
    return [entry["tool"] for entry in read(client, name, query).json()["entries"]]


def test_operators_see_all_and_agents_their_shop(client: TestClient[Any]) -> None:
    assert list_tools(client, "boss") == ["get_order", "=cmd()", "return_order"]
    assert list_tools(client, "desk") == ["=cmd()", "return_order"]
    assert list_tools(client, "other") == []


def test_nobody_else_sees_anything(client: TestClient[Any]) -> None:
    assert read(client, "site").status_code == 403
    assert client.get("/audit").status_code == 401


def test_an_entry_says_who_did_what(client: TestClient[Any]) -> None:
    entry = read(client, "boss", "?session=s2").json()["entries"][0]
    assert entry.pop("at") > 0
    assert entry.pop("id") > 0
    assert entry == {
        "shop": "pots",
        "owner": "customer:2",
        "session": "s2",
        "action": None,
        "tool": "get_order",
        "event": "called",
        "by": "@eve",
        "arguments": None,
        "result": {"a": ["茶", None]},
    }


def test_filters_and_pages(client: TestClient[Any]) -> None:
    assert list_tools(client, "boss", "?tool=get_order") == ["get_order"]
    assert list_tools(client, "desk", "?session=s2") == [], "a filter does not lead to another shop"
    page = read(client, "boss", "?limit=2").json()
    assert len(page["entries"]) == 2
    assert list_tools(client, "boss", f"?cursor={page['next_cursor']}") == ["return_order"]
    for query in ("?cursor=x", "?limit=0", "?format=xml", "?shop=pots"):
        assert read(client, "desk", query).status_code == 400


def test_csv_has_all_entries_and_nothing_that_a_spreadsheet_runs(client: TestClient[Any]) -> None:
    response = read(client, "boss", "?format=csv&limit=1")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    head, *rows = csv.reader(io.StringIO(response.text))
    assert head[:2] == ["id", "at"]
    assert [row[head.index("tool")] for row in rows] == ["get_order", "'=cmd()", "return_order"]
    assert rows[0][head.index("by")] == "'@eve"
    assert rows[0][head.index("result")] == '{"a": ["茶", null]}'
    assert rows[1][head.index("result")] == "'+49"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_an_agent_gets_no_csv_of_others(client: TestClient[Any]) -> None:
    assert "pots" not in read(client, "desk", "?format=csv").text
