"""The script that Alembic runs for every migration command, in the transaction of `migrate.upgrade()`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
