from pathlib import Path

import pytest

from server.store.database_url import parse_url
from server.store.errors import BadDatabaseURL


@pytest.mark.parametrize("where", ["data/sessions.db", Path("data/sessions.db"), "sqlite:///data/sessions.db"])
def test_a_path_is_an_sqlite_file(where: str | Path) -> None:
    url = parse_url(where)
    assert (url.drivername, url.database) == ("sqlite", "data/sessions.db")


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_the_schemes_of_hosting_services_are_postgresql(scheme: str) -> None:
    url = parse_url(f"{scheme}://ann:secret@db.example.com:5433/shop?sslmode=require")
    assert url.drivername == "postgresql"
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "ann",
        "secret",
        "db.example.com",
        5433,
        "shop",
    )
    assert url.query == {"sslmode": "require"}


@pytest.mark.parametrize("where", ["mysql://host/name", "sqlite://", "postgresql://host:port/name"])
def test_others_are_refused_without_their_password(where: str) -> None:
    with pytest.raises(BadDatabaseURL, match="must be a path"):
        parse_url(where)
