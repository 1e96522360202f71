"""Databases of every version are migrated to the newest, completely or not at all.

`schemas/` holds what the first version left: the same session in both databases, and its export. It never changes.
"""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.store import migrate
from server.store.database import open_database
from server.store.errors import DatabaseTooNew
from server.store.sqlite import create_sqlite_engines
from server.store.store import open_store
from server.store.tables import metadata

pytestmark = pytest.mark.anyio

SCHEMAS = Path(__file__).parent / "schemas"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    made: str = request.getfixturevalue("empty_postgres_url")
    return made


def create_engine(url: str) -> AsyncEngine:
    if url.startswith("sqlite"):
        return create_sqlite_engines(Path(url.removeprefix("sqlite:///")))[0]
    return create_async_engine(url.replace("postgresql", "postgresql+psycopg", 1))


async def run_script(connection: AsyncConnection, script: str) -> None:
    """Statement by statement: sqlite3 takes one at a time. None has a semicolon at a line's end within."""
    for statement in script.split(";\n"):
        if statement.strip():
            await connection.exec_driver_sql(statement)


async def test_a_new_database_has_the_schema_of_the_tables(url: str) -> None:
    database = await open_database(url)

    def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
        """What only one of the databases has is made by the migration alone."""
        return name is None or not (name.startswith("search") or name in {"ix_documents_tokens", "ix_passages_tokens"})

    def differences(connection: Connection) -> object:
        options = {"compare_type": True, "include_name": is_ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    assert await database.read(lambda c: c.run_sync(differences)) == []
    assert await database.read(lambda c: c.run_sync(migrate.find_current_version)) == migrate.list_versions()[-1]
    await database.close()


async def test_the_first_version_is_migrated_with_all_its_data(url: str) -> None:
    engine = create_engine(url)
    kind = url.partition(":")[0]
    async with engine.begin() as connection:
        await run_script(connection, (SCHEMAS / f"0001.{kind}.sql").read_text(encoding="utf-8"))
        assert await connection.run_sync(migrate.find_current_version) == "0001"
    await engine.dispose()
    async with open_store(url) as store:
        (session,) = (await store.list_sessions("shop")).sessions
        expected = json.loads((SCHEMAS / "0001.json").read_text(encoding="utf-8"))
        pictures = expected.pop("pictures")
        assert await store.export_session("shop", session.id) == expected
        stored = await store.load_pictures("shop", session.id, pictures)
        assert {sha256: base64.b64decode(entry["base64"]) for sha256, entry in pictures.items()} == {
            sha256: picture.data for sha256, picture in stored.items()
        }
        assert (
            await store.database.read(lambda c: c.run_sync(migrate.find_current_version)) == migrate.list_versions()[-1]
        )


async def test_every_version_can_be_migrated_to_the_next(url: str) -> None:
    engine = create_engine(url)
    for version in migrate.list_versions():
        async with engine.begin() as connection:
            await connection.run_sync(migrate.upgrade, version)
            assert await connection.run_sync(migrate.find_current_version) == version
    await engine.dispose()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(url: str) -> None:
    engine = create_engine(url)

    async def upgrade_and_fail() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(migrate.upgrade)
            raise KeyError

    with pytest.raises(KeyError):
        await upgrade_and_fail()
    async with engine.begin() as connection:
        assert await connection.run_sync(migrate.find_current_version) is None
        await connection.run_sync(migrate.upgrade)
    await engine.dispose()


async def test_servers_that_start_together_migrate_once(empty_postgres_url: str) -> None:
    for database in await asyncio.gather(*(open_database(empty_postgres_url) for _ in range(5))):
        await database.close()


async def test_a_newer_database_is_refused_and_left_as_it_is(url: str) -> None:
    database = await open_database(url)
    await database.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(DatabaseTooNew, match="9999"):
        await open_database(url)
    engine = create_engine(url)
    async with engine.begin() as connection:
        assert await connection.run_sync(migrate.find_current_version) == "9999"
    await engine.dispose()
