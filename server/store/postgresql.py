"""PostgreSQL as a database that servers share."""

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

NUM_CONNECTIONS = 10

CONNECTING = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Parameters of libpq (https://www.postgresql.org/docs/current/libpq-connect.html), unless the URL sets them.

A host that disappears without closing its connections is noticed within half a minute. By default Linux takes a
quarter of an hour if data was sent, and two hours if none was.
"""


def create_postgresql_engines(url: URL) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """Return an engine for writing, one for reading that shares its connections, and one for what may not wait."""
    writer = _create_engine(url, pool_size=NUM_CONNECTIONS)
    return writer, _make_reader(writer), _create_engine(url, pool_size=1)


def create_postgresql_reader(url: URL, num_connections: int, max_wait_s: float) -> AsyncEngine:
    """Return an engine for reading, whose transactions wait for a connection for `max_wait_s`."""
    return _make_reader(_create_engine(url, pool_size=num_connections, pool_timeout=max_wait_s))


def _create_engine(url: URL, **options: float) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+psycopg"),
        max_overflow=0,
        pool_pre_ping=True,  # the server may have restarted
        connect_args={name: value for name, value in CONNECTING.items() if name not in url.query},
        **options,
    )


def _make_reader(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
