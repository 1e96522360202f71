"""Requests with customers' tokens: which are refused, and the limits of a customer and of the key."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.key import Key
from server.keys.keyfile import add_key, remove_key
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.customers import SHOP_SECRET, bearer, make_token
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret
from tests.helpers.loopback import begin_post, comes_true, serve_on_loopback
from tests.server.api.test_authentication import LONG, num_spent

Opener = Callable[..., TestClient[Any]]
HELLO = {"user_id": "u", "question": "hello"}
TOKEN = make_token()


def make_app(folder: Path, *keys: Key, fake: FakeChatModel | None = None, **given: Any) -> Any:
    ring = KeyRing(keys or (make_key(customer_secret=SHOP_SECRET),))
    return stored_app(Settings(**given), AsyncEngine(fake or FakeChatModel(), {}), folder / "sessions.db", ring)


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[Opener]:
    with ExitStack() as opened:

        def start(*keys: Key, **given: Any) -> TestClient[Any]:
            app = make_app(tmp_path, *keys, **given)
            return opened.enter_context(TestClient(app, raise_server_exceptions=False))

        yield start


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    app = make_app(tmp_path_factory.mktemp("tokens"))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_the_tokens_of_a_customer_s_turn_are_the_key_s(open_client: Opener, tmp_path: Path) -> None:
    client = open_client(make_key(customer_secret=SHOP_SECRET, tokens_per_day=1))
    assert client.post("/chat", json=HELLO, headers=bearer(make_token("a"))).status_code == 200
    assert comes_true(lambda: num_spent(tmp_path, "ann"))
    assert client.post("/chat", json=HELLO, headers=bearer(make_token("b"))).status_code == 429


def test_a_customer_is_answered_under_the_key_s_profile(open_client: Opener) -> None:
    fake = FakeChatModel()
    client = open_client(make_key(customer_secret=SHOP_SECRET, profile="restaurant"), fake=fake)
    assert client.post("/chat", json=HELLO, headers=bearer(make_token())).status_code == 200
    assert "You are a waiter" in str(fake.calls[-1][0])


def test_each_customer_has_a_rate(open_client: Opener) -> None:
    client = open_client(customer_requests_per_minute=2)
    statuses = [client.get("/sessions", headers=bearer(make_token("a"))).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = client.get("/sessions", headers={**bearer(make_token("a")), "Accept-Language": "en"})
    assert refused.json()["detail"].startswith("too many requests: a customer's limit is 2 per minute")
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert client.get("/sessions", headers=bearer(make_token("b"))).status_code == 200


def test_a_customer_who_follows_sessions_is_answered(tmp_path: Path) -> None:
    app = make_app(tmp_path, max_streams_per_customer=1)
    with serve_on_loopback(app) as (host, port), httpx.Client(base_url=f"http://{host}:{port}") as client:
        client.headers.update(bearer(TOKEN))
        session = client.post("/chat", json=HELLO).headers["X-Session"]
        with client.stream("GET", f"/sessions/{session}/events") as followed:
            assert followed.status_code == 200
            assert client.get(f"/sessions/{session}/events").status_code == 429
            assert client.post("/chat", json=HELLO).status_code == 200


def test_all_customers_together_keep_to_the_key_s_rate(open_client: Opener) -> None:
    client = open_client(make_key(customer_secret=SHOP_SECRET, requests_per_minute=3))
    statuses = [client.get("/sessions", headers=bearer(make_token(name))).status_code for name in "abc"]
    assert statuses == [200] * 3
    assert client.get("/sessions", headers=bearer(make_token("d"))).status_code == 429
    assert client.post("/chat", json=HELLO, headers=bearer(make_token("d"))).status_code == 429


def test_one_customer_leaves_room_for_another(tmp_path: Path) -> None:
    key = make_key(customer_secret=SHOP_SECRET, max_streams=2)
    app = make_app(tmp_path, key, fake=FakeChatModel(delay_s=0.02))
    body = json.dumps({"user_id": "u", "question": LONG, "stream": True}).encode()
    with serve_on_loopback(app) as address:
        first, again, second, third = (
            begin_post(address, "/chat", body, bearer(make_token(name))) for name in ("a", "a", "b", "c")
        )
        answers = sorted(each.recv(12) for each in (first, again))
        assert answers == [b"HTTP/1.1 200", b"HTTP/1.1 429"]
        for connection in (first, again, second, third):
            connection.close()


def test_a_removed_key_ends_its_customers_tokens_at_once(tmp_path: Path) -> None:
    add_key(tmp_path / "keys.toml", make_key(customer_secret=SHOP_SECRET))
    ring = KeyRing(path=tmp_path / "keys.toml")
    app = stored_app(Settings(), AsyncEngine(FakeChatModel(), {}), tmp_path / "sessions.db", ring)
    with TestClient(app) as client:
        assert client.get("/sessions", headers=bearer(make_token())).status_code == 200
        remove_key(tmp_path / "keys.toml", "ann")
        assert client.get("/sessions", headers=bearer(make_token())).status_code == 401


@pytest.mark.parametrize(
    ("token", "cause"),
    [
        (make_token(exp=1000, iat=900), "it has expired"),
        (make_token(key="y" * 40), "its signature is wrong"),
        (make_token(iss="bob"), "its iss is not the name of a valid key"),
        (make_token(iss=None), "its iss is not the name of a valid key"),
        (make_token(key=None, algorithm="none"), "its algorithm is not one that its key has"),
        ("a.b.c", "it is damaged"),
    ],
)
def test_a_wrong_token_is_401_in_every_dialect(client: TestClient[Any], token: str, cause: str) -> None:
    for path in ("/sessions", "/v1/models", "/api/tags", "/metrics"):
        refused = client.get(path, headers={**bearer(token), "Accept-Language": "en"})
        assert (refused.status_code, cause in refused.text, token in refused.text) == (401, True, False)
        assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        chinese = client.get(path, headers={**bearer(token), "Accept-Language": "zh"})
        assert "顾客令牌无效" in chinese.text


def test_a_token_is_taken_as_a_bearer_alone(client: TestClient[Any]) -> None:
    assert client.get("/sessions", headers={"Authorization": f"bEARER  {TOKEN} "}).status_code == 200
    assert client.get("/sessions", headers={"X-API-Key": TOKEN}).status_code == 401
    assert client.get(f"/sessions?token={TOKEN}&access_token={TOKEN}").status_code == 401
    both = {"X-API-Key": make_secret("ann"), **bearer("a.b.c")}
    assert client.get("/sessions", headers=both).status_code == 401


def test_a_token_brings_no_rights_of_its_key(client: TestClient[Any]) -> None:
    for path in ("/metrics", "/ops/state", "/collections", "/customers", "/playground/parameters", "/v1/models"):
        assert client.get(path, headers=bearer(TOKEN)).status_code == 403
    assert client.get("/nothing", headers=bearer(TOKEN)).status_code == 404


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(data=st.data())
def test_a_damaged_token_is_401(client: TestClient[Any], data: st.DataObject) -> None:
    letters = st.characters(min_codepoint=33, max_codepoint=126)
    place = data.draw(st.integers(0, len(TOKEN) - 2))
    kept = data.draw(st.sampled_from([TOKEN[:place], TOKEN[:place] + TOKEN[place + 1 :]]))
    given = data.draw(st.sampled_from([kept, kept[:place] + data.draw(st.text(letters, max_size=4)) + kept[place:]]))
    if given in (TOKEN, ""):
        return
    assert client.get("/sessions", headers=bearer(given)).status_code == 401
