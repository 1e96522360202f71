"""The routes of customers, with keys, with tokens, and on a server without keys."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jwt
import pytest
from litestar.testing import TestClient

from server.engine.async_engine import AsyncEngine
from server.keys.customer import make_customer_id
from server.keys.keyring import KeyRing
from server.settings.settings import Settings
from tests.helpers.apps import stored_app
from tests.helpers.customers import SHOP_SECRET, bearer, make_token
from tests.helpers.fakes import FakeChatModel
from tests.helpers.keys import make_key, make_secret

Opener = Callable[..., TestClient[Any]]
ANN, BOB, AGENT = (bearer(make_secret(name)) for name in ("ann", "bob", "agent"))
KEYS = (make_key(customer_secret=SHOP_SECRET), make_key("bob"), make_key("agent", owner="ann", role="agent"))
HELLO = {"user_id": "u", "question": "hello"}


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[Opener]:
    """Give a function that opens an application with the keys, or without."""
    with ExitStack() as opened:

        def start(has_keys: bool = True, **given: Any) -> TestClient[Any]:
            ring = KeyRing(KEYS) if has_keys else None
            app = stored_app(Settings(**given), AsyncEngine(FakeChatModel(), {}), tmp_path / "sessions.db", ring)
            return opened.enter_context(TestClient(app, raise_server_exceptions=False))

        yield start


@pytest.fixture
def client(open_client: Opener) -> TestClient[Any]:
    return open_client()


def create(client: TestClient[Any], sub: str = "42", headers: Any = ANN, **given: Any) -> dict[str, Any]:
    response = client.post("/customers/token", json={"sub": sub, **given}, headers=headers)
    assert response.status_code == 200, response.text
    made: dict[str, Any] = response.json()
    return made


def test_a_shop_makes_a_token_with_its_key(client: TestClient[Any]) -> None:
    made = create(client, claims={"level": "gold"}, expires_in=60)
    expected = {"id": make_customer_id("ann", "42"), "sub": "42", "is_anonymous": False, "claims": {"level": "gold"}}
    assert (made["token_type"], made["expires_in"], made["customer"]) == ("Bearer", 60, expected)
    assert client.get("/customers/me", headers=bearer(made["token"])).json() == expected
    said = jwt.decode(made["token"], SHOP_SECRET, ["HS256"])
    assert (said["iss"], said["sub"], round(said["exp"] - said["iat"])) == ("ann", "42", 60)
    assert create(client)["expires_in"] == Settings().customer_token_s


def test_without_a_secret_of_the_key_the_server_signs_with_its_own(client: TestClient[Any]) -> None:
    made = create(client, headers=BOB)
    assert client.get("/customers/me", headers=bearer(made["token"])).json()["sub"] == "42"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(made["token"], SHOP_SECRET, ["HS256"])


def test_a_person_at_the_desk_cannot_act_as_a_customer(client: TestClient[Any]) -> None:
    response = client.post("/customers/token", json={"sub": "42"}, headers={**AGENT, "Accept-Language": "en"})
    assert (response.status_code, "an agent's key" in response.json()["detail"]) == (403, True)
    assert client.get("/customers", headers=ANN).json()["customers"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": " "}, "sub"),
        ({"sub": "a\nb"}, "sub"),
        ({"sub": "a\n"}, "sub"),
        ({"sub": "x" * 201}, "sub"),
        ({"sub": "a", "claims": []}, "claims"),
        ({"sub": "a", "claims": {"a": "x" * 4096}}, "claims"),
        ({"sub": "a", "expires_in": 0}, "expires_in"),
        ({"sub": "a", "expires_in": 7 * 86400 + 1}, "expires_in"),
    ],
)
def test_a_token_that_nobody_could_use_is_not_made(client: TestClient[Any], body: Any, field: str) -> None:
    response = client.post("/customers/token", json=body, headers={**ANN, "Accept-Language": "en"})
    assert (response.status_code, field in response.json()["detail"]) == (400, True)
    assert client.get("/customers", headers=ANN).json()["customers"] == []


def test_null_is_as_good_as_nothing(client: TestClient[Any]) -> None:
    assert create(client, claims=None, expires_in=None)["customer"]["claims"] == {}


@pytest.mark.parametrize("is_keyed", [True, False])
def test_a_key_is_no_customer(open_client: Opener, is_keyed: bool) -> None:
    response = open_client(is_keyed).get("/customers/me", headers={**ANN, "Accept-Language": "en"})
    assert (response.status_code, response.json()["detail"]) == (403, "this needs a customer's token")


def test_customers_are_listed_for_their_shop_alone(client: TestClient[Any]) -> None:
    subjects = ["a_1", "A%2", "b"]
    for sub in subjects:
        create(client, sub)
    create(client, "of bob", headers=BOB)
    for headers in (ANN, AGENT):
        listed = client.get("/customers", headers=headers).json()["customers"]
        assert [each["sub"] for each in listed] == subjects[::-1]
    for search, found in (("a", ["A%2", "a_1"]), ("_", ["a_1"]), ("%", ["A%2"]), ("c", [])):
        listed = client.get("/customers", params={"search": search}, headers=ANN).json()["customers"]
        assert [each["sub"] for each in listed] == found
    page = client.get("/customers?limit=2", headers=ANN).json()
    rest = client.get("/customers", params={"cursor": page["next_cursor"]}, headers=ANN).json()
    assert ([each["sub"] for each in rest["customers"]], rest["next_cursor"]) == (["a_1"], None)


def test_another_shop_s_customer_is_not_found(client: TestClient[Any]) -> None:
    customer_id = create(client)["customer"]["id"]
    for method, path in (("GET", ""), ("POST", "/revoke"), ("DELETE", "")):
        assert client.request(method, f"/customers/{customer_id}{path}", headers=BOB).status_code == 404
    shown = client.get(f"/customers/{customer_id}", headers=AGENT).json()
    assert (shown["sub"], shown["revoked_s"]) == ("42", None)


def test_revoked_tokens_are_refused_and_later_ones_are_not(client: TestClient[Any]) -> None:
    made, other = create(client), create(client, "43")
    customer_id = made["customer"]["id"]
    endless = make_token(iat=None)
    for token in (made["token"], endless):
        assert client.get("/sessions", headers=bearer(token)).status_code == 200
    revoked = client.post(f"/customers/{customer_id}/revoke", headers=ANN).json()
    assert abs(revoked["revoked_s"] - time.time()) < 60
    for token in (made["token"], endless):
        refused = client.get("/sessions", headers={**bearer(token), "Accept-Language": "en"})
        assert (refused.status_code, "revoked" in refused.json()["detail"]) == (401, True)
    assert client.get("/sessions", headers=bearer(other["token"])).status_code == 200
    assert client.get("/sessions", headers=bearer(create(client)["token"])).status_code == 200


def test_a_deleted_customer_leaves_nothing_and_old_tokens_bring_nothing_back(client: TestClient[Any]) -> None:
    made = create(client, claims={"level": "gold"})
    own, customer_id = bearer(made["token"]), made["customer"]["id"]
    assert client.post("/chat", json=HELLO, headers=own).status_code == 200
    document = client.post("/documents", json={"user_id": "u", "name": "a.txt", "data": "aGVsbG8="}, headers=own)
    assert document.status_code == 202, document.text
    assert client.delete(f"/customers/{customer_id}", headers=ANN).status_code == 204
    for method, path in (("GET", ""), ("POST", "/revoke"), ("DELETE", "")):
        assert client.request(method, f"/customers/{customer_id}{path}", headers=ANN).status_code == 404
    assert client.get("/customers", headers=ANN).json()["customers"] == []
    assert client.post("/chat", json=HELLO, headers=own).status_code == 401
    again = bearer(create(client)["token"])
    assert client.get("/sessions", headers=again).json()["sessions"] == []
    assert client.get("/documents", headers=again).json()["documents"] == []
    assert client.get("/customers/me", headers=again).json()["claims"] == {}


def test_a_visitor_gets_a_token_where_the_operator_lets_one_in(open_client: Opener) -> None:
    client = open_client(anonymous_customers="bob")
    assert client.get("/pages/config").json()["anonymous_customers"] is True
    first, second = (client.post("/customers/anonymous").json() for _ in range(2))
    assert first["customer"]["id"] != second["customer"]["id"]
    shown = client.get("/customers/me", headers=bearer(first["token"])).json()
    assert (shown["is_anonymous"], shown["claims"]) == (True, {})
    assert client.post("/chat", json=HELLO, headers=bearer(first["token"])).status_code == 200
    assert client.get("/sessions", headers=bearer(second["token"])).json()["sessions"] == []
    listed = client.get("/customers", headers=BOB).json()["customers"]
    assert [each["is_anonymous"] for each in listed] == [True, True]


@pytest.mark.parametrize(("setting", "cause"), [("none", "it is not set"), ("gone", "there is no key gone")])
def test_elsewhere_a_visitor_gets_none(open_client: Opener, setting: str, cause: str) -> None:
    client = open_client(anonymous_customers=setting)
    assert client.get("/pages/config").json()["anonymous_customers"] is False
    refused = client.post("/customers/anonymous", headers={"Accept-Language": "en"})
    assert (refused.status_code, cause in refused.json()["detail"]) == (403, True)


def test_a_visitor_who_stays_keeps_the_dialogue(open_client: Opener) -> None:
    """Renewed tokens count as requests of the visitor, and not among the new visitors."""
    client = open_client(anonymous_customers="bob", anonymous_per_minute=1, customer_requests_per_minute=4)
    first = client.post("/customers/anonymous").json()
    assert client.post("/chat", json=HELLO, headers=bearer(first["token"])).status_code == 200
    second = client.post("/customers/anonymous", headers=bearer(first["token"])).json()
    assert (second["customer"], second["token"] == first["token"]) == (first["customer"], False)
    assert len(client.get("/sessions", headers=bearer(second["token"])).json()["sessions"]) == 1
    statuses = [client.post("/customers/anonymous", headers=bearer(second["token"])).status_code for _ in range(2)]
    assert statuses == [200, 429]
    refused = client.post("/customers/anonymous", headers=bearer(make_token()) | {"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["detail"]) == (
        401,
        "the customer's token is not valid: its signature is wrong",
    )


def test_visitors_are_limited_all_together(open_client: Opener) -> None:
    client = open_client(anonymous_customers="bob", anonymous_per_minute=2)
    statuses = [client.post("/customers/anonymous").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_without_keys_tokens_can_be_tried_out(open_client: Opener) -> None:
    client = open_client(has_keys=False)
    made = create(client, headers={})
    own = bearer(made["token"])
    assert client.post("/chat", json=HELLO, headers=own).status_code == 200
    assert len(client.get("/sessions", headers=own).json()["sessions"]) == 1
    assert client.get("/sessions").json()["sessions"] == []
    assert client.get("/metrics", headers=own).status_code == 403
    assert client.post("/customers/anonymous").json()["customer"]["is_anonymous"] is True
    assert client.get("/sessions", headers=bearer(made["token"][:-2])).status_code == 401
