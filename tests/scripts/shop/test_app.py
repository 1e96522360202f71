"""The shop over HTTP: who may ask, what it answers, what it refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from scripts.shop.app import MAX_BODY_BYTES, create_shop_app
from scripts.shop.shop import Shop
from tests.helpers.shop import SECRET

Client = TestClient[Any]

READING = ("/orders", "/orders/MS100127", "/orders/MS100127/shipment", "/stock/SH-101-BL")
CHANGING: dict[str, dict[str, Any]] = {
    "/returns": {"order": "MS100127", "line": 1, "reason": "too large"},
    "/exchanges": {"order": "MS100127", "line": 1, "variant": "M"},
    "/orders/MS100142/cancel": {},
    "/orders/MS100142/address": {"address": "上海市徐汇区衡山路 2 号"},
}


@contextmanager
def connect(shop: Shop, authorization: str = f"Bearer {SECRET}") -> Iterator[Client]:
    with TestClient(create_shop_app(shop, SECRET)) as client:
        client.headers["Authorization"] = authorization
        yield client


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with connect(shop) as client:
        yield client


def error_of(response: Any) -> dict[str, str]:
    error: dict[str, str] = response.json()["error"]
    assert error.keys() == {"code", "zh", "en"}
    assert all(error.values())
    return error


@pytest.mark.parametrize("path", READING)
def test_questions_are_answered_with_the_secret(client: Client, path: str) -> None:
    response = client.get(path, params={"customer": "ann"})
    assert response.status_code == 200
    assert response.json()


@pytest.mark.parametrize("path", CHANGING)
def test_changes_are_made_with_the_secret(client: Client, path: str) -> None:
    response = client.post(path, json={"customer": "ann", **CHANGING[path]})
    assert response.status_code == (201 if path in ("/returns", "/exchanges") else 200), response.text
    assert response.json()["order"] in path or response.json()["order"] == "MS100127"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"bearer {SECRET}x", SECRET])
def test_without_the_secret_nothing_is_answered(shop: Shop, header: str) -> None:
    with connect(shop, header) as client:
        for path in READING:
            response = client.get(path, params={"customer": "ann"})
            assert (response.status_code, error_of(response)["code"]) == (401, "wrong_secret")
        for path, body in CHANGING.items():
            assert client.post(path, json={"customer": "ann", **body}).status_code == 401
        assert client.get("/health").json() == {"status": "ok"}
    assert shop.get_order("ann", "MS100127")["state"] == "delivered"


@pytest.mark.parametrize("path", READING[1:3])
def test_questions_of_another_customer_find_nothing(client: Client, path: str) -> None:
    response = client.get(path, params={"customer": "bo"})
    assert (response.status_code, error_of(response)["code"]) == (404, "order_not_found")


@pytest.mark.parametrize("path", CHANGING)
def test_another_customer_changes_nothing(client: Client, shop: Shop, path: str) -> None:
    before = [shop.get_order("ann", number) for number in ("MS100127", "MS100142")]
    response = client.post(path, json={"customer": "bo", **CHANGING[path]})
    assert (response.status_code, error_of(response)["code"]) == (404, "order_not_found")
    assert [shop.get_order("ann", number) for number in ("MS100127", "MS100142")] == before


def test_a_question_must_say_whose_it_is(client: Client) -> None:
    for path in READING[:3]:
        for params in ({}, {"customer": ""}, {"customer": "x" * 201}):
            response = client.get(path, params=params)
            assert (response.status_code, error_of(response)["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customer": "ann"},
        {"customer": "", "order": "MS100127"},
        {"customer": "ann", "order": "MS100127", "line": 0},
        {"customer": "ann", "order": "MS100127", "line": "first"},
        {"customer": "ann", "order": "MS100127", "colour": "red"},
        {"customer": ["ann"], "order": "MS100127"},
        {"customer": "ann", "order": "MS100127", "reason": "x" * 501},
        [],
    ],
)
def test_a_body_that_does_not_fit_is_refused(client: Client, shop: Shop, body: Any) -> None:
    response = client.post("/returns", json=body)
    assert (response.status_code, error_of(response)["code"]) == (400, "bad_request")
    assert shop.get_order("ann", "MS100127")["state"] == "delivered"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"customer": "ann"'])
def test_a_body_that_is_no_json_is_refused(client: Client, content: bytes) -> None:
    response = client.post("/returns", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    error_of(response)


def test_a_large_body_is_refused(client: Client) -> None:
    body = {"customer": "ann", "order": "MS100127", "reason": "x" * MAX_BODY_BYTES}
    response = client.post("/returns", json=body)
    assert response.status_code == 413
    error_of(response)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("GET", "/returns"), ("DELETE", "/orders/MS100127")])
def test_what_there_is_no_route_for_is_told(client: Client, method: str, path: str) -> None:
    response = client.request(method, path)
    assert response.status_code in (404, 405)
    error_of(response)


def test_the_key_comes_from_its_header(client: Client) -> None:
    body = {"customer": "ann", **CHANGING["/returns"]}
    first, second = (client.post("/returns", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    other = client.post("/returns", json={**body, "line": 2}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, error_of(other)["code"]) == (422, "key_used")


def test_a_failure_of_the_shop_says_nothing_of_its_cause(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class FailingShop(Shop):
        def list_orders(self, customer: str) -> list[Any]:
            raise RuntimeError(f"the secret cause of {customer}")

    with connect(FailingShop(tmp_path)) as client:
        response = client.get("/orders", params={"customer": "ann"})
    assert (response.status_code, error_of(response)["code"]) == (500, "failed")
    assert "secret cause" not in response.text
    assert "secret cause" in caplog.text
