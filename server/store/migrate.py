"""The schema's versions: Alembic's migrations, run in the caller's transaction."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from server.store.errors import DatabaseTooNew

LATEST = "head"
MIGRATION_LOCK = 0x6D696E69
"""Any number that no other program takes on the same PostgreSQL database."""


def upgrade(connection: Connection, version: str = LATEST) -> None:
    """Bring the schema to `version`, all of the way or not at all. Raises `DatabaseTooNew`."""
    if connection.dialect.name == "postgresql":  # replicas that start together; SQLite's writers are one at a time
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    config = _config()
    config.attributes["connection"] = connection
    _refuse_unknown(ScriptDirectory.from_config(config), current_version(connection))
    command.upgrade(config, version)


def current_version(connection: Connection) -> str | None:
    """None for a database that was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def versions() -> list[str]:
    """All there are, oldest first."""
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
