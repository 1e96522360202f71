"""The same tests over both databases."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from server.store import handle
from server.store.store import Store, open_store
from tests.postgres import running_postgres
from tests.server.store.clock import Clock

MakeURL = Callable[[], str]


@pytest.fixture(scope="session")
def make_postgres_url() -> Iterator[MakeURL]:
    """URLs that show an empty database: a schema each, which takes milliseconds where a database takes a second."""
    numbers = itertools.count()
    with running_postgres() as socket_folder:

        def make() -> str:
            name = f"test_{next(numbers)}"
            with psycopg.connect(f"host={socket_folder} user=postgres", autocommit=True) as connection:
                connection.execute(f"CREATE SCHEMA {name}".encode())
            return f"postgresql://postgres@/postgres?host={socket_folder}&options=-csearch_path%3D{name}"

        yield make


@pytest.fixture
def postgres_url(make_postgres_url: MakeURL) -> str:
    return make_postgres_url()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Of a new, empty database."""
    made: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return made


@pytest.fixture(autouse=True)
def quick_saves(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody waits for what is saved."""
    monkeypatch.setattr(handle, "SAVE_EVERY_S", 0.05)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(url: str, clock: Clock) -> AsyncIterator[Store]:
    async with open_store(url, clock=clock) as opened:
        yield opened
