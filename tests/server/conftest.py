"""What takes long and no test changes, once for all tests: a PostgreSQL server, and the words that the server ships."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from server.matching import folding
from server.pipeline.typos.chinese import ChineseSpelling
from server.pipeline.typos.english import EnglishSpelling
from tests.helpers.migrated import place_migrated
from tests.helpers.postgres import Databases, running_postgres


@pytest.fixture(scope="session", autouse=True)
def read_words_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for place, reader in (
            (ChineseSpelling, "open"),
            (EnglishSpelling, "open"),
            (folding, "read_simplified_characters"),
        ):
            patch.setattr(place, reader, cache(getattr(place, reader)))
        yield


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[Databases]:
    with running_postgres() as socket_folder:
        yield Databases(socket_folder)


@pytest.fixture
def postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """Give the URL of a database with the newest schema and nothing in it."""
    with postgres_databases.lend() as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_databases: Databases) -> str:
    """Return the URL of a new database without any table."""
    return postgres_databases.make_empty()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{place_migrated(tmp_path / 'store.sqlite3')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a new database with the newest schema."""
    made: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return made
