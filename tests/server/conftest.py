"""A PostgreSQL server, shared by all tests that need one."""

import itertools
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.helpers.postgres import running_postgres

MakeURL = Callable[[], str]


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
