"""Runs are saved, listed, opened by anyone who has the link, and deleted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.keyfile import add_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret

PATH = "/playground/runs"
RUN = {"msgs": [{"role": "user", "content": ["data:image/png;base64,AAAA", "这是什么？"]}], "sets": [{"seed": 3}]}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    """Of a server with the keys of ann and bob."""
    for name in ("ann", "bob"):
        add_key(tmp_path / "keys.toml", make_key(name))
    app = stored_app(
        Settings(max_runs=3),
        AsyncEngine(FakeChatModel(), {}),
        tmp_path / "sessions.db",
        KeyRing(path=tmp_path / "keys.toml"),
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers.update({"Accept-Language": "en", **bearer("ann")})
        yield client


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_secret(name)}"}


def save(client: TestClient[Any], title: str = "one", run: Any = RUN) -> dict[str, Any]:
    response = client.post(PATH, json={"title": title, "run": run})
    assert response.status_code == 201, response.text
    saved: dict[str, Any] = response.json()
    return saved


def titles(client: TestClient[Any], **query: Any) -> list[str]:
    return [run["title"] for run in client.get(PATH, params=query).json()["runs"]]


def test_a_saved_run_is_shown_and_listed(client: TestClient[Any]) -> None:
    saved = save(client)
    assert set(saved) == {"id", "title", "created_s"}
    assert client.get(f"{PATH}/{saved['id']}").json() == {**saved, "run": RUN}
    assert client.get(PATH).json() == {"runs": [saved], "next_cursor": None}


def test_another_owner_can_open_a_run_but_not_list_or_delete_it(client: TestClient[Any]) -> None:
    address = f"{PATH}/{save(client)['id']}"
    assert client.get(address, headers=bearer("bob")).json()["run"] == RUN
    assert client.get(PATH, headers=bearer("bob")).json()["runs"] == []
    assert client.delete(address, headers=bearer("bob")).status_code == 404
    assert client.get(address, headers={"Authorization": ""}).status_code == 401
    assert titles(client) == ["one"]


def test_a_deleted_run_is_gone(client: TestClient[Any]) -> None:
    address = f"{PATH}/{save(client)['id']}"
    assert client.delete(address).status_code == 204
    response = client.get(address)
    assert (response.status_code, titles(client)) == (404, [])
    assert "there is no run" in response.json()["error"]


def test_runs_are_listed_in_pages_and_only_the_newest_are_kept(client: TestClient[Any]) -> None:
    for title in "abcde":
        save(client, title)
    assert titles(client) == ["e", "d", "c"]
    page = client.get(PATH, params={"limit": 2}).json()
    assert titles(client, limit=2, cursor=page["next_cursor"]) == ["c"]
    assert client.get(PATH, params={"cursor": "x"}).status_code == 400
    assert client.get(PATH, params={"search": "a"}).status_code == 400


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"title": "a", "run": {"n": 123456789012345678901234567890, "x": 1.50, "é": "\\u00e9"}}', 201),
        ('{"title": "a", "run": {}}', 201),
        ('{"title": "a", "run": []}', 400),
        ('{"title": "a", "run": null}', 400),
        ('{"title": "a"}', 400),
        ('{"title": "", "run": {}}', 400),
        ('{"title": "a\\nb", "run": {}}', 400),
        ('{"title": " \u3000", "run": {}}', 400),
        ('{"title": "\\u200b\\ufeff", "run": {}}', 400),
        (f'{{"title": "{"a" * 201}", "run": {{}}}}', 400),
        ('{"title": "a", "run": {}, "further": 1}', 400),
        ('{"title": "a", "run": {"a": NaN}}', 400),
        ('{"title": "a", "run": {"a": "\ud83d"}}', 400),
        ('{"title": "a", "run": {"a": 1,}}', 400),
        ('{"title": "a", "run": {"a": "\\x"}}', 400),
        ('{"title": "a", "run": {"a": 01}}', 400),
        ('{"title": "a", "run":  \n{ "a" : [ ] } }', 201),
        ('{"title": "a", "run": ' + '{"a":' * 20_000 + "1" + "}" * 20_001, 400),
    ],
)
def test_a_run_may_be_any_object_and_nothing_else(client: TestClient[Any], text: str, status: int) -> None:
    response = client.post(PATH, content=text.encode("utf-8", "surrogatepass"))
    assert response.status_code == status, response.text
    if status == 201:
        shown = client.get(f"{PATH}/{response.json()['id']}").text
        sent = text.partition('"run":')[2].strip()[:-1].strip()
        assert shown.endswith(f'"run":{sent}}}'), "as it was written"


def test_the_largest_run(client: TestClient[Any]) -> None:
    largest = '{"a":"' + "x" * (8 * 2**20 - len('{"a":""}')) + '"}'
    assert client.post(PATH, content=f'{{"title": "a", "run": {largest}}}').status_code == 201
    response = client.post(PATH, content=f'{{"title": "a", "run": {largest[:-1]} }}}}')
    assert response.status_code == 413
    assert response.json()["error"] == "the run has 8,388,609 bytes, the limit is 8,388,608"
    assert len(titles(client)) == 1


def test_without_a_limit_all_are_kept() -> None:
    with TestClient(stored_app(Settings(max_runs=0), AsyncEngine(FakeChatModel(), {}))) as client:
        for number in range(5):
            save(client, str(number))
        assert len(titles(client)) == 5
