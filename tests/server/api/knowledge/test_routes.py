"""All routes of the knowledge base are for operators."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api.knowledge.routes import ROUTES
from server.keys.keyring import KeyRing
from tests.helpers.knowledge_client import ENGLISH, KEYS, Documents, open_client, sign

CALLS = [(method, path) for route in ROUTES for method in sorted(route.http_methods) for path in route.paths]
FILLED = {"name": "shop", "collection": "shop", "question_id": "0" * 32}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient[Any], Documents]]:
    with open_client(tmp_path_factory.mktemp("keyed"), KeyRing(KEYS)) as opened:
        yield opened


def fill(path: str, documents: Documents) -> str:
    values = {**FILLED, "document_id": documents["card.png"].id}
    for name, value in values.items():
        path = path.replace(f"{{{name}:str}}", value)
    assert "{" not in path
    return path


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_an_operator_may(keyed: tuple[TestClient[Any], Documents], method: str, path: str) -> None:
    client, documents = keyed
    url = fill(path, documents)
    for name in ("shop", "free"):
        response = client.request(method, url, headers={**sign(name), **ENGLISH})
        assert response.status_code == 403, response.text
        assert "operator" in response.json()["error"]
    assert client.request(method, url).status_code == 401


def test_an_operator_may(keyed: tuple[TestClient[Any], Documents]) -> None:
    client, documents = keyed
    paths = [fill(path, documents) for method, path in CALLS if method == "GET"]
    assert len(paths) > 8
    query = {"q": "what is the shirt made of", "key": "AH-218"}
    for path in paths:
        given = {name: query[name] for name in ("q", "key") if (name == "q") == path.endswith("search")}
        given = given if path.endswith(("search", "entity")) else {}
        response = client.get(path, headers=sign("clerk"), params=given)
        assert response.status_code == 200, (path, response.text)


def test_all_are_closed_where_everybody_was_let_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_client(tmp_path_factory.mktemp("open"), open_without_keys=True) as (client, documents):
        statuses = {client.request(method, fill(path, documents)).status_code for method, path in CALLS}
    assert statuses == {403}
