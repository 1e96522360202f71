"""What operators see: nobody else sees it, and it holds no secret and no word of a customer."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.api import ollama, openai, sessions, support
from server.api.openapi.operation import find_question_paths
from server.engine.async_engine import AsyncEngine
from server.keys.keyring import KeyRing
from server.ops import overview
from server.settings.settings import Settings
from server.store.errors import DatabaseUnreachable
from server.store.store import Store
from tests.helpers.apps import stored_app
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import comes_true
from tests.helpers.pictures import png_base64
from tests.server.api.test_authentication import QUESTIONS, bearer

PATHS = ("/ops/state", "/ops/history")
KEYS = (make_key("ann", owner="shop", tokens_per_day=1000), make_key("root", role="operator"))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "rude.txt").write_text("# words\ndarn\n", encoding="utf-8")
    (tmp_path / "lists" / "categories.toml").write_text('[rude]\naction = "mask"\n', encoding="utf-8")
    settings = Settings(moderation="on", word_lists=str(tmp_path / "lists"))
    engine = AsyncEngine(FakeChatModel(), {})
    app: Any = stored_app(settings, engine, tmp_path / "sessions.db", KeyRing(KEYS))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def state_of(client: TestClient[Any], **headers: str) -> Any:
    response = client.get("/ops/state", headers={**bearer("root"), **headers})
    assert response.status_code == 200
    return response.json()


def ask(client: TestClient[Any], question: str, path: str = "/ask", **given: Any) -> Any:
    return client.post(path, json={"question": question, **given}, headers=bearer("ann"))


@pytest.mark.parametrize("path", PATHS)
def test_the_state_is_for_operators(client: TestClient[Any], path: str) -> None:
    statuses = [client.get(path, headers=headers).status_code for headers in ({}, bearer("ann"), bearer("root"))]
    assert statuses == [401, 403, 200]


def test_without_keys_only_a_local_server_answers() -> None:
    for is_open, status in ((False, 200), (True, 403)):
        app: Any = stored_app(Settings(open_without_keys=is_open), AsyncEngine(FakeChatModel(), {}))
        with TestClient(app) as client:
            assert client.get("/ops/state").status_code == status
            assert status == 403 or client.get("/ops/state").json()["keys"] is None


def test_counts_are_those_of_the_metrics(client: TestClient[Any]) -> None:
    for _ in range(3):
        ask(client, "hello")
    ask(client, "")
    state = state_of(client)
    counts = {(one["route"], one["status"]): one["count"] for one in state["requests"]}
    assert (counts["/ask", "200"], counts["/ask", "400"]) == (3, 1)
    text = client.get("/metrics", headers=bearer("root")).text
    assert 'minicpmv_http_requests_total{method="POST",route="/ask",status="200"} 3.0' in text
    assert state["kv_cache_slots"] == 32000
    assert (state["problem"], state["num_cached_answers"]) == (None, 0)
    assert state["values"]["requests_running"] == 0


def test_an_error_has_the_id_that_the_client_got(client: TestClient[Any]) -> None:
    error = ask(client, "fail").json()
    streamed = client.post("/chat", json={"question": "fail", "user_id": "u", "stream": True}, headers=bearer("ann"))
    second, first = state_of(client)["failures"]
    assert (first["id"], first["route"], first["status"], first["key"]) == (error["id"], "/ask", 500, "ann")
    assert first["cause"].startswith("RuntimeError, tests/helpers/fakes.py:")
    assert (second["id"], second["route"]) == (streamed.headers["x-request-id"], "/chat")
    assert second["id"] in streamed.text


def test_causes_are_in_the_readers_language(client: TestClient[Any]) -> None:
    ask(client, "too much")
    chinese, english = (state_of(client, **{"Accept-Language": tag})["failures"][0] for tag in ("zh-CN", "en"))
    assert chinese["kind"] == english["kind"] == "MemoryRanOut"
    assert chinese["cause"] != english["cause"]
    assert english["cause"].isascii()


def test_a_word_list_hit_is_shown_with_its_rule(client: TestClient[Any]) -> None:
    ask(client, "darn it")
    hits = state_of(client)["moderation"]
    assert [(hit["where"], hit["category"], hit["action"], hit["rule"]) for hit in hits] == [
        ("question", "rude", "mask", "rude.txt, line 2")
    ]


def test_the_use_of_each_key_is_shown(client: TestClient[Any]) -> None:
    ask(client, "hello")
    assert comes_true(lambda: state_of(client)["keys"][0]["tokens_today"] > 0)
    ann, root = state_of(client)["keys"]
    assert (ann["owner"], ann["num_requests"], ann["tokens_per_day"], ann["num_open"]) == ("shop", 1, 1000, 0)
    assert (root["role"], root["num_open"]) == ("operator", 1), "this request itself"


def test_without_the_database_the_rest_of_the_state_is_shown(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> Any:
        raise DatabaseUnreachable("sessions.db", "it is gone")

    monkeypatch.setattr(Store, "count_cached_answers", fail)
    monkeypatch.setattr(Store, "list_spent_tokens", fail)
    state = state_of(client)
    assert (state["num_cached_answers"], state["keys"][0]["tokens_today"]) == (None, None)
    assert len(state["profiles"]) > 1


def test_no_secret_and_no_word_of_a_customer_is_sent(client: TestClient[Any]) -> None:
    picture = png_base64()
    for question in ("darn my card is xyzzy", "fail xyzzy", "too much xyzzy", "xyzzy"):
        ask(client, question, image=picture)
        ask(client, question, "/chat", user_id="user-xyzzy", stream=True)
    client.post("/ask", content=b'{"question": "xyzzy', headers=bearer("ann"))
    for path in PATHS:
        text = client.get(path, headers=bearer("root")).text
        secrets = [value for one in KEYS for value in (make_secret(one.name), one.sha256)]
        for secret in ("xyzzy", "darn", picture[:40], "a secret of the inside", *secrets):
            assert secret not in text


def test_the_history_has_a_value_for_each_time(client: TestClient[Any]) -> None:
    history = client.get("/ops/history", headers=bearer("root")).json()
    assert len(history["times_s"]) >= 1
    assert {len(column) for column in history["columns"].values()} == {len(history["times_s"])}
    assert set(history["columns"]) <= set(state_of(client)["values"])


def test_all_routes_that_ask_the_model_are_timed_as_questions() -> None:
    routes = [route for each in (support, openai, ollama) for route in each.DIALECT.load_routes()]
    assert {path for path, _ in QUESTIONS.values()} <= find_question_paths(routes)
    assert find_question_paths(sessions.DIALECT.load_routes()) == frozenset()


def test_the_history_is_worked_out_in_a_thread(client: TestClient[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def columns(_: Any) -> dict[str, list[float]]:
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            return {"in the event loop": []}
        return {"in a thread": []}

    monkeypatch.setattr(overview, "compute_columns", columns)
    assert client.get("/ops/history", headers=bearer("root")).json()["columns"] == {"in a thread": []}
