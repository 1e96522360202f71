"""Run by Alembic for every migration command, with the connection and the transaction of `migrate.upgrade()`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
