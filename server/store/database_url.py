"""How a database is named: by a path, or by a URL as hosting services give them out."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from server.store.errors import BadDatabaseURL


def parse_url(where: str | Path) -> URL:
    """Return the URL of a database, without a driver; a path is an SQLite file. Raises `BadDatabaseURL`."""
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    scheme, rest = where.split("://", 1)
    kind = scheme.partition("+")[0]
    # The scheme may name a driver, and hosting services give out postgres:// instead of postgresql://.
    backend = "postgresql" if kind == "postgres" else kind
    if backend not in ("sqlite", "postgresql"):
        raise BadDatabaseURL(f"{scheme}://")
    try:
        url = make_url(f"{backend}://{rest}")
    except (ArgumentError, ValueError) as error:
        raise BadDatabaseURL(f"a malformed {scheme}:// URL") from error
    if backend == "sqlite" and not url.database:
        raise BadDatabaseURL("a database in memory")
    return url
