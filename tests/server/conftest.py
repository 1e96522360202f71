"""What takes long and no test changes, once for all tests: a PostgreSQL server, and the words that the server ships."""

import itertools
from collections.abc import Callable, Iterator
from functools import cache

import psycopg
import pytest

from server.matching import folding
from server.pipeline.typos.chinese import ChineseSpelling
from server.pipeline.typos.english import EnglishSpelling
from tests.helpers.postgres import running_postgres

MakeURL = Callable[[], str]


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
def make_postgres_url() -> Iterator[MakeURL]:
    """Give a function that returns the URL of a new schema, which a test uses as an empty database.

    A schema takes milliseconds, a database a second.
    """
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
