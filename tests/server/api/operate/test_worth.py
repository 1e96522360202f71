"""Who may see how sessions end, of which shop, and of which days."""

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from server.store.store import open_store
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key
from tests.helpers.migrated import place_migrated
from tests.helpers.store_turns import ask
from tests.server.api.test_authentication import bearer

KEYS = (
    make_key("ann", owner="shoes"),
    make_key("amy", owner="shoes", role="agent"),
    make_key("bea", owner="books", role="agent"),
    make_key("root", role="operator"),
)
TODAY = datetime.now(UTC).date()


async def stock(path: Path) -> None:
    """Store a session of each of two shops, and delete them: that ends them."""
    async with open_store(path) as store:
        for owner in ("shoes", "books"):
            await ask(store, await store.create_session(owner, options={"profile": "plain"}), f"A {owner} question?")
            await store.delete_all_sessions(owner)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    path = place_migrated(tmp_path / "sessions.db")
    asyncio.run(stock(path))
    app: Any = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), path, KeyRing(KEYS))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def read(client: TestClient[Any], name: str, query: str = "", path: str = "/ops/worth") -> Any:
    return client.get(f"{path}{query}", headers=bearer(name))


def test_operators_see_all_shops_or_one(client: TestClient[Any]) -> None:
    every = read(client, "root").json()
    assert (every["shop"], every["total"]["sessions"]) == (None, 2)
    assert sorted(one["question"] for one in every["questions"]) == ["a books question", "a shoes question"]
    one = read(client, "root", "?shop=books").json()
    assert (one["shop"], one["total"]["sessions"]) == ("books", 1)
    assert one["profiles"][0]["profile"] == "plain"


def test_people_at_the_desk_see_their_own_shop(client: TestClient[Any]) -> None:
    for query in ("", "?shop=shoes"):
        told = read(client, "amy", query).json()
        assert (told["shop"], told["total"]["sessions"]) == ("shoes", 1)
        assert "books" not in str(told)
    assert read(client, "amy", "?shop=books").status_code == 403
    assert read(client, "bea").json()["shop"] == "books"


@pytest.mark.parametrize("path", ["/ops/worth", "/ops/worth.csv"])
def test_nobody_else_does(client: TestClient[Any], path: str) -> None:
    assert [client.get(path).status_code, read(client, "ann", path=path).status_code] == [401, 403]


def test_the_csv_is_a_file_with_the_same_figures(client: TestClient[Any]) -> None:
    response = read(client, "amy", path="/ops/worth.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    first = TODAY - timedelta(days=29)
    assert response.headers["content-disposition"] == f'attachment; filename="worth-{first}-{TODAY}.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert ["total", "", "sessions", "1"] in rows
    assert ["question", "", "a shoes question", "1"] in rows


def test_days_are_whole_and_in_utc(client: TestClient[Any]) -> None:
    told = read(client, "root", f"?from={TODAY}&to={TODAY}").json()
    assert told["until_s"] - told["since_s"] == 86400
    assert told["since_s"] == datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC).timestamp()
    assert told["total"]["sessions"] == 2
    yesterday = TODAY - timedelta(days=1)
    assert read(client, "root", f"?to={yesterday}").json()["total"]["sessions"] == 0
    assert read(client, "root", "?from=1969-01-01&to=1969-12-31").json()["total"]["sessions"] == 0


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("?from=2026-02-02&to=2026-02-01", "to"),
        ("?from=2020-01-01&to=2026-02-01", "less than 731 days"),
        ("?to=9999-12-31", "to"),
        ("?from=yesterday", "from"),
        ("?from=2026-02-30", "from"),
        ("?since=2026-02-01", "since"),
    ],
)
def test_other_ranges_are_refused(client: TestClient[Any], query: str, cause: str) -> None:
    for path in ("/ops/worth", "/ops/worth.csv"):
        response = read(client, "root", query, path)
        assert response.status_code == 400
        assert cause in response.json()["error"] or cause == response.json().get("param")


def test_the_first_days_that_there_are(client: TestClient[Any]) -> None:
    assert read(client, "root", "?to=0001-01-05").json()["total"]["sessions"] == 0
