"""The versions of the schema: migrations of Alembic that run in the caller's transaction."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from server.store.errors import DatabaseTooNew

LATEST = "head"
MIGRATION_LOCK = 0x6D696E69
"""The id of an advisory lock: any number that no other program uses on the same PostgreSQL database."""


def upgrade(connection: Connection, version: str = LATEST) -> None:
    """Migrate the schema up to `version`, completely or not at all. Raises `DatabaseTooNew`.

    Nothing is done to a schema that is of the newest version.
    """
    if connection.dialect.name == "postgresql":  # servers may start together; SQLite has one writer at a time anyway
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    current = find_current_version(connection)
    if current is not None and (version, current) == (LATEST, find_latest_version()):
        return
    config = _config()
    config.attributes["connection"] = connection
    _refuse_unknown(ScriptDirectory.from_config(config), current)
    command.upgrade(config, version)


def find_current_version(connection: Connection) -> str | None:
    """Return the version of a database's schema, None if it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def find_latest_version() -> str | None:
    """Return the newest version of the schema that there is a script for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def list_versions() -> list[str]:
    """List all versions of the schema, oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "server.store:migrations")
    return config


def _refuse_unknown(scripts: ScriptDirectory, version: str | None) -> None:
    if version is None:
        return
    try:
        scripts.get_revision(version)
    except CommandError as error:
        raise DatabaseTooNew(version) from error
